"""Limits on request bodies (size, time to send) and on audio that a client does not read."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator

import anyio
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tts.serving.errors import APIError
from tts.serving.scheduler import TaskError

log = logging.getLogger(__name__)

BODY_SECONDS = 30.0  # time limit for a client to send the body


class LimitBody:
    """Read the body of a request before it is handled; refuse one that is too large (413) or too slow (408).

    Args:
        app: handles the accepted requests.
        max_bytes: limit of the size of a body.
        seconds: time limit for the client to send it.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float = BODY_SECONDS) -> None:
        self._app, self._max, self._seconds = app, max_bytes, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            return await self._app(scope, receive, send)
        try:
            with anyio.fail_after(self._seconds):
                body = await self._read(scope, receive)
        except TimeoutError:
            refusal = APIError(408, "body_too_slow", f"The body did not arrive within {self._seconds:g} seconds.")
            return await refusal.response({"Connection": "close"})(scope, receive, send)
        if body is None:
            refusal = APIError(413, "body_too_large", f"The body is larger than {self._max} bytes. Send less text.")
            return await refusal.response({"Connection": "close"})(scope, receive, send)
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        if lengths and (not lengths[0].isdigit() or int(lengths[0]) > self._max):
            return None
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return bytes(body)
            body += message.get("body", b"")
            if len(body) > self._max:
                return None
            if not message.get("more_body"):
                return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class AudioStream(StreamingResponse):
    """Streams audio while it is synthesized.

    The server disconnects a client that leaves audio unread for ``stall`` seconds. If the synthesis fails, the stream
    ends without its final chunk, so that the client knows that the audio is incomplete.
    """

    def __init__(self, content: AsyncGenerator[bytes, None], media_type: str, stall: float) -> None:
        super().__init__(content, media_type=media_type, headers={"Cache-Control": "no-store"})
        self._content, self._stall = content, stall

    async def stream_response(self, send: Send) -> None:
        """See `StreamingResponse`."""

        async def send_in_time(message: Message) -> None:
            with anyio.fail_after(self._stall):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            log.warning("a client read nothing for %g seconds and was disconnected", self._stall)
        except TaskError as error:
            log.warning("a stream was broken off: %s", error)
        finally:
            with anyio.CancelScope(shield=True):
                await self._content.aclose()  # stop the synthesis now, not when the generator is garbage-collected
