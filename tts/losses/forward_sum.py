"""The likelihood of all monotone alignments (Badlani et al. 2021, "One TTS Alignment To Rule Them All", eq. 1)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from tts.nn.masks import lengths_to_mask


def forward_sum_loss(
    logits: Tensor, token_lengths: Tensor, frame_lengths: Tensor, blank_log_probability: float = -1.0
) -> Tensor:
    """Negative log probability, per frame, of walking through all symbols in order: CTC over the symbols themselves.

    Args:
        logits: (B, T, T_text), how well frame t fits symbol j; any scale, normalised here.
        token_lengths: (B,).
        frame_lengths: (B,), at least ``token_lengths``.
        blank_log_probability: logit of belonging to no symbol.

    Returns:
        A scalar, the mean over utterances of the loss divided by its frames.
    """
    B, T, T_text = logits.shape
    token_mask = lengths_to_mask(token_lengths, T_text)
    scores = logits.float().masked_fill(~token_mask.unsqueeze(1), -1e4)
    log_probabilities = torch.log_softmax(F.pad(scores, (1, 0), value=blank_log_probability), -1)
    targets = torch.arange(1, T_text + 1, device=logits.device).expand(B, -1)
    losses = F.ctc_loss(
        log_probabilities.transpose(0, 1), targets, frame_lengths, token_lengths, reduction="none", zero_infinity=True
    )
    return (losses / frame_lengths).mean()
