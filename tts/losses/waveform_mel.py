"""Distance between the mels of two waveforms, by the very definition that the vocoder is given them in."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WaveformMelLoss(nn.Module):
    """weight · mean |mel(x̂) − mel(x)|: silence, at the mel's own floor, counts as much as speech.

    Source: Kong et al. 2020, HiFi-GAN.

    Args:
        mel: (B, T_wav) -> (B, M, T_mel), natural logarithm.
        weight: of the loss.
    """

    def __init__(self, mel: nn.Module, weight: float = 1.0) -> None:
        super().__init__()
        self.mel, self.weight = mel, weight

    def forward(self, made: Tensor, real: Tensor) -> dict[str, Tensor]:
        """(B, T_wav), (B, T_wav) -> the weighted distance, a scalar, by name."""
        with torch.autocast(made.device.type, enabled=False):
            return {"contract": self.weight * (self.mel(made.float()) - self.mel(real.float())).abs().mean()}
