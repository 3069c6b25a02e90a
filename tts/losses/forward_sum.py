r"""The likelihood of all monotone alignments (Shih et al. 2021, "RAD-TTS"; Badlani et al. 2021, "One TTS Alignment To
Rule Them All", eq. 1).

The probability of walking through all symbols in order, staying or moving on by one at every step, summed over walks:

.. math:: a_0(0) = A_{0,0}, \quad a_t(j) = A_{t,j} (a_{t-1}(j) + a_{t-1}(j-1)), \quad L = -\ln a_{T-1}(N-1)

That is CTC over the symbols themselves without a blank, and runs as one; the ``ctc`` form of both papers has a blank,
a share of every step that belongs to no symbol.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.masks import lengths_to_mask

NO_BLANK = -1e4  # as a logit: a probability of exactly zero, and finite


class ForwardSumLoss(nn.Module):
    """Forward-sum loss of the decoder's own attention, heads averaged.

    Unlike the guided loss it leaves every symbol the length it needs. Utterances with fewer steps than symbols have no
    complete walk and count as zero. Rows that sum to less than one are normalized.

    Args:
        weight: factor of the loss in the sum.
        form: ``exact``, or ``ctc`` with a blank.
        blank_log_probability: logit of the blank beside the log weights, ``ctc`` only.
        floor: least weight, whose logarithm is what it costs to miss a symbol.
        start: training step from which on the loss counts.
    """

    def __init__(
        self,
        weight: float = 1.0,
        form: Literal["exact", "ctc"] = "exact",
        blank_log_probability: float = -1.0,
        floor: float = 1e-6,
        start: int = 0,
    ) -> None:
        super().__init__()
        if form not in ("exact", "ctc"):
            raise ValueError(f"form is 'exact' or 'ctc', not '{form}'")
        self.weight, self.floor, self.start = weight, floor, start
        self.blank = NO_BLANK if form == "exact" else blank_log_probability

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        if step < self.start:
            return output.alignments.new_zeros(())
        logits = output.alignment.clamp_min(self.floor).log()  # (B, T_dec, T_text)
        return forward_sum_loss(logits, batch.token_lengths, output.decoder_lengths, self.blank)


def forward_sum_loss(
    logits: Tensor, token_lengths: Tensor, frame_lengths: Tensor, blank_log_probability: float = -1.0
) -> Tensor:
    """Negative log probability, per frame, of walking through all symbols in order: CTC over the symbols themselves.

    Args:
        logits: (B, T, T_text), how well frame t fits symbol j; any scale, normalized here.
        token_lengths: (B,).
        frame_lengths: (B,), at least ``token_lengths``.
        blank_log_probability: logit of belonging to no symbol; `NO_BLANK` makes it impossible.

    Returns:
        A scalar, the mean over utterances of the loss divided by its frames.
    """
    B, T, T_text = logits.shape
    token_mask = lengths_to_mask(token_lengths, T_text)
    scores = logits.to(torch.promote_types(logits.dtype, torch.float32)).masked_fill(~token_mask.unsqueeze(1), -1e4)
    log_probabilities = torch.log_softmax(F.pad(scores, (1, 0), value=blank_log_probability), -1)
    targets = torch.arange(1, T_text + 1, device=logits.device).expand(B, -1)
    losses = F.ctc_loss(
        log_probabilities.transpose(0, 1), targets, frame_lengths, token_lengths, reduction="none", zero_infinity=True
    )
    return (losses / frame_lengths).mean()
