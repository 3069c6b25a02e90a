import math

import pytest
import torch

from tests.configured import configured
from tts.audio.griffin_lim import griffin_lim, linear_from_mel
from tts.audio.mel import MelSpectrogram


@pytest.fixture(scope="module")
def vowel():
    """One second of a gliding buzz with formants, (1, T_wav): speech enough for a spectrogram."""
    time = torch.arange(22016) / 22050
    pitch = 2 * math.pi * (120 * time + 20 * time**2)
    wav = sum(math.exp(-(((k * 140 - 700) / 600) ** 2)) * torch.sin(k * pitch) for k in range(1, 40))
    return (0.3 * wav / wav.abs().max())[None]


def inconsistency(wav, magnitude, mel):
    return ((mel.magnitude(wav) - magnitude).norm() / magnitude.norm()).item()


def random_phase(magnitude):
    return 2 * math.pi * torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0))


def test_the_true_phase_reconstructs_the_wave(vowel):
    mel = configured(MelSpectrogram)
    padded = torch.nn.functional.pad(vowel[:, None], (384, 384), mode="reflect")[:, 0]
    spectrum = torch.stft(padded, 1024, 256, window=mel.window, center=False, return_complex=True)
    wav = griffin_lim(spectrum.abs(), mel.window, 256, 0, 0.99, spectrum.angle())
    assert wav.shape == vowel.shape
    torch.testing.assert_close(wav, vowel, atol=1e-4, rtol=0)


def test_iterations_and_momentum_reduce_the_error_of_the_spectrogram(vowel):
    mel = configured(MelSpectrogram)
    magnitude = mel.magnitude(vowel)
    phase = random_phase(magnitude)
    none, plain, fast = (
        inconsistency(griffin_lim(magnitude, mel.window, 256, rounds, momentum, phase), magnitude, mel)
        for rounds, momentum in ((0, 0.0), (32, 0.0), (32, 0.99))
    )
    assert fast < plain < 0.5 * none
    assert fast < 0.1


def test_linear_magnitudes_have_the_original_mel_bands(vowel):
    mel = configured(MelSpectrogram)
    bands = mel.expand(mel(vowel))
    magnitude = linear_from_mel(bands, mel.filterbank)
    assert magnitude.shape == (1, 513, bands.shape[2])
    assert (magnitude >= 0).all()
    assert (mel.compress(mel.filterbank @ magnitude) - mel.compress(bands)).abs().mean() < 0.02


def test_there_is_no_energy_above_the_highest_band(vowel):
    mel = configured(MelSpectrogram, f_max=4000.0)
    magnitude = linear_from_mel(mel.expand(mel(vowel)), mel.filterbank)
    assert magnitude[:, 190:].max() < 1e-6 * magnitude.max()
