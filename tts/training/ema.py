"""Exponential moving average of a model's weights, which gives better speech than the weights of a single step."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn


class EMA(nn.Module):
    """Exponential moving average of all parameters and buffers (including batch statistics) of ``model``.

    At step n the factor of the old value is ``min(decay, (1 + n) / (10 + n))``, so that the average is useful from
    the first steps on.

    Args:
        model: the model to average; its current values initialize the average.
        decay: final factor of the old average; 0 makes the average a copy of the model.
    """

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        super().__init__()
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"decay must be at least 0 and less than 1, not {decay}")
        self.decay = decay
        self.model = deepcopy(model).requires_grad_(False)
        self.train(False)

    def train(self, mode: bool = True) -> EMA:
        """Stay in evaluation mode, because an average is never trained."""
        return super().train(False)

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Update the average with the values of ``model`` after optimizer step ``step`` (from 1)."""
        keep = min(self.decay, (1 + step) / (10 + step))
        averages = [*self.model.parameters(), *self.model.buffers()]
        values = [*model.parameters(), *model.buffers()]
        floating = [(a, v) for a, v in zip(averages, values) if a.is_floating_point()]
        torch._foreach_lerp_([a for a, _ in floating], [v for _, v in floating], 1.0 - keep)
        counts = [(a, v) for a, v in zip(averages, values) if not a.is_floating_point()]
        if counts:
            torch._foreach_copy_([a for a, _ in counts], [v for _, v in counts])
