"""Guided attention: a penalty on attention far from the diagonal (Tachibana, Uenoyama and Aihara 2017, section 4.2).

``W[t, j] = 1 - exp(-(j/N - t/T)^2 / (2 g^2))``; the loss is the sum of the weights times ``W``.

===== =================
N     ``token_lengths``
T     ``decoder_lengths``
g     ``sigma``
===== =================

Differences from the paper:

- Symbols are summed and only steps are averaged (``form: frame``), so that losses of short and long texts are
  comparable; ``form: mean`` averages over symbols too, as the paper and most ports do.
- Weight that a step does not place on the text, ``1 - sum_j A[t, j]``, counts with the largest penalty, 1. A softmax
  always sums to one, but a Gaussian mixture or a monotonic pointer can leave the text. Without this term the loss
  rewards that: no weight has no penalty.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from tts.core.errors import check_choice
from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.fade import Fade
from tts.nn.masks import lengths_to_mask


class GuidedAttentionLoss(nn.Module):
    """Mean over real decoder steps, heads averaged; faded out during training.

    Args:
        weight: factor of the loss in the sum.
        sigma: width of the diagonal band.
        form: ``frame`` or ``mean``, see above.
        fade_start: training step at which the loss begins to fade; None never fades.
        fade_end: training step from which on the loss is zero.
    """

    def __init__(
        self,
        weight: float,
        sigma: float,
        form: Literal["frame", "mean"],
        fade_start: int | None,
        fade_end: int | None,
    ) -> None:
        super().__init__()
        check_choice("form", form, "frame", "mean")
        self.weight, self.sigma, self.form = weight, sigma, form
        self.fade = Fade.between(fade_start, fade_end)

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        scale = self.scale(step)
        if scale == 0.0:
            return output.alignments.new_zeros(())
        weights, steps = output.alignment, output.decoder_lengths  # (B, T_dec, T_text)
        penalty = self.penalty(steps, batch.token_lengths, weights.shape[1], weights.shape[2])
        is_text = lengths_to_mask(batch.token_lengths, weights.shape[2]).unsqueeze(1)
        on_text = weights.masked_fill(~is_text, 0.0).sum(2, dtype=penalty.dtype)
        lost = (1.0 - on_text).clamp_min(0.0).masked_fill(~lengths_to_mask(steps, weights.shape[1]), 0.0)
        count = steps.sum() if self.form == "frame" else (steps * batch.token_lengths).sum()
        return scale * ((penalty * weights).sum() + lost.sum()) / count

    def penalty(self, decoder_lengths: Tensor, token_lengths: Tensor, T: int, N: int) -> Tensor:
        """W, (B, T, N), zero at padding."""
        device = decoder_lengths.device
        steps = torch.arange(T, device=device) / decoder_lengths.unsqueeze(1)  # (B, T)
        positions = torch.arange(N, device=device) / token_lengths.unsqueeze(1)  # (B, N)
        distance = positions.unsqueeze(1) - steps.unsqueeze(2)  # (B, T, N)
        mask = lengths_to_mask(decoder_lengths, T).unsqueeze(2) & lengths_to_mask(token_lengths, N).unsqueeze(1)
        return (1.0 - torch.exp(-distance.square() / (2.0 * self.sigma**2))).masked_fill(~mask, 0.0)

    def scale(self, step: int) -> float:
        """1 before the fade, 0 after it, linear in between."""
        return 1.0 - self.fade(step)
