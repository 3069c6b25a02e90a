"""Losses of a predicted utterance against the recording: mel and stop token."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.masks import lengths_to_mask


class MelReconstructionLoss(nn.Module):
    """Distance of the mel before and after the post-net from the target, mean over real frames and channels.

    ``l1 * |d| + l2 * d^2`` for each of the two, added. Tacotron 2 (Shen et al. 2018, section 2.2) uses l2 alone.

    Args:
        weight: factor of the loss in the sum.
        l1: factor of the absolute difference.
        l2: factor of the squared difference.
        self_fed_weight: factor for an utterance whose decoder input was the decoder's own output
            (`AcousticOutput.self_fed`). Its pitch may differ from the recording, and then the distance favors a blurred
            mel.
    """

    def __init__(self, weight: float, l1: float, l2: float, self_fed_weight: float) -> None:
        super().__init__()
        self.weight, self.l1, self.l2, self.self_fed_weight = weight, l1, l2, self_fed_weight

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        mask = lengths_to_mask(batch.mel_lengths, batch.mel.shape[2]).unsqueeze(1)  # (B, 1, T_mel)
        count = mask.sum() * batch.mel.shape[1]
        share = None
        if output.self_fed is not None:
            share = torch.where(output.self_fed.view(-1, 1, 1), self.self_fed_weight, 1.0)
        errors = [batch.mel.new_zeros(())]
        for mel in (output.mel_before, output.mel):
            difference = (mel[..., : batch.mel.shape[2]].float() - batch.mel).masked_fill(~mask, 0.0)
            if self.l1:
                errors.append(_scaled_sum(difference.abs(), share, self.l1))
            if self.l2:
                errors.append(_scaled_sum(difference.square(), share, self.l2))
        return torch.stack(errors).sum() / count


def _scaled_sum(error: Tensor, share: Tensor | None, factor: float) -> Tensor:
    total = (error if share is None else share * error).sum()
    return total if factor == 1.0 else factor * total


class StopLoss(nn.Module):
    """Cross-entropy of the stop token: one at an utterance's last decoder step, zero before, mean over real steps.

    Args:
        weight: factor of the loss in the sum.
        positive_weight: weight of the last step relative to each other step.
    """

    positive_weight: Tensor

    def __init__(self, weight: float, positive_weight: float) -> None:
        super().__init__()
        self.weight = weight
        self.register_buffer("positive_weight", torch.tensor(positive_weight), persistent=False)

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        logits = output.stop_logits.float()  # (B, T_dec)
        mask = lengths_to_mask(output.decoder_lengths, logits.shape[1])
        target = ~lengths_to_mask(output.decoder_lengths - 1, logits.shape[1])
        losses = F.binary_cross_entropy_with_logits(
            logits, target.to(logits.dtype), pos_weight=self.positive_weight, reduction="none"
        )
        return losses.masked_fill(~mask, 0.0).sum() / mask.sum()
