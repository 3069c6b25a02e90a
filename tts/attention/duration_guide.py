r"""A window around the symbol that the durations assign to a step, as a constraint on an autoregressive decoder (Xin et
al. 2024, "RALL-E: Robust Codec Language Modeling with Chain-of-Thought Prompting for Text-to-Speech Synthesis", section
3.3).

.. math:: \alpha'_{t,j} \propto \alpha_{t,j}\,[\,|j - s_t| \le k\,], \qquad
          s_t = \min\{j : \textstyle\sum_{i \le j} d_i > t\}

Differences from the paper: the same model does not predict the durations beforehand. They are given, or every symbol
lasts ``pace`` steps, which needs a wide window. The decoder was trained without this constraint.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tts.attention.constraints import keep_only
from tts.core.interfaces import Memory
from tts.nn.masks import last_valid


class GuideState(NamedTuple):
    """The number of the step."""

    step: Tensor  # (B,) int64


class DurationGuide:
    """Allows only symbols near the one that the durations give for the step.

    Args:
        window: k, symbols on either side that stay allowed.
        pace: decoder steps of every symbol, if there are no ``durations``.
        durations: (B, T_text) decoder steps of every symbol, fractions allowed; for this batch only.

    Raises:
        ValueError: ``window`` is negative or ``pace`` is not positive.
    """

    def __init__(self, window: int, pace: float, durations: Tensor | None) -> None:
        if window < 0 or pace <= 0:
            raise ValueError(f"window is {window} and pace {pace}: use at least 0 symbols and more than 0 steps")
        self.window, self.pace, self.durations = window, pace, durations

    def initial_state(self, memory: Memory) -> GuideState:
        """Before the first step."""
        return GuideState(torch.zeros(len(memory.mask), dtype=torch.int64, device=memory.mask.device))

    def __call__(self, weights: Tensor, memory: Memory, state: GuideState) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        symbol = self._symbol(memory, state)
        offset = torch.arange(weights.shape[-1], device=weights.device) - symbol.view(-1, 1, 1)
        return keep_only(weights, (offset.abs() <= self.window) & memory.mask.unsqueeze(1), symbol)

    def update_state(self, weights: Tensor, memory: Memory, state: GuideState) -> GuideState:
        """The next step."""
        return GuideState(state.step + 1)

    def _symbol(self, memory: Memory, state: GuideState) -> Tensor:
        """(B,) symbol of this step; the last symbol after the end."""
        last = last_valid(memory.mask)
        if self.durations is None:
            return torch.minimum((state.step / self.pace).long(), last)
        ends = self.durations.to(memory.mask.device).double().cumsum(1).contiguous()
        found = torch.searchsorted(ends, state.step.double().unsqueeze(1), right=True).squeeze(1)
        return torch.minimum(found, last)
