"""When an utterance ends: the stop token may be wrong, the end of the text is not."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from tts.attention.base import State
from tts.types import Memory


class StopRule(Protocol):
    """Decides at every step which utterances of a batch end, each on its own. Pure, like a step of an attention."""

    def initial_state(self, memory: Memory) -> State:
        """What the rule remembers before the first step: a NamedTuple of tensors, batch first."""

    def __call__(self, wants: Tensor, weights: Tensor, memory: Memory, state: State) -> tuple[Tensor, State]:
        """``wants`` (B,) bool, the stop token's wish; weights (B, H, T_text) -> which end now, the next state."""


class StopState(NamedTuple):
    """How long the stop token has wished to end, and how long the attention has been at the end of the text."""

    wished: Tensor  # (B,) int64, steps in a row
    arrived: Tensor  # (B,) int64, steps in a row
    position: Tensor  # (B,) int64, symbol with the most weight


class CoverageStop:
    """The stop token counts only at the end of the text, and soon after the end it is not needed any more.

    The end is reached when the attention's peak, or more than half of its weight, lies on the last symbols. The limit
    of frames (``max_frames_base``, ``max_frames_per_symbol``) holds in any case.

    Args:
        last_symbols: how many symbols are the end.
        arrived_steps: steps in a row at the end before the stop token counts.
        wished_steps: steps in a row that the stop token must want to end.
        overtime_steps: so many steps at the end are enough, whatever the stop token says; None waits for it.
    """

    def __init__(
        self,
        last_symbols: int = 3,
        arrived_steps: int = 1,
        wished_steps: int = 1,
        overtime_steps: int | None = None,
    ) -> None:
        if min(last_symbols, arrived_steps, wished_steps) < 1:
            raise ValueError("last_symbols, arrived_steps and wished_steps are at least 1")
        if overtime_steps is not None and overtime_steps < arrived_steps:
            raise ValueError(f"overtime_steps is {overtime_steps}: use at least arrived_steps, or null for no limit")
        self.last_symbols, self.overtime_steps = last_symbols, overtime_steps
        self.arrived_steps, self.wished_steps = arrived_steps, wished_steps

    def initial_state(self, memory: Memory) -> StopState:
        """At the start of the text, no wish to end."""
        nothing = torch.zeros(len(memory.mask), dtype=torch.int64, device=memory.mask.device)
        return StopState(nothing, nothing, nothing)

    def __call__(self, wants: Tensor, weights: Tensor, memory: Memory, state: StopState) -> tuple[Tensor, StopState]:
        """See `StopRule`."""
        row = weights.mean(1)  # (B, T_text)
        peak, symbol = row.max(1)
        position = torch.where(peak > 0, symbol, state.position)  # a mixture past the end has no weight left
        first_of_end = memory.mask.sum(1) - self.last_symbols
        index = torch.arange(row.shape[1], device=row.device)
        mass = row.masked_fill(index < first_of_end.unsqueeze(1), 0.0).sum(1)
        there = (position >= first_of_end) | (mass > 0.5)
        arrived = torch.where(there, state.arrived + 1, 0)
        wished = torch.where(wants, state.wished + 1, 0)
        ends = (arrived >= self.arrived_steps) & (wished >= self.wished_steps)
        if self.overtime_steps is not None:
            ends = ends | (arrived >= self.overtime_steps)
        return ends, StopState(wished, arrived, position)


class Endings:
    """Follows a batch that speaks: which utterances have ended, and after how many steps.

    Args:
        limits: (B,) int64, steps after which an utterance is cut.
        gate_threshold: stop probability that is a wish to end.
        rule: what becomes of the wishes; None grants them all.
        memory: of the text.
    """

    def __init__(self, limits: Tensor, gate_threshold: float, rule: StopRule | None, memory: Memory) -> None:
        self.lengths = torch.zeros_like(limits)  # (B,) steps, 0 while it goes on
        self._limits, self._threshold, self._rule, self._memory = limits, gate_threshold, rule, memory
        self._state = None if rule is None else rule.initial_state(memory)
        self._steps = 0

    def all(self, stop_logit: Tensor, weights: Tensor) -> bool:
        """Take note of a step, stop_logit (B,) and weights (B, H, T_text); whether nobody goes on."""
        self._steps += 1
        ends = torch.sigmoid(stop_logit) > self._threshold
        if self._rule is not None:
            ends, self._state = self._rule(ends, weights, self._memory, self._state)
        over = ends | (self._steps >= self._limits)
        self.lengths = torch.where((self.lengths == 0) & over, self._steps, self.lengths)
        return bool(self.lengths.all())
