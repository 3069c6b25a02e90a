"""Streams: the audio equals the whole, and each piece comes as early as possible."""

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from tts import TTS
from tts.audio.io import write_wav_stream
from tts.core.errors import AttuneError
from tts.engine.base import FIRST_FRAMES
from tts.vocoder.streaming import ContextStream
from tts.voices.voice import load_voice

TEXT = "Hello there. How are you today, my friend? " + "This one is so long that it comes in more than one piece. " * 2


class Hum(torch.nn.Module):
    """A fast streaming vocoder that records the number of frames of each call."""

    def __init__(self):
        super().__init__()
        self.given = []

    def forward(self, mel):
        self.given.append(mel.shape[2])
        return mel.mean(1).tanh().repeat_interleave(256, dim=1)

    def stream(self):
        return ContextStream(self, reach=4, scale=256)


@pytest.fixture(scope="module")
def lengthy(tiny_voice_folder):
    """Return the tiny voice with sentences of at least 3.5 seconds."""
    return load_voice(
        tiny_voice_folder, ["acoustic.decoder.max_frames_offset=300", "acoustic.decoder.gate_threshold=2.0"]
    )


@pytest.fixture(params=["streams", "does not"])
def tts(request, lengthy):
    return TTS(replace(lengthy, vocoder=Hum()) if request.param == "streams" else lengthy)


def test_joined_chunks_equal_the_speech(tts):
    speech, pieces = tts(TEXT, seed=3), list(tts.stream(TEXT, seed=3))
    assert np.concatenate([piece.audio for piece in pieces]).shape == speech.audio.shape
    np.testing.assert_allclose(np.concatenate([piece.audio for piece in pieces]), speech.audio, atol=1e-3)
    heard = {piece.sentence.start: piece.sentence for piece in pieces}
    assert list(heard) == [sentence.start for sentence in speech.sentences]
    assert [sentence.text for sentence in heard.values()] == [sentence.text for sentence in speech.sentences]
    assert [s.report.verdict for s in heard.values()] == [s.report.verdict for s in speech.sentences]


def test_the_first_chunk_comes_before_the_rest_is_synthesized(lengthy):
    tts = TTS(replace(lengthy, vocoder=Hum()))
    spoken = []
    speak = tts._speak
    tts._speak = lambda batch, *args: spoken.append(len(batch)) or speak(batch, *args)
    first = next(piece for piece in tts.stream(TEXT, repair=False) if len(piece.audio))
    assert spoken == [1]  # one sentence
    assert tts.voice.vocoder.given == [FIRST_FRAMES]  # of which there are more
    assert first.sentence.mel.shape[1] > FIRST_FRAMES
    assert len(first.audio) / 22050 > 0.9


def test_batches_grow(lengthy):
    tts = TTS(replace(lengthy, vocoder=Hum()))
    spoken = []
    speak = tts._speak
    tts._speak = lambda batch, *args: spoken.append(len(batch)) or speak(batch, *args)
    list(tts.stream("One. Two. Three. Four. Five. Six. Seven. Eight. Nine.", repair=False))
    assert spoken == [1, 2, 4, 2]


def test_an_unspeakable_text_raises_before_the_first_chunk(tts):
    with pytest.raises(ValueError, match="no word"):
        tts.stream("?!")
    with pytest.raises(AttuneError, match="speed is 20"):
        tts.stream("Hello.", speed=20.0)


def test_a_wav_in_a_pipe_can_be_read_during_synthesis():
    pipe = io.BytesIO()
    pieces = [np.full(5, 0.5, dtype=np.float32), np.zeros(0, dtype=np.float32), np.full(3, -2.0, dtype=np.float32)]
    assert write_wav_stream(pipe, iter(pieces), 16000) == 8
    audio, rate = soundfile.read(io.BytesIO(pipe.getvalue()))
    assert rate == 16000
    np.testing.assert_allclose(audio, [0.5] * 5 + [-1.0] * 3, atol=1e-4)


def pipe(*words, **options):
    command = [sys.executable, "-m", "tts.synthesize", *words, "-o", "-"]
    return subprocess.run(command, capture_output=True, **options)


def test_the_command_writes_to_a_pipe(tiny_voice_folder):
    done = pipe("Hello world.", "And more.", "--voice", str(tiny_voice_folder), "--no-repair")
    assert done.returncode == 0, done.stderr
    audio, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    voice = TTS(tiny_voice_folder)
    expected = [voice(text, repair=False).audio for text in ("Hello world.", "And more.")]
    assert rate == 22050
    np.testing.assert_allclose(audio, np.concatenate(expected), atol=1e-3)
    assert b"warning: " in done.stderr  # an untrained voice


def test_an_unspeakable_text_leaves_the_pipe_empty(tiny_voice_folder):
    done = pipe("\N{GRINNING FACE}", "--voice", str(tiny_voice_folder))
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"error: " in done.stderr


def test_strict_checks_the_streamed_sentences(tiny_voice_folder):
    assert pipe("Hello.", "--voice", str(tiny_voice_folder), "--no-repair", "--strict").returncode == 3


def test_plots_with_a_pipe_are_an_error(tiny_voice_folder):
    done = pipe("Hello.", "--voice", str(tiny_voice_folder), "--alignment", "a.png")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"name a file" in done.stderr
