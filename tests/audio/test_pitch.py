import math

import numpy as np
import pytest
import torch

from tests.configured import configured
from tts.audio.mel import MelSpectrogram
from tts.audio.pitch import PitchTracker

RATE = 22050


def tone(frequency, seconds=0.5, phase=0.0, harmonics=8):
    time = torch.arange(int(seconds * RATE)) / RATE
    return sum(torch.cos(n * (2 * math.pi * frequency * time + phase)) / n for n in range(1, harmonics + 1))[None] * 0.1


@pytest.mark.parametrize("frequency", [85.0, 131.7, 210.0, 333.3, 470.0])
def test_a_steady_tone_has_its_frequency_in_every_frame(frequency):
    found = configured(PitchTracker)(tone(frequency)).frequency[0, 3:-3]
    assert (1200 * torch.log2(found / frequency)).abs().max() < 20


def test_the_phase_is_that_of_the_fundamental_at_the_frame_center():
    frequency, start = 200.0, 0.7
    found = configured(PitchTracker)(tone(frequency, phase=start))
    centers = (torch.arange(found.phase.shape[1]) * 256 + 128) / RATE
    expected = 2 * math.pi * frequency * centers + start
    error = torch.angle(torch.exp(1j * (found.phase[0] - expected)))[3:-3]
    assert error.abs().max() < 0.15


def test_noise_and_silence_are_less_periodic_than_a_tone():
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal((1, RATE)).astype(np.float32)) * 0.1
    levels = [
        configured(PitchTracker)(wav).periodicity[0, 3:-3].mean() for wav in (tone(200.0), noise, torch.zeros(1, RATE))
    ]
    assert levels[0] > 0.3 > levels[1]
    assert levels[2] < 0.05


def test_frames_match_those_of_the_mel():
    wav = tone(150.0, 0.3)
    assert configured(PitchTracker)(wav).frequency.shape[1] == configured(MelSpectrogram)(wav).shape[2]
