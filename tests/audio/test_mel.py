import math

import librosa
import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.core.config import config_root, instantiate


@pytest.fixture(scope="module")
def wav():
    """Half a second of a gliding tone in noise, (1, T_wav), with a silent stretch."""
    generator = np.random.default_rng(0)
    time = np.arange(11025) / 22050
    samples = 0.3 * np.sin(2 * np.pi * (200 * time + 2000 * time**2)) + 0.01 * generator.normal(size=11025)
    samples[4000:6000] = 0
    return torch.tensor(samples, dtype=torch.float32)[None]


def reference(wav, n_fft=1024, hop=256, win=1024, n_mels=80, f_min=0.0, f_max=8000.0, rate=22050):
    """The same by librosa, in float64 where it can."""
    margin = (n_fft - hop) // 2
    padded = np.pad(wav.numpy().astype(np.float64), margin, mode="reflect")
    spectrum = librosa.stft(padded, n_fft=n_fft, hop_length=hop, win_length=win, center=False)
    bank = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=n_mels, fmin=f_min, fmax=f_max, dtype=np.float64)
    return np.log(np.maximum(1e-5, bank @ np.sqrt(np.abs(spectrum) ** 2 + 1e-9)))


def test_the_default_mel_equals_librosa(wav):
    mel = configured(MelSpectrogram)(wav)
    assert mel.shape == (1, 80, 11025 // 256)
    np.testing.assert_allclose(mel[0].numpy(), reference(wav[0]), atol=2e-4)


def test_other_options_equal_librosa(wav):
    numbers = {"n_fft": 512, "n_mels": 20, "f_min": 50.0, "f_max": 4000.0}
    mel = configured(MelSpectrogram, **numbers, hop_length=128, win_length=400)(wav)
    np.testing.assert_allclose(mel[0].numpy(), reference(wav[0], hop=128, win=400, **numbers), atol=2e-4)


@pytest.mark.parametrize("num_samples", [0, 1, 255, 256, 300, 384, 385, 511, 512, 5120, 5121])
def test_number_of_frames_is_samples_over_hop(num_samples):
    assert configured(MelSpectrogram)(torch.randn(2, num_samples)).shape == (2, 80, num_samples // 256)


def test_a_batch_equals_its_items(wav):
    mel = configured(MelSpectrogram)
    both = mel(torch.cat([wav, 0.1 * wav.flip(1)]))
    torch.testing.assert_close(both[1:], mel(0.1 * wav.flip(1)))


def test_silence_has_the_value_of_the_floor():
    mel = configured(MelSpectrogram, floor=1e-3)
    silence = mel(torch.zeros(1, 4096))
    assert mel.log_floor == pytest.approx(math.log(1e-3))
    assert torch.equal(silence, torch.full_like(silence, math.log(1e-3)))


def test_the_gradient_of_silence_is_finite():
    wav = torch.zeros(1, 2048, requires_grad=True)
    configured(MelSpectrogram, floor=1e-12)(wav).sum().backward()
    assert wav.grad.isfinite().all()


def test_compress_and_expand_are_inverse():
    mel = configured(MelSpectrogram)
    magnitude = torch.rand(1, 80, 3) + 1e-4
    torch.testing.assert_close(mel.expand(mel.compress(magnitude)), magnitude)


def test_different_mels_have_different_specs():
    assert configured(MelSpectrogram).mel_spec == configured(MelSpectrogram).mel_spec
    for change in ({"hop_length": 200}, {"f_max": 7600.0}, {"floor": 1e-8}, {"n_mels": 100}, {"sample_rate": 24000}):
        assert configured(MelSpectrogram, **change).mel_spec != configured(MelSpectrogram).mel_spec
    assert configured(MelSpectrogram).mel_spec["log"] == "natural"


def test_the_state_dict_is_empty():
    assert configured(MelSpectrogram).state_dict() == {}


def test_impossible_bands_are_errors():
    with pytest.raises(ValueError, match="11025"):
        configured(MelSpectrogram, f_max=12000.0)


def test_the_configuration_builds_the_default():
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        built = instantiate(compose("audio/mel_22k").audio)
    assert built.mel_spec == configured(MelSpectrogram).mel_spec
