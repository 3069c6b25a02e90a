"""The best of all monotonic alignments of frames with symbols."""

from __future__ import annotations

import torch
from torch import Tensor

from tts.nn.viterbi import best_path_sums


def monotonic_alignment_search(scores: Tensor, token_lengths: Tensor, frame_lengths: Tensor) -> Tensor:
    """Monotonic alignment search (Kim et al. 2020, "Glow-TTS", algorithm 1): durations of the best complete path.

    ``scores`` (B, T, T_text) are log weights of frame t on symbol j. The path starts on the first symbol, ends on the
    last, and stays or moves by one at every frame. Returns (B, T_text) int64 frames per symbol, summing to
    ``frame_lengths``, which must be at least ``token_lengths``.
    """
    B, T, T_text = scores.shape
    moved = torch.zeros(B, T, T_text, dtype=torch.bool, device=scores.device)
    buffers = scores.new_full((2, B, T_text + 1), float("-inf"))
    for t, (come, stay, _) in enumerate(best_path_sums(scores.detach(), buffers, torch), 1):
        torch.gt(come, stay, out=moved[:, t])
    # Backtracking needs no scores, only whether the symbol was entered at each frame.
    durations = torch.zeros(B, T_text, dtype=torch.int64, device=scores.device)
    here = (token_lengths - 1).clone()
    rows = torch.arange(B, device=scores.device)
    for t in range(T - 1, -1, -1):
        inside = (t < frame_lengths).to(torch.int64)
        durations[rows, here] += inside
        here = here - (moved[rows, t, here].to(torch.int64) * inside)
    return durations
