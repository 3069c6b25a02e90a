"""Boolean masks from lengths, and back; True is always valid."""

from __future__ import annotations

import torch
from torch import Tensor


def lengths_to_mask(lengths: Tensor, size: int) -> Tensor:
    """(B,) int64 -> (B, size) bool, True at the first ``lengths[b]`` positions."""
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)


def last_valid(mask: Tensor) -> Tensor:
    """(B, T_text) bool -> (B,) int64, the last valid position of each row."""
    return mask.sum(1) - 1
