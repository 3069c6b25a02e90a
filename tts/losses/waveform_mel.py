"""Distance between the mels of two waveforms, with the vocoder's own mel definition."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tts.core.interfaces import VocoderOutput


class WaveformMelLoss(nn.Module):
    """mean |mel(x̂) − mel(x)|: silence, at the floor of the mel, counts as much as speech.

    Source: Kong et al. 2020, HiFi-GAN.

    Args:
        mel: (B, T_wav) -> (B, M, T_mel), natural logarithm.
        weight: factor of the loss in the sum.
    """

    def __init__(self, mel: nn.Module, weight: float) -> None:
        super().__init__()
        self.mel, self.weight = mel, weight

    def forward(self, output: VocoderOutput, batch: Any, step: int) -> Tensor:
        """Scalar."""
        generated, target = output.wav, batch.wav  # (B, T_wav)
        with torch.autocast(generated.device.type, enabled=False):
            return (self.mel(generated.float()) - self.mel(target.float())).abs().mean()
