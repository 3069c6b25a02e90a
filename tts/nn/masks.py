"""Boolean masks from lengths; True is always valid."""

from __future__ import annotations

import torch
from torch import Tensor


def lengths_to_mask(lengths: Tensor, size: int) -> Tensor:
    """(B,) int64 -> (B, size) bool, True at the first ``lengths[b]`` positions."""
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)
