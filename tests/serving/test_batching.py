"""Sentences of several requests are decoded in one batch, and the audio does not change."""

import threading

import numpy as np
import pytest

from tests.serving.conftest import wait_for
from tts import TTS
from tts.serving.batching import BatchedEngine, Cancelled, cancellable
from tts.serving.settings import Settings
from tts.serving.speaker import Speaker, Task

TEXTS = ["Hello there.", "How are you today, my friend?", "One two three four.", "So it goes. And on.", "The end."]


class Slow:
    """An engine whose calls can be paused; it counts its calls."""

    def __init__(self, engine):
        self._engine, self.gate, self.calls = engine, threading.Event(), []

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def decode(self, batch, *options):
        self.calls.append(len(batch))
        assert self.gate.wait(20)
        return self._engine.decode(batch, *options)


@pytest.fixture
def slow(tiny_voice):
    return Slow(TTS(tiny_voice).engine)


def speaking_with(engine, tiny_voice):
    tts = TTS(tiny_voice)
    tts.engine = BatchedEngine(engine)
    return tts


def test_waiting_calls_are_decoded_as_one_batch(tiny_voice, slow):
    batched, heard = speaking_with(slow, tiny_voice), {}

    def speak(number):
        heard[number] = batched(TEXTS[number], seed=5, repair=False)

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(len(TEXTS))]
    threads[0].start()
    wait_for(lambda: slow.calls)
    for thread in threads[1:]:
        thread.start()
    wait_for(lambda: len(batched.engine._waiting) == len(TEXTS) - 1)
    slow.gate.set()
    for thread in threads:
        thread.join()
    assert slow.calls == [1, 5]  # the fourth text has two sentences
    for number, text in enumerate(TEXTS):
        alone = TTS(tiny_voice)(text, seed=5, repair=False)
        np.testing.assert_allclose(heard[number].audio, alone.audio, atol=1e-3)
        assert [fault.kind for fault in heard[number].report.faults] == [fault.kind for fault in alone.report.faults]


def test_an_error_affects_only_its_batch(tiny_voice):
    class Broken(Slow):
        def decode(self, *args):
            raise RuntimeError("out of memory")

    speaking = speaking_with(Broken(TTS(tiny_voice).engine), tiny_voice)
    for _ in range(2):  # the queue is not left in disorder
        with pytest.raises(RuntimeError, match="out of memory"):
            speaking("Hello.")


def test_a_cancelled_request_stops_decoding(tiny_voice, slow):
    slow.gate.set()
    speaking = speaking_with(slow, tiny_voice)
    with cancellable(lambda: len(slow.calls) >= 2), pytest.raises(Cancelled):
        list(speaking.stream("One. Two. Three. Four. Five. Six. Seven. Eight.", repair=False))
    assert len(slow.calls) == 2


def test_speech_that_is_too_long_is_stopped(tiny_voice_folder):
    speaker = Speaker(Settings(voices=(str(tiny_voice_folder),), max_seconds=2.0))
    events = list(speaker.run(Task("Hello. " * 20 + "<break time='30s'/>", "tiny")))
    assert events[-1].kind == "error"
    assert "longer than 2 seconds" in events[-1].value.message
