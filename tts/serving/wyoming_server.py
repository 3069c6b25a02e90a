"""A server for the Wyoming protocol of Home Assistant and its voice satellites: describe, synthesize, stream.

https://github.com/OHF-Voice/wyoming describes the events. Text may arrive in chunks, as from a language model
(``synthesize-start``, ``-chunk``, ``-stop``): the server speaks a sentence as soon as the next one begins.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import Any

import anyio
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.server import AsyncEventHandler, AsyncServer
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

import tts
from tts.serving.errors import APIError
from tts.serving.scheduler import Busy, TaskError
from tts.serving.speaker import Task
from tts.serving.state import State
from tts.text.sentences import SENTENCE_PAUSE, split_sentences

WIDTH, CHANNELS = 2, 1  # bytes of a sample, channels
ATTRIBUTION = Attribution(name="Attune", url="https://github.com/OHF-Voice/wyoming")


class WyomingServer:
    """Serves ``state`` at ``uri`` until it is stopped; raises ValueError if ``uri`` is invalid."""

    def __init__(self, uri: str, state: State) -> None:
        self._server = AsyncServer.from_uri(uri)
        self._state = state

    async def start(self) -> None:
        """Listen; raises OSError if the address is not free."""
        await self._server.start(partial(_Handler, self._state))

    async def stop(self) -> None:
        """Close all connections."""
        await self._server.stop()


class _Handler(AsyncEventHandler):
    """One connection."""

    def __init__(self, state: State, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._state = state
        self._stream: _Stream | None = None

    async def handle_event(self, event: Event) -> bool:
        """Answer an event. Return False to close the connection."""
        try:
            await self._handle(event)
        except (APIError, TaskError, Busy) as error:
            self._stream = None
            await self._send(Error(text=str(error), code=type(error).__name__))
        except (KeyError, TypeError, ValueError) as error:
            await self._send(Error(text=f"The event '{event.type}' is not complete ({error}).", code="invalid_event"))
        except (OSError, TimeoutError):
            return False  # the client has left or does not read
        return True

    async def _handle(self, event: Event) -> None:
        if Describe.is_type(event.type):
            await self._send(_info(self._state))
        elif SynthesizeStart.is_type(event.type):
            self._stream = _Stream(SynthesizeStart.from_event(event).voice)
        elif SynthesizeChunk.is_type(event.type) and self._stream:
            self._stream.text += SynthesizeChunk.from_event(event).text
            await self._say_ready(self._stream)
        elif SynthesizeStop.is_type(event.type) and self._stream:
            stream, self._stream = self._stream, None
            await self._say(stream, stream.text)
            await self._stop(stream)
            await self._send(SynthesizeStopped())
        elif Synthesize.is_type(event.type) and not self._stream:  # within a stream it repeats the text of the chunks
            request = Synthesize.from_event(event)
            stream = _Stream(request.voice)
            await self._say(stream, request.text)
            await self._stop(stream)

    async def _say_ready(self, stream: _Stream) -> None:
        """Speak all sentences but the last, which the next chunk may continue."""
        sentences = split_sentences(stream.text)
        if "<" not in stream.text and len(sentences) > 1:
            ready, stream.text = stream.text[: sentences[-1].start], stream.text[sentences[-1].start :]
            await self._say(stream, ready)
        elif len(stream.text) > self._state.settings.max_characters:
            raise APIError(400, "string_too_long", "The text has no end of a sentence. Send shorter ones.")

    async def _say(self, stream: _Stream, text: str) -> None:
        if stream.rate and not split_sentences(text):
            return  # only punctuation after the last sentence
        voice = self._state.voice(stream.voice.name if stream.voice else None)
        self._state.check_input(text)
        task = Task(text, voice.name, "pcm", voice.sample_rate, lexicon=self._state.lexicon.merged({}))
        job = self._state.scheduler.submit(task)
        if stream.rate:
            await self._play(stream, bytes(WIDTH * round(SENTENCE_PAUSE * stream.rate)), stream.rate)
        async with aclosing(self._state.scheduler.events(job)) as events:
            async for event in events:
                if event.kind == "audio":
                    await self._play(stream, event.value, voice.sample_rate)

    async def _play(self, stream: _Stream, audio: bytes, rate: int) -> None:
        if not stream.rate:
            stream.rate = rate
            await self._send(AudioStart(rate, WIDTH, CHANNELS))
        await self._send(AudioChunk(rate, WIDTH, CHANNELS, audio))

    async def _stop(self, stream: _Stream) -> None:
        if stream.rate:
            await self._send(AudioStop())

    async def _send(self, message: Eventable) -> None:
        with anyio.fail_after(self._state.settings.stall):
            await self.write_event(message.event())


class _Stream:
    """Text that has not been spoken yet, and the sample rate of the audio so far; 0 before the first audio."""

    def __init__(self, voice: SynthesizeVoice | None) -> None:
        self.voice, self.text, self.rate = voice, "", 0


def _info(state: State) -> Info:
    about: dict[str, Any] = {"attribution": ATTRIBUTION, "installed": True, "version": tts.__version__}
    voices = [
        TtsVoice(name=voice.name, description=voice.name, languages=[voice.language], **about) for voice in state.voices
    ]
    program = TtsProgram(
        name="attune",
        description="Text to speech with attention you can see",
        voices=voices,
        supports_synthesize_streaming=True,
        **about,
    )
    return Info(tts=[program])
