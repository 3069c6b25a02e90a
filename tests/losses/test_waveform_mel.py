import math

import pytest
import torch

from tts.audio.mel import MelSpectrogram
from tts.losses.waveform_mel import WaveformMelLoss


def test_it_is_the_distance_of_the_mels_themselves_and_silence_counts():
    wav = 0.1 * torch.randn(1, 8192, generator=torch.Generator().manual_seed(0))
    loss = WaveformMelLoss(MelSpectrogram(), weight=3.0)
    assert float(loss(wav, wav)["contract"]) == 0
    assert float(loss(2 * wav, wav)["contract"]) == pytest.approx(3 * math.log(2), abs=1e-4)
    quiet = 1e-3 * wav
    assert float(loss(2 * quiet, quiet)["contract"]) > 1


def test_its_gradient_is_finite_at_silence_and_makes_a_copy_louder():
    made = torch.full((1, 4096), 1e-4).cumsum(1).sin().mul(1e-3).requires_grad_()
    real = 0.1 * torch.randn(1, 4096, generator=torch.Generator().manual_seed(0))
    loss = WaveformMelLoss(MelSpectrogram())(made, real)["contract"]
    loss.backward()
    assert torch.isfinite(made.grad).all()
    assert WaveformMelLoss(MelSpectrogram())(made - made.grad / made.grad.norm() * 1e-2, real)["contract"] < loss
