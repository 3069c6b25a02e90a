"""The pitch of a recording: fundamental frequency, periodicity, and phase of the fundamental.

    score(f) = Σ_k K(f_k / f) · sqrt|X_k|  /  (‖K‖ · ‖sqrt|X|‖)       K(x) = cos(2πx) / sqrt(x) for x >= 3/4, half that
                                                                      for 1/4 <= x < 3/4, else 0

``f`` is the pitch with the best score. Energy between the harmonics lowers the score, so octave errors are rare.
Source: based on SWIPE (Camacho and Harris 2008).

Differences from the paper: a linear frequency scale and one window length for all candidates.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.audio.mel import reflect


class Pitch(NamedTuple):
    """One value per frame, (B, T_mel) each."""

    frequency: Tensor  # Hz, defined in every frame, meaningful in periodic ones
    periodicity: Tensor  # 0 to 1; values above about 0.3 are voiced
    phase: Tensor  # phase of the fundamental at the center of the frame, radians


class PitchTracker(nn.Module):
    """Waveform to pitch, with the frames of the mel.

    Args:
        sample_rate: Hz.
        hop_length: samples between frames.
        window_length: samples under the Hann window; at least 3 periods of the lowest pitch.
        f_min: lowest pitch, Hz.
        f_max: highest pitch, Hz.
        steps_per_octave: number of candidates per octave; the estimate is interpolated.
        ceiling: highest harmonic that is used, Hz.
    """

    window: Tensor
    kernel: Tensor
    candidates: Tensor

    def __init__(
        self,
        sample_rate: int,
        hop_length: int,
        window_length: int,
        f_min: float,
        f_max: float,
        steps_per_octave: int = 48,
        ceiling: float = 3500.0,
    ) -> None:
        super().__init__()
        self.sample_rate, self.hop_length, self.window_length = sample_rate, hop_length, window_length
        self.f_min, self.steps_per_octave = f_min, steps_per_octave
        count = 1 + math.ceil(steps_per_octave * math.log2(f_max / f_min))
        candidates = f_min * 2 ** (torch.arange(count) / steps_per_octave)
        self.register_buffer("candidates", candidates, persistent=False)
        self.register_buffer("window", torch.hann_window(window_length), persistent=False)
        self.register_buffer("kernel", _kernel(candidates, sample_rate, 2 * window_length, ceiling), persistent=False)

    @torch.no_grad()
    def forward(self, wav: Tensor) -> Pitch:
        """(B, T_wav) -> `Pitch` of T_wav // hop_length frames."""
        frames = self._frames(wav)
        spectrum = torch.fft.rfft(frames, 2 * self.window_length).abs().sqrt()  # (B, T_mel, window_length + 1)
        score = spectrum @ self.kernel.T / (spectrum.norm(dim=-1, keepdim=True) + 1e-3)  # (B, T_mel, candidates)
        score = F.avg_pool1d(F.pad(score.transpose(1, 2), (1, 1), mode="replicate"), 3, 1).transpose(1, 2)
        frequency, best = self._peak(score)
        return Pitch(frequency, best.clamp(0, 1), self._phase(frames, frequency))

    def _frames(self, wav: Tensor) -> Tensor:
        num_frames = wav.shape[1] // self.hop_length
        extended = reflect(wav, (self.window_length - self.hop_length) // 2)
        return extended.unfold(1, self.window_length, self.hop_length)[:, :num_frames] * self.window

    def _peak(self, score: Tensor) -> tuple[Tensor, Tensor]:
        """Frequency (interpolated by a parabola) and score of the best candidate, (B, T_mel) each."""
        index = score[..., 1:-1].argmax(-1, keepdim=True) + 1
        left, best, right = (score.gather(-1, index + shift)[..., 0] for shift in (-1, 0, 1))
        curvature = (left - 2 * best + right).clamp(max=-1e-6)
        offset = (0.5 * (left - right) / curvature).clamp(-0.5, 0.5)
        return self.f_min * 2 ** ((index[..., 0] + offset) / self.steps_per_octave), best

    def _phase(self, frames: Tensor, frequency: Tensor) -> Tensor:
        """Phase (B, T_mel) of each frame at its fundamental frequency, relative to the center of the frame."""
        time = (torch.arange(self.window_length, device=frames.device) - self.window_length / 2) / self.sample_rate
        angle = 2 * math.pi * frequency[..., None] * time
        return torch.atan2(-(frames * angle.sin()).sum(-1), (frames * angle.cos()).sum(-1))


def _kernel(candidates: Tensor, sample_rate: int, n_fft: int, ceiling: float) -> Tensor:
    """(candidates, n_fft/2+1): each row has unit norm."""
    bins = torch.arange(n_fft // 2 + 1) * sample_rate / n_fft
    ratio = bins / candidates[:, None]
    kernel = torch.cos(2 * math.pi * ratio) / ratio.clamp(min=0.25).sqrt()
    kernel = torch.where(ratio < 0.75, 0.5 * kernel, kernel) * (ratio >= 0.25) * (bins <= ceiling)
    return kernel / kernel.norm(dim=1, keepdim=True)
