import math

import pytest
import torch
from hydra import compose, initialize_config_dir

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.core.config import config_root, instantiate
from tts.core.interfaces import Vocoder
from tts.vocoder.griffin_lim import GriffinLim


@pytest.fixture(scope="module")
def wav():
    """Half a second of two harmonics with changing pitch, (1, T_wav)."""
    time = torch.arange(43 * 256) / 22050
    return (0.3 * torch.sin(2 * math.pi * (150 * time + 40 * time**2)) + 0.1 * torch.sin(2 * math.pi * 900 * time))[
        None
    ]


def test_the_mel_of_the_output_is_close_to_the_input(wav):
    mel = configured(MelSpectrogram)
    heard = mel(wav)
    again, rough = (configured(GriffinLim, mel, iterations)(heard) for iterations in (32, 0))
    assert again.shape == wav.shape
    loud = heard > heard.max() - 4  # what is 35 dB below the loudest is not heard either
    assert (mel(again) - heard)[loud].abs().mean() < 0.2 < 0.5 < (mel(rough) - heard)[loud].abs().mean()


def test_griffin_lim_is_a_vocoder_with_the_spec_of_its_mel():
    vocoder = configured(GriffinLim, configured(MelSpectrogram, hop_length=200, win_length=800))
    assert isinstance(vocoder, Vocoder)
    assert vocoder.mel_spec == configured(MelSpectrogram, hop_length=200, win_length=800).mel_spec
    assert vocoder(torch.zeros(1, 80, 7)).shape == (1, 1400)


def test_the_same_mel_gives_the_same_wave_in_any_batch(wav):
    mel = configured(MelSpectrogram)
    vocoder, heard = configured(GriffinLim, mel, iterations=4), mel(wav)
    alone = vocoder(heard)
    torch.rand(3)  # the global generator has no say
    assert torch.equal(vocoder(heard), alone)
    batch = vocoder(torch.cat([heard - 1, heard]))
    torch.testing.assert_close(batch[1:], alone, atol=1e-3, rtol=0)


def test_the_seed_sets_the_initial_phases(wav):
    mel = configured(MelSpectrogram)
    one, two = (configured(GriffinLim, mel, iterations=1, seed=seed)(mel(wav)) for seed in (0, 1))
    assert (one - two).abs().max() > 1e-3


def test_silent_and_empty_mels_work():
    mel = configured(MelSpectrogram)
    vocoder = configured(GriffinLim, mel, iterations=2)
    assert vocoder(torch.full((1, 80, 9), mel.log_floor)).abs().max() < 1e-3
    assert vocoder(torch.zeros(2, 80, 0)).shape == (2, 0)


def test_loud_mels_stay_within_range():
    assert (
        configured(GriffinLim, configured(MelSpectrogram), iterations=2)(torch.full((1, 80, 9), 3.0)).abs().max() <= 1
    )


def test_griffin_lim_has_no_weights():
    assert configured(GriffinLim, configured(MelSpectrogram)).state_dict() == {}


def test_the_configuration_builds_it_for_a_mel():
    mel = configured(MelSpectrogram, n_mels=20)
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        vocoder = instantiate(compose("vocoder/griffin_lim").vocoder, mel=mel)
    assert vocoder.mel_spec == mel.mel_spec
    assert vocoder.iterations == 32


@pytest.mark.gpu
def test_gpu_and_cpu_agree(wav):
    mel = configured(MelSpectrogram)
    heard = mel(wav)
    expected = configured(GriffinLim, mel, iterations=8)(heard)
    torch.testing.assert_close(
        configured(GriffinLim, mel.cuda(), iterations=8)(heard.cuda()).cpu(), expected, atol=1e-3, rtol=0
    )
