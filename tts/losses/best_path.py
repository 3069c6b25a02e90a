r"""The score of the best monotonic path through the attention, as a loss (OAS: "Eliminating stability hallucinations in
LLM-based TTS models with attention guidance", 2025, optimal alignment score).

.. math:: L = -\max_\pi \frac1T \sum_t \ln \alpha_{t,\pi_t}

over paths from the first symbol to the last that stay or move on by one at every step. Unlike the forward sum it counts
only the best path, so that the weight concentrates on one path.

Differences from the paper: the logarithm of the weights, with a floor, so that a step far from the path still has a
gradient; utterances with fewer steps than symbols count as zero.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.alignment_search import monotonic_alignment_search
from tts.nn.masks import lengths_to_mask


class BestPathLoss(nn.Module):
    """Negative log weight on the attention's own best path, heads averaged, mean over real decoder steps.

    Args:
        weight: factor of the loss in the sum.
        floor: least weight that counts.
        start: training step from which on the loss counts; before there is an alignment, the best path is arbitrary.
    """

    def __init__(self, weight: float, floor: float, start: int) -> None:
        super().__init__()
        self.weight, self.floor, self.start = weight, floor, start

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        if step < self.start:
            return output.alignments.new_zeros(())
        logs = output.alignment.float().clamp_min(self.floor).log()  # (B, T_dec, T_text)
        with torch.no_grad():
            steps = torch.maximum(output.decoder_lengths, batch.token_lengths)  # without a path: zero below
            found = monotonic_alignment_search(logs.detach(), batch.token_lengths, steps)
            index = torch.arange(logs.shape[1], device=logs.device).expand(len(logs), -1).contiguous()
            path = torch.searchsorted(found.cumsum(1), index, right=True)
            path = torch.minimum(path, batch.token_lengths.unsqueeze(1) - 1)
        chosen = logs.gather(2, path.unsqueeze(2)).squeeze(2)
        real = lengths_to_mask(output.decoder_lengths, logs.shape[1])
        real = real & (output.decoder_lengths >= batch.token_lengths).unsqueeze(1)
        return -chosen.masked_fill(~real, 0.0).sum() / real.sum().clamp_min(1)
