r"""A penalty on attention that goes back (after Georgiou, Paraskevopoulos and Potamianos 2022, "Regotron: Regularizing
the Tacotron2 architecture via monotonic alignment loss").

.. math:: E_t = \sum_j j\, \alpha_{t,j}, \qquad
          L = \frac{1}{T-1} \sum_{t=1}^{T-1} \max(0,\; E_{t-1} - E_t + \delta N / T)

Difference from the paper: the constants are ours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.masks import lengths_to_mask


class MonotonicLoss(nn.Module):
    """Mean step back, in symbols, of the expected position between real decoder steps, heads averaged.

    Args:
        weight: factor of the loss in the sum.
        margin: delta, the share of the average pace below which a forward step also has a penalty.
    """

    def __init__(self, weight: float, margin: float) -> None:
        super().__init__()
        self.weight, self.margin = weight, margin

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        rows = output.alignment  # (B, T_dec, T_text)
        positions = rows @ torch.arange(rows.shape[2], device=rows.device, dtype=rows.dtype)  # (B, T_dec)
        pace = (batch.token_lengths / output.decoder_lengths).unsqueeze(1)
        steps_back = torch.relu(positions[:, :-1] - positions[:, 1:] + self.margin * pace)
        mask = lengths_to_mask(output.decoder_lengths - 1, steps_back.shape[1])
        return steps_back.masked_fill(~mask, 0.0).sum() / mask.sum().clamp_min(1)
