"""The pitch of a mel, learned from `tts.audio.pitch.PitchTracker`."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.audio.pitch import Pitch, PitchTracker


class PitchEstimate(NamedTuple):
    """Output of `PitchPredictor` for a mel."""

    logits: Tensor  # (B, candidates, T_mel)
    frequency: Tensor  # (B, T_mel) Hz
    periodicity: Tensor  # (B, T_mel), 0 to 1


class PitchPredictor(nn.Module):
    """Pitch from a mel: three convolutions, a distribution over the candidates of a `PitchTracker`.

    Args:
        n_mels: M.
        dim: channels.
        tracker: gives the candidates, and the pitch to learn.
        mel_mean: mean of the input mels.
        mel_std: their standard deviation.
        kernel_size: frames under every convolution, odd.
    """

    log_candidates: Tensor

    def __init__(
        self, n_mels: int, dim: int, tracker: PitchTracker, mel_mean: float, mel_std: float, kernel_size: int = 5
    ) -> None:
        super().__init__()
        self.mel_mean, self.mel_std = mel_mean, mel_std
        count = len(tracker.candidates)
        self.register_buffer("log_candidates", tracker.candidates.log(), persistent=False)
        self.layers = nn.Sequential(
            nn.Conv1d(n_mels, dim, kernel_size, padding=kernel_size // 2),
            nn.GELU(),
            nn.Conv1d(dim, dim, kernel_size, padding=kernel_size // 2),
            nn.GELU(),
            nn.Conv1d(dim, count + 1, kernel_size, padding=kernel_size // 2),
        )
        self.context_frames = 3 * (kernel_size // 2)

    def forward(self, mel: Tensor) -> PitchEstimate:
        """(B, M, T_mel) -> `PitchEstimate`."""
        x = (mel - self.mel_mean) / self.mel_std
        for layer in self.layers:  # in the precision of the mel: errors of the pitch add up in the phase
            x = _convolve(layer, x) if isinstance(layer, nn.Conv1d) else layer(x)
        logits = x.to(torch.promote_types(x.dtype, torch.float32))
        logits, periodicity = logits[:, :-1], torch.sigmoid(logits[:, -1])
        return PitchEstimate(logits, self._decode(logits.detach()), periodicity)

    def _decode(self, logits: Tensor) -> Tensor:
        """Mean of the candidates near the likeliest one, (B, T_mel)."""
        places = torch.arange(logits.shape[1], device=logits.device)[:, None]
        near = (places - logits.argmax(1, keepdim=True)).abs() <= 4
        weights = logits.masked_fill(~near, -torch.inf).softmax(1)
        return (weights * self.log_candidates[:, None]).sum(1).exp()

    def loss(self, estimate: PitchEstimate, pitch: Pitch) -> Tensor:
        """Cross-entropy with the measured pitch where there is one, plus that of the periodicity everywhere."""
        steps = (pitch.frequency[:, None].log() - self.log_candidates[:, None]) / (
            self.log_candidates[1] - self.log_candidates[0]
        )
        target = (-0.5 * steps.square()).softmax(1)  # (B, candidates, T_mel)
        surprise = -(target * estimate.logits.log_softmax(1)).sum(1)
        weight = (5 * pitch.periodicity - 0.5).clamp(0, 1)
        with torch.autocast(pitch.frequency.device.type, enabled=False):  # CUDA's autocast rejects this loss
            voicing = F.binary_cross_entropy(estimate.periodicity, pitch.periodicity)
        return (weight * surprise).sum() / weight.sum().clamp(min=1) + voicing


def _convolve(layer: nn.Conv1d, x: Tensor) -> Tensor:
    bias = None if layer.bias is None else layer.bias.to(x)
    return F.conv1d(x, layer.weight.to(x), bias, padding=layer.padding)
