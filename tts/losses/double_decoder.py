"""Double decoder consistency (Gölge 2020, "Solving Attention Problems of TTS models with Double Decoder Consistency").

A second decoder of a larger R takes fewer, longer steps, learns to align sooner, and guides the first one:

``loss = L1(mel of the second) + mean over steps of sum_j |first - second|``

with the second alignment interpolated to the steps of the first. Gradients flow into both decoders, the encoder gets
only those of the first, and generation needs only the first.

Differences from the original: the sum over symbols is not averaged, since the term would vanish for long texts; padding
does not count; alignments are interpolated linearly, not repeated.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch, SecondDecoder
from tts.nn.masks import lengths_to_mask


class DoubleDecoderLoss(nn.Module):
    """Mel loss of the second decoder, and the difference between the two alignments.

    Args:
        weight: factor of the loss in the sum.
        mel: factor of the second decoder's mel loss.
        alignment: factor of the difference between the alignments.
    """

    def __init__(self, weight: float, mel: float, alignment: float) -> None:
        super().__init__()
        self.weight, self.mel, self.alignment = weight, mel, alignment

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar. Raises ValueError for a model without a second decoder."""
        if output.second is None:
            raise ValueError(
                "the consistency loss compares two decoders, but the model has one: add second_decoder=slow"
            )
        return self.mel * self._mel_loss(output.second, batch) + self.alignment * self._disagreement(
            output, output.second
        )

    def _mel_loss(self, second: SecondDecoder, batch: Batch) -> Tensor:
        mask = lengths_to_mask(batch.mel_lengths, batch.mel.shape[2]).unsqueeze(1)  # (B, 1, T_mel)
        difference = (second.mel.float() - batch.mel).masked_fill(~mask, 0.0)
        return difference.abs().sum() / (mask.sum() * batch.mel.shape[1])

    def _disagreement(self, output: AcousticOutput, second: SecondDecoder) -> Tensor:
        first, slow = output.alignment, second.alignments.mean(1)
        shown = interpolate_alignment(slow, second.decoder_lengths, first.shape[1], second.ratio)
        mask = lengths_to_mask(output.decoder_lengths, first.shape[1]).unsqueeze(2)
        return (first - shown).masked_fill(~mask, 0.0).abs().sum() / mask.sum()


def interpolate_alignment(alignment: Tensor, lengths: Tensor, num_steps: int, ratio: float) -> Tensor:
    """Weights at the middle of each of ``num_steps`` short steps, from an alignment with steps ``ratio`` times as long.

    (B, T', T_text), real steps (B,) -> (B, num_steps, T_text), linearly interpolated between the middles of long steps.
    """
    middles = (torch.arange(num_steps, device=alignment.device) + 0.5) / ratio - 0.5
    places = torch.minimum(middles.clamp_min(0.0), lengths.unsqueeze(1) - 1)  # (B, num_steps)
    before = places.floor().long()
    after = torch.minimum(before + 1, lengths.unsqueeze(1) - 1)
    share = (places - before).unsqueeze(2).to(alignment.dtype)
    rows = [alignment.gather(1, at.unsqueeze(2).expand(-1, -1, alignment.shape[2])) for at in (before, after)]
    return torch.lerp(rows[0], rows[1], share)
