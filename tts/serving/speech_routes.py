"""Endpoints for speech: OpenAI's API, and one with details; each returns a file or a stream."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeVar

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from tts.serving.formats import MEDIA_TYPES, media_type, output_rate
from tts.serving.limits import AudioStream
from tts.serving.requests import DetailedRequest, SpeechRequest
from tts.serving.routes import CurrentState
from tts.serving.scheduler import Busy, TaskError
from tts.serving.speaker import Event, Task
from tts.serving.state import State

IGNORED = "X-Attune-Ignored"
FIELD, MAX_FIELDS = re.compile(r"[A-Za-z0-9_.-]{1,64}"), 20  # of a request, in the header
router = APIRouter()
Result = TypeVar("Result")
AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in (*MEDIA_TYPES.values(), "text/event-stream")}}
}


@router.post("/v1/audio/speech", response_class=Response, responses=AUDIO)
async def speech(body: SpeechRequest, request: Request, state: CurrentState) -> Response:
    """Speak `input`. The audio is streamed while it is synthesized, as in OpenAI's API, unless `stream` is false.

    The header `X-Attune-Ignored` of the answer names the fields of the request that have no effect.
    """
    return _with_ignored(await _speech(body, request, state), body)


async def _speech(body: SpeechRequest, request: Request, state: State) -> Response:
    task = state.task(body, whole=not body.stream)
    kind = media_type(task.format, output_rate(task.format, state.voice(task.voice).sample_rate, task.sample_rate))
    events = _measured(state, task)
    if body.stream_format == "sse":
        first = await _while_connected(request, lambda: anext(events))
        return AudioStream(_server_sent(first, events), "text/event-stream", state.settings.stall)
    if not body.stream:
        collected = await _while_connected(request, lambda: _collect(events))
        return Response(b"".join(e.value for e in collected if e.kind == "audio"), media_type=kind)
    audio = await _while_connected(request, lambda: _first_audio(events))
    return AudioStream(_audio(audio, events), kind, state.settings.stall)


@router.post("/v1/audio/speech/detailed", responses={200: {"content": {"multipart/mixed": {}}}})
async def detailed(body: DetailedRequest, request: Request, state: CurrentState) -> Response:
    """Speak `input` and return details: word timings, alignment, health report, phonemes, captions.

    JSON with the audio in base64; `multipart/mixed` (JSON, then the audio) if the client accepts that;
    server-sent events, one for each sentence and piece of audio, with `stream_format: "sse"`.
    """
    return _with_ignored(await _detailed(body, request, state), body)


async def _detailed(body: DetailedRequest, request: Request, state: State) -> Response:
    is_stream = body.stream_format == "sse"
    task = state.task(body, whole=not is_stream)
    events = _measured(state, task)
    if is_stream:
        first = await _while_connected(request, lambda: anext(events))
        return AudioStream(_server_sent(first, events), "text/event-stream", state.settings.stall)
    collected = await _while_connected(request, lambda: _collect(events))
    audio = b"".join(event.value for event in collected if event.kind == "audio")
    rate = output_rate(task.format, state.voice(task.voice).sample_rate, task.sample_rate)
    values = {"voice": task.voice, "seed": task.seed, "format": task.format, "sample_rate": rate, **collected[-1].value}
    values["sentences"] = [event.value for event in collected if event.kind == "sentence"]
    values["words"] = [word for sentence in values["sentences"] for word in sentence["words"]]
    if "multipart/mixed" in request.headers.get("accept", ""):
        return _multipart(values, audio, media_type(task.format, rate))
    return JSONResponse({**values, "audio": base64.b64encode(audio).decode()})


def _with_ignored(answer: Response, body: SpeechRequest) -> Response:
    """Name the ignored fields of the request in a header, as far as a header can hold the names."""
    names = [name for name in body.ignored if FIELD.fullmatch(name)][:MAX_FIELDS]
    if names:
        answer.headers[IGNORED] = ", ".join(names)
    return answer


async def _measured(state: State, task: Task) -> AsyncGenerator[Event, None]:
    """Yield the events of ``task`` and update the metrics."""
    started, has_audio, outcome = time.monotonic(), False, "queue_full"
    try:
        job, outcome = state.scheduler.submit(task), "cancelled"
        async with aclosing(state.scheduler.events(job)) as events:
            async for event in events:
                if event.kind == "audio" and not has_audio:
                    has_audio = True
                    state.metrics.first_byte.observe(time.monotonic() - started)
                if event.kind == "done":
                    outcome = "done"
                    _count(state, task, event.value, time.monotonic() - started)
                yield event
    except TaskError as error:
        outcome = error.failure.code
        raise
    finally:
        state.metrics.requests.labels(outcome).inc()


def _count(state: State, task: Task, values: dict[str, Any], seconds: float) -> None:
    state.metrics.seconds.observe(seconds)
    state.metrics.audio.inc(values["duration"])
    state.metrics.characters.inc(len(task.text))
    for kind in values["faults"]:
        state.metrics.faults.labels(kind).inc()


async def _while_connected(request: Request, wait: Callable[[], Awaitable[Result]]) -> Result:
    """Return the result of ``wait()``. If the client leaves, cancel it and raise `ClientDisconnect`."""
    results: list[Result] = []
    error: Exception | None = None
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        group.start_soon(watch)
        try:
            results.append(await wait())
        except (TaskError, Busy) as failure:  # raised below: a task group would wrap it
            error = failure
        group.cancel_scope.cancel()
    if error is not None:
        raise error
    if not results:
        raise ClientDisconnect
    return results[0]


async def _collect(events: AsyncGenerator[Event, None]) -> list[Event]:
    async with aclosing(events):
        return [event async for event in events]


async def _first_audio(events: AsyncGenerator[Event, None]) -> bytes:
    """Wait for the first audio, so that an earlier failure is answered with an HTTP status."""
    try:
        async for event in events:
            if event.kind == "audio":
                return event.value
    except BaseException:  # cancellation too, when the client leaves
        await events.aclose()
        raise
    return b""


async def _audio(first: bytes, events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        yield first
        async for event in events:
            if event.kind == "audio":
                yield event.value


async def _server_sent(first: Event, events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    """OpenAI's ``speech.audio.delta`` and ``speech.audio.done``, and ``speech.sentence`` as an extension."""
    async with aclosing(events):
        yield _sse(first)
        try:
            async for event in events:
                yield _sse(event)
        except TaskError as error:
            failure = {"message": error.failure.message, "code": error.failure.code}
            yield b"data: " + json.dumps({"type": "error", "error": failure}).encode() + b"\n\n"


def _sse(event: Event) -> bytes:
    data: dict[str, Any]
    if event.kind == "audio":
        data = {"type": "speech.audio.delta", "audio": base64.b64encode(event.value).decode()}
    elif event.kind == "sentence":
        data = {"type": "speech.sentence", **event.value}
    else:
        symbols = event.value["symbols"]
        usage = {"input_tokens": symbols, "output_tokens": 0, "total_tokens": symbols}
        data = {"type": "speech.audio.done", "usage": usage, **event.value}
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def _multipart(values: dict[str, Any], audio: bytes, kind: str) -> Response:
    boundary = secrets.token_hex(16)
    parts = [("application/json", json.dumps(values, ensure_ascii=False).encode()), (kind, audio)]
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {media}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n"
        for media, data in parts
    )
    return Response(body + f"--{boundary}--\r\n".encode(), media_type=f"multipart/mixed; boundary={boundary}")
