"""Losses of predicted durations, pitch and energy against those of the recording.

Source: Ren et al. 2020, FastSpeech 2, section 2.3 (squared errors of the logarithms).

Differences from the paper: absolute instead of squared error for pitch and energy, and a cross-entropy for voicing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.masks import lengths_to_mask


class DurationLoss(nn.Module):
    """Squared error of ln(1 + frames), mean over symbols.

    Args:
        weight: factor of the loss in the sum.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        mask = lengths_to_mask(batch.token_lengths, batch.tokens.shape[1])
        if output.prosody is None:
            raise ValueError("this loss is for parallel models, which predict durations: use acoustic=parallel")
        difference = output.prosody.log_durations - torch.log1p(output.prosody.durations.float())
        return difference.masked_fill(~mask, 0.0).square().sum() / mask.sum()


class ProsodyLoss(nn.Module):
    """Absolute error of pitch (where voiced) and energy, and cross-entropy of voicing, mean over decoder steps.

    Args:
        weight: factor of the loss in the sum.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar; zero for a model that does not predict pitch and energy."""
        prosody = output.prosody
        if prosody is None or prosody.measured is None or not prosody.predicted:
            return output.mel.new_zeros(())
        (pitch, voicing, energy), target = prosody.predicted, prosody.measured
        mask = lengths_to_mask(output.decoder_lengths, pitch.shape[1]).float()
        voiced = target.voiced * mask
        pitch_error = ((pitch - target.pitch).abs() * voiced).sum() / voiced.sum().clamp_min(1.0)
        energy_error = ((energy - target.energy).abs() * mask).sum() / mask.sum()
        surprise = F.binary_cross_entropy_with_logits(voicing, target.voiced, reduction="none")
        return pitch_error + energy_error + (surprise * mask).sum() / mask.sum()
