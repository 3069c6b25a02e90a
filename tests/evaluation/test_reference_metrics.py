import numpy as np
import pytest

from tests.configured import configured
from tests.conftest import glide
from tts.audio.mel import MelSpectrogram
from tts.evaluation.reference_metrics import reference_metrics

MEL = configured(MelSpectrogram)


def test_the_distance_of_a_recording_to_itself_is_zero():
    found = reference_metrics(glide(), glide(), MEL)
    assert found == {
        "mcd": 0.0,
        "f0_cents": 0.0,
        "f0_hz": 0.0,
        "voicing": 0.0,
        "f0_spread": 1.0,
        "voiced_ratio": 1.0,
        "duration_ratio": 1.0,
    }


def test_a_semitone_up_is_a_hundred_cents():
    step = 2 ** (1 / 12)
    found = reference_metrics(glide(start=180, end=182), glide(start=180 * step, end=182 * step), MEL)
    assert found["f0_cents"] == pytest.approx(100, abs=8)
    assert found["f0_hz"] == pytest.approx(181 * (step - 1), abs=1.5)


def test_slower_speech_is_warped_and_its_duration_reported():
    fast, slow = glide(0.6), glide(1.2)
    found = reference_metrics(fast, slow, MEL)
    assert found["duration_ratio"] == pytest.approx(2.0)
    assert found["f0_cents"] < 60  # without warping the glides would be up to 330 cents apart
    other = reference_metrics(fast, np.random.default_rng(0).standard_normal(len(slow)).astype(np.float32) / 10, MEL)
    assert found["mcd"] < other["mcd"] / 2


def test_flat_and_buzzing_speech_is_measured():
    lively, flat = glide(start=150, end=300), glide(start=200, end=220)
    assert reference_metrics(lively, flat, MEL)["f0_spread"] == pytest.approx(np.log(1.1) / np.log(2), abs=0.03)
    pause = np.zeros(len(lively), dtype=np.float32)
    found = reference_metrics(np.concatenate((lively, pause)), np.concatenate((lively, lively)), MEL)
    assert found["voiced_ratio"] == pytest.approx(2, abs=0.15)
    assert np.isnan(reference_metrics(pause + 1e-4, lively, MEL)["f0_spread"])
