r"""The likelihood of all monotone alignments (Shih et al. 2021, "RAD-TTS"; Badlani et al. 2021, "One TTS Alignment To
Rule Them All", eq. 1).

The probability of visiting all symbols in order, staying or moving on by one at every step, summed over paths:

.. math:: a_0(0) = A_{0,0}, \quad a_t(j) = A_{t,j} (a_{t-1}(j) + a_{t-1}(j-1)), \quad L = -\ln a_{T-1}(N-1)

This is CTC over the symbols themselves without a blank, and is computed as CTC; the ``ctc`` form of both papers has a
blank, a share of every step that belongs to no symbol.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.core.errors import check_choice
from tts.core.interfaces import AcousticOutput, Batch
from tts.nn.masks import lengths_to_mask

NO_BLANK = -1e4  # as a logit: a probability of exactly zero, and finite


class ForwardSumLoss(nn.Module):
    """Forward-sum loss of the decoder's own attention, heads averaged.

    Unlike the guided loss it does not restrict the duration of a symbol. Utterances with fewer steps than symbols have
    no complete path and count as zero. Rows that sum to less than one are normalized.

    Args:
        weight: factor of the loss in the sum.
        form: ``exact``, or ``ctc`` with a blank.
        blank_log_probability: logit of the blank beside the log weights, ``ctc`` only.
        floor: least weight; its logarithm is the cost of missing a symbol.
        start: training step from which on the loss counts.
    """

    def __init__(
        self,
        weight: float,
        form: Literal["exact", "ctc"],
        blank_log_probability: float,
        floor: float,
        start: int,
    ) -> None:
        super().__init__()
        check_choice("form", form, "exact", "ctc")
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
    """Negative log probability, per frame, of visiting all symbols in order: CTC over the symbols themselves.

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
    if logits.device.type == "cpu":
        targets = torch.arange(1, T_text + 1).expand(B, -1)
        lengths = frame_lengths, token_lengths
        losses = F.ctc_loss(log_probabilities.transpose(0, 1), targets, *lengths, reduction="none", zero_infinity=True)
    else:
        losses = _ctc_loss_without_waiting(log_probabilities, frame_lengths, token_lengths)
    return (losses / frame_lengths).masked_fill(frame_lengths < token_lengths, 0.0).mean()


def _ctc_loss_without_waiting(log_probabilities: Tensor, frame_lengths: Tensor, token_lengths: Tensor) -> Tensor:
    """(B,), the same without reading lengths and targets from a GPU, as `F.ctc_loss` would."""
    log_probabilities = _extend(log_probabilities, frame_lengths, token_lengths)
    B, T, classes = log_probabilities.shape
    targets = torch.arange(1, classes, device=log_probabilities.device).expand(B, -1)
    lengths = (T,) * B, (classes - 1,) * B
    return torch._ctc_loss(log_probabilities.transpose(0, 1), targets, *lengths, 0, True)[0]


def _extend(log_probabilities: Tensor, frame_lengths: Tensor, token_lengths: Tensor) -> Tensor:
    """Make all utterances equally long without changing their likelihoods, so that no lengths are read from a GPU.

    (B, T, 1 + T_text) -> (B, T + T_text + 1, 2 + T_text): after its end every utterance moves on by one symbol per
    frame with probability one, through the padding of the text to one additional symbol, and stays there.
    """
    num_classes = log_probabilities.shape[2] + 1
    padded = F.pad(log_probabilities, (0, 1, 0, num_classes - 1), value=NO_BLANK)
    beyond = torch.arange(padded.shape[1], device=padded.device) - frame_lengths.unsqueeze(1) + 1  # from 1 at the end
    symbol = (token_lengths.unsqueeze(1) + beyond).clamp_max(num_classes - 1)
    certain = torch.arange(num_classes, device=padded.device) == symbol.unsqueeze(2)
    return torch.where((beyond > 0).unsqueeze(2), torch.where(certain, 0.0, NO_BLANK), padded)
