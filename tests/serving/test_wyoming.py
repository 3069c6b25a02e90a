"""The client of the ``wyoming`` package gets a description, audio and streams."""

import asyncio
import socket

import numpy as np
import pytest

pytest.importorskip("wyoming", reason='needs the extra "wyoming"')

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

from tests.serving.conftest import running
from tts import TTS
from tts.serving.settings import Settings

TEXT = "Hello there. How are you today?"


@pytest.fixture(scope="module")
def port(tiny_voice_folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    voices = (str(tiny_voice_folder),)
    with running(Settings(voices=voices, wyoming=f"tcp://127.0.0.1:{port}", max_characters=200)):
        yield port


def talk(port, *events, until=AudioStop):
    """Return the answers of the server to ``events``, up to an event of type ``until`` or an error."""

    async def run():
        heard = []
        async with AsyncTcpClient("127.0.0.1", port) as client:
            for event in events:
                await client.write_event(event if isinstance(event, Event) else event.event())
            while not heard or not (until.is_type(heard[-1].type) or Error.is_type(heard[-1].type)):
                heard.append(await asyncio.wait_for(client.read_event(), 30))
        return heard

    return asyncio.run(run())


def audio_of(events):
    chunks = [AudioChunk.from_event(event) for event in events if AudioChunk.is_type(event.type)]
    return np.frombuffer(b"".join(chunk.audio for chunk in chunks), "<i2") / 32767, chunks[0].rate


def test_describe_lists_the_voices(port):
    (program,) = Info.from_event(talk(port, Describe(), until=Info)[0]).tts
    assert program.supports_synthesize_streaming
    assert [(voice.name, voice.languages) for voice in program.voices] == [("tiny", ["en-us"])]


def test_synthesize_returns_audio(port, tiny_voice):
    heard = talk(port, Synthesize(TEXT, SynthesizeVoice(name="tiny")))
    assert AudioStart.is_type(heard[0].type)
    audio, rate = audio_of(heard)
    assert rate == 22050
    assert audio == pytest.approx(TTS(tiny_voice)(TEXT).audio, abs=2e-3)


def test_text_in_chunks_is_spoken_sentence_by_sentence(port, tiny_voice):
    chunks = [SynthesizeChunk(word + " ") for word in TEXT.split()]
    repeated = Synthesize(TEXT)  # for servers that cannot stream
    heard = talk(port, SynthesizeStart(), *chunks, repeated, SynthesizeStop(), until=SynthesizeStopped)
    kinds = [event.type for event in heard if not AudioChunk.is_type(event.type)]
    assert kinds == ["audio-start", "audio-stop", "synthesize-stopped"]
    audio, rate = audio_of(heard)
    assert len(audio) == pytest.approx(len(TTS(tiny_voice)(TEXT).audio), abs=256)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Synthesize("..."), "no word that can be spoken"),
        (Synthesize(" "), "empty"),
        (Synthesize("a" * 300), "300 characters"),
        (Synthesize("Hello.", SynthesizeVoice(name="../../etc")), "no voice"),
        (Event("synthesize", {}), "not complete"),
    ],
)
def test_an_unspeakable_text_is_an_error_and_the_connection_stays(port, event, message):
    heard = talk(port, event)
    assert message in Error.from_event(heard[-1]).text
    assert AudioStart.is_type(talk(port, Synthesize("Hello."))[0].type)
