"""The numbers of `tts.alignment.metrics` for a batch of alignments, in torch, for training."""

from __future__ import annotations

import torch
from torch import Tensor

from tts.alignment.metrics import MIN_BACKWARD, MIN_DURATION, MIN_PEAK, MIN_STEP_WEIGHT
from tts.nn.viterbi import best_path_sums


def batch_metrics(alignment: Tensor, decoder_lengths: Tensor, token_lengths: Tensor) -> dict[str, Tensor]:
    """Means over a batch of alignments (B, T_dec, T_text), without padding.

    Returns scalar tensors, without a gradient: ``focus``, ``diagonality``, ``coverage`` and ``path_mass``, and as
    shares of the utterances ``went_back`` (some step goes back) and ``end_reached`` (the peak reaches one of the last
    two symbols).
    """
    weights = alignment.detach().float()
    B, T, N = weights.shape
    step_mask = torch.arange(T, device=weights.device) < decoder_lengths.unsqueeze(1)  # (B, T_dec)
    token_mask = torch.arange(N, device=weights.device) < token_lengths.unsqueeze(1)  # (B, T_text)
    weights = weights.masked_fill(~(step_mask.unsqueeze(2) & token_mask.unsqueeze(1)), 0.0)
    steps = torch.arange(T, device=weights.device) / (decoder_lengths - 1).clamp_min(1).unsqueeze(1)
    positions = torch.arange(N, device=weights.device) / (token_lengths - 1).clamp_min(1).unsqueeze(1)
    distance = (positions.unsqueeze(1) - steps.unsqueeze(2)).abs()  # (B, T_dec, T_text)
    visited = (weights.amax(1) >= MIN_PEAK) & (weights.sum(1) >= MIN_DURATION)
    top = weights.argmax(2)  # (B, T_dec)
    return {
        "focus": (weights.amax(2).sum(1) / decoder_lengths).mean(),
        "diagonality": 1.0 - ((distance * weights).sum((1, 2)) / decoder_lengths).mean(),
        "coverage": ((visited & token_mask).sum(1) / token_lengths).mean(),
        "path_mass": _path_masses(weights, decoder_lengths, token_lengths).mean(),
        "went_back": (_behind(weights, top) & step_mask).any(1).float().mean(),
        "end_reached": (top.amax(1) >= token_lengths - 2).float().mean(),
    }


def _path_masses(weights: Tensor, decoder_lengths: Tensor, token_lengths: Tensor) -> Tensor:
    """(B,): `path_mass` of each utterance; ``weights`` (B, T_dec, T_text) are zero at padding."""
    B, _, N = weights.shape
    buffers = weights.new_full((2, B, N + 1), float("-inf"))
    last = (token_lengths - 1).unsqueeze(1)
    masses = weights[:, 0, 0].masked_fill(token_lengths > 1, float("-inf"))
    for t, (_, _, best) in enumerate(best_path_sums(weights, buffers, torch), 1):
        masses = torch.where(decoder_lengths > t, best.gather(1, last).squeeze(1), masses)
    return torch.where(masses.isinf(), 0.0, masses / decoder_lengths)


def _behind(weights: Tensor, top: Tensor) -> Tensor:
    """(B, T_dec) bool: `behind` of each utterance, meaningless at padding."""
    total = weights.sum(2)
    expected = weights @ torch.arange(weights.shape[2], device=weights.device, dtype=weights.dtype)
    expected = expected / total.clamp_min(1e-9)
    looks = total >= MIN_STEP_WEIGHT
    reached, ground = (x.masked_fill(~looks, 0).cummax(1).values for x in (top, expected))
    return looks & (top < reached) & (expected < ground - MIN_BACKWARD)
