"""Properties of the harmonic vocoder that other vocoders do not have."""

import math

import numpy as np
import pytest
import torch

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.audio.pitch import Pitch
from tts.evaluation.copy_metrics import frame_rate_buzz
from tts.vocoder.harmonic_vocos import HarmonicVocos


def built(**sizes):
    torch.manual_seed(0)
    vocoder = configured(
        HarmonicVocos, configured(MelSpectrogram), dim=16, hidden_dim=16, num_layers=1, pitch_dim=8, **sizes
    )
    return vocoder.eval().requires_grad_(False)


def test_a_constant_mel_gives_no_tone_at_the_frame_rate():
    vocoder = built(refinement_steps=0)
    points, bins = vocoder.num_points, vocoder.num_bins
    with torch.no_grad():
        vocoder.head.weight.zero_()
        vocoder.head.bias[: 4 * points] = -20.0  # the rest alone, with equal phases in every frame
        vocoder.head.bias[4 * points : 4 * points + bins] = 0.0
        vocoder.head.bias[4 * points + bins :] = math.pi * (torch.arange(bins) % 2)  # a click in the middle of each
    wav = vocoder(torch.full((1, 80, 256), -4.0))[0]
    noise = np.random.default_rng(0).standard_normal(len(wav))
    assert abs(frame_rate_buzz(noise, wav.numpy(), 22050, 256)) < 2  # 27 without θ


def test_smooth_phase_equals_the_measured_phase_in_voiced_frames():
    vocoder = built()
    frequency = torch.full((1, 60), 200.0)
    true = vocoder.accumulate_phase(frequency) + 1.0
    noisy = true + 0.3 * torch.randn(1, 60, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    noisy[:, 30:] = torch.rand(1, 30, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 2 * math.pi
    periodicity = torch.cat([torch.ones(1, 30), torch.full((1, 30), 0.01)], 1)
    steady = vocoder.smooth_phase(Pitch(frequency, periodicity, noisy))
    apart = torch.polar(torch.ones(60, dtype=torch.float64), (steady - true)[0]).angle()
    assert apart[:30].abs().max() < 0.3  # noise of 0.3 is 0.9 at most
    step = torch.polar(torch.ones(59, dtype=torch.float64), (steady - true)[0].diff()).angle()
    assert step[:36].abs().max() < 0.2


def test_refinement_steps_bring_the_levels_closer_to_the_mel():
    mel = configured(MelSpectrogram)(0.1 * torch.randn(1, 60 * 256, generator=torch.Generator().manual_seed(0)))

    def distance(**sizes):
        return float((configured(MelSpectrogram)(built(**sizes)(mel)) - mel).abs().mean())

    assert (
        distance(refinement_steps=3, overshoot=1.5)
        < distance(refinement_steps=3, overshoot=1.0)
        < distance(refinement_steps=1)
    )
    assert distance(refinement_steps=1, overshoot=1.5) == pytest.approx(distance(refinement_steps=1, overshoot=1.0))
