import numpy as np
import pytest

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.evaluation.copy_metrics import frame_rate_buzz, high_band_error, measure, mel_cepstral_distortion, pitch

RATE = 22050


@pytest.fixture(scope="module")
def voice():
    time = np.arange(64 * 256) / RATE
    phase = 2 * np.pi * (180 * time + 20 * time**2)
    noise = np.random.default_rng(0).standard_normal(len(time))
    return (sum(0.1 * np.sin(n * phase) / n for n in range(1, 30)) + 0.003 * noise).astype(np.float32)


def test_the_distance_of_a_recording_to_itself_is_zero(voice):
    found = measure(voice, voice, configured(MelSpectrogram))
    for name in ("log_mel", "mcd", "f0_cents", "voicing", "high_band_error", "frame_rate_buzz"):
        assert found[name] == pytest.approx(0, abs=1e-6)
    assert found["stft"] < 1e-3


def test_a_louder_copy_has_the_same_cepstra_but_another_mel(voice):
    found = measure(voice, 2 * voice, configured(MelSpectrogram))
    assert found["log_mel"] == pytest.approx(np.log(2), abs=0.01)
    assert found["mcd"] < 0.05
    assert mel_cepstral_distortion(voice, np.roll(voice, 3 * 256)[::-1].copy(), configured(MelSpectrogram)) > 0.5


def test_a_semitone_is_a_hundred_cents(voice):
    higher = np.interp(np.arange(len(voice)) * 2 ** (1 / 12), np.arange(len(voice)), voice).astype(np.float32)
    assert pitch(voice[:9000], higher[:9000], RATE)["f0_cents"] == pytest.approx(100, abs=25)


def test_noise_above_8_khz_and_at_the_frame_rate_is_measured(voice):
    time = np.arange(len(voice)) / RATE
    rng = np.random.default_rng(1)
    hiss = np.diff(rng.standard_normal(len(voice) + 1)).astype(np.float32) * 0.02
    assert high_band_error(voice, voice + hiss, RATE) > 10
    buzz = sum(np.sin(2 * np.pi * n * RATE / 256 * time) for n in range(1, 50)).astype(np.float32) * 0.003
    assert frame_rate_buzz(voice, voice + buzz, RATE, 256) > 3
