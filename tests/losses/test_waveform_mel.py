import math
from types import SimpleNamespace

import pytest
import torch

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.core.interfaces import VocoderOutput
from tts.losses.waveform_mel import WaveformMelLoss


def distance(made, real, weight=1.0):
    return WaveformMelLoss(configured(MelSpectrogram), weight)(VocoderOutput(made, {}), SimpleNamespace(wav=real), 0)


def test_the_loss_is_the_distance_of_the_mels_including_silence():
    wav = 0.1 * torch.randn(1, 8192, generator=torch.Generator().manual_seed(0))
    assert float(distance(wav, wav)) == 0
    assert float(distance(2 * wav, wav, weight=3.0)) == pytest.approx(math.log(2), abs=1e-4)  # not weighted
    quiet = 1e-3 * wav
    assert float(distance(2 * quiet, quiet)) > 0.3


def test_the_gradient_is_finite_for_silence_and_increases_the_level():
    made = torch.full((1, 4096), 1e-4).cumsum(1).sin().mul(1e-3).requires_grad_()
    real = 0.1 * torch.randn(1, 4096, generator=torch.Generator().manual_seed(0))
    loss = distance(made, real)
    loss.backward()
    assert torch.isfinite(made.grad).all()
    assert distance(made - made.grad / made.grad.norm() * 1e-2, real) < loss
