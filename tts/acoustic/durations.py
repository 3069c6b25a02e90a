"""Known durations as the path that an attention follows."""

from __future__ import annotations

import torch
from torch import Tensor


def durations_to_path(
    durations: Tensor, token_lengths: Tensor, decoder_lengths: Tensor, reduction_factor: int
) -> Tensor:
    """The symbol of every decoder step: (B, T_text) frames per symbol -> (B, T_dec) int64.

    A symbol ends at the step boundary nearest to its last frame, but every symbol keeps at least one step, so the
    path advances by at most one symbol per step and ends on the last. Steps past ``decoder_lengths`` stay there.

    Raises:
        ValueError: an utterance has fewer decoder steps than symbols.
    """
    if bool((decoder_lengths < token_lengths).any()):
        raise ValueError(
            f"an utterance has fewer decoder steps than symbols at reduction factor {reduction_factor}: "
            "lower the reduction factor, or prepare the corpus with it so that such utterances are left out"
        )
    T_text = durations.shape[1]
    index = torch.arange(T_text, device=durations.device)
    ends = (durations.cumsum(1) + reduction_factor // 2) // reduction_factor  # (B, T_text) steps
    ends = torch.cummax(torch.maximum(ends, torch.ones_like(ends)) - index, 1).values + index  # each at least one step
    last_step = decoder_lengths.unsqueeze(1)
    ends = torch.minimum(ends, last_step - token_lengths.unsqueeze(1) + 1 + index)  # leave a step to each that follows
    steps = torch.arange(int(decoder_lengths.max()), device=durations.device).expand(len(durations), -1)
    path = torch.searchsorted(ends.contiguous(), steps.contiguous(), right=True)
    return torch.minimum(path, token_lengths.unsqueeze(1) - 1)


def monotonic_alignment_search(scores: Tensor, token_lengths: Tensor, frame_lengths: Tensor) -> Tensor:
    """Monotonic alignment search (Kim et al. 2020, "Glow-TTS", algorithm 1): durations of the best complete walk.

    ``scores`` (B, T, T_text) are log weights of frame t on symbol j. The walk starts on the first symbol, ends on the
    last, and stays or moves by one at every frame. Returns (B, T_text) int64 frames per symbol, summing to
    ``frame_lengths``, which must be at least ``token_lengths``.
    """
    B, T, T_text = scores.shape
    best = scores.new_full((B, T_text), float("-inf"))
    best[:, 0] = scores[:, 0, 0]
    moved = torch.zeros(B, T, T_text, dtype=torch.bool, device=scores.device)
    for t in range(1, T):
        from_left = torch.cat((best.new_full((B, 1), float("-inf")), best[:, :-1]), 1)
        moved[:, t] = from_left > best
        best = torch.maximum(best, from_left) + scores[:, t]
        frozen = (t >= frame_lengths).unsqueeze(1)
        moved[:, t] &= ~frozen
    # Walking back needs no scores: at every frame, was the symbol just entered?
    durations = torch.zeros(B, T_text, dtype=torch.int64, device=scores.device)
    here = (token_lengths - 1).clone()
    rows = torch.arange(B, device=scores.device)
    for t in range(T - 1, -1, -1):
        inside = (t < frame_lengths).to(torch.int64)
        durations[rows, here] += inside
        here = here - (moved[rows, t, here].to(torch.int64) * inside)
    return durations
