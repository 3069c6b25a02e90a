"""Rules for the end of an utterance, from the stop token and the attention."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from tts.attention.base import State
from tts.core.interfaces import Memory

#: Steps of a GPU between two looks at whether all utterances have ended. A look waits for the GPU; the steps after the
#: end of an utterance are cut off.
LOOK_EVERY = 8


class StopRule(Protocol):
    """Decides at every step which utterances of a batch end, each separately. Pure, like a step of an attention."""

    def initial_state(self, memory: Memory) -> State:
        """The state before the first step: a NamedTuple of tensors, batch first."""

    def __call__(self, stop_requested: Tensor, weights: Tensor, memory: Memory, state: State) -> tuple[Tensor, State]:
        """``stop_requested`` (B,) bool by the stop token, weights (B, H, T_text) -> which end now, the next state."""


class StopState(NamedTuple):
    """For how many steps the stop token has requested a stop, and the attention has been at the end of the text."""

    requested: Tensor  # (B,) int64, steps in a row
    at_end: Tensor  # (B,) int64, steps in a row
    position: Tensor  # (B,) int64, symbol with the most weight


class CoverageStop:
    """Accepts a stop request only at the end of the text, and ends the utterance some steps later without a request.

    The end is reached when the attention's peak, or more than half of its weight, lies on the last symbols. The limit
    of frames (``max_frames_offset``, ``max_frames_per_symbol``) holds in any case.

    Args:
        last_symbols: number of symbols that are the end.
        min_steps_at_end: steps in a row at the end before a stop request counts.
        min_stop_requests: number of steps in a row in which the stop token must request a stop.
        max_steps_at_end: steps at the end after which the utterance ends without a stop request; None is no limit.
    """

    def __init__(
        self,
        last_symbols: int,
        min_steps_at_end: int,
        min_stop_requests: int,
        max_steps_at_end: int | None,
    ) -> None:
        if min(last_symbols, min_steps_at_end, min_stop_requests) < 1:
            raise ValueError("set last_symbols, min_steps_at_end and min_stop_requests to at least 1")
        if max_steps_at_end is not None and max_steps_at_end < min_steps_at_end:
            raise ValueError(
                f"max_steps_at_end is {max_steps_at_end}: use at least min_steps_at_end, or null for no limit"
            )
        self.last_symbols, self.max_steps_at_end = last_symbols, max_steps_at_end
        self.min_steps_at_end, self.min_stop_requests = min_steps_at_end, min_stop_requests

    def initial_state(self, memory: Memory) -> StopState:
        """At the start of the text, no stop request."""
        nothing = torch.zeros(memory.mask.shape[0], dtype=torch.int64, device=memory.mask.device)
        return StopState(nothing, nothing, nothing)

    def __call__(
        self, stop_requested: Tensor, weights: Tensor, memory: Memory, state: StopState
    ) -> tuple[Tensor, StopState]:
        """See `StopRule`."""
        row = weights.mean(1)  # (B, T_text)
        peak, symbol = row.max(1)
        position = torch.where(peak > 0, symbol, state.position)  # a mixture past the end of the text has no weight
        first_of_end = memory.mask.sum(1) - self.last_symbols
        index = torch.arange(row.shape[1], device=row.device)
        mass = row.masked_fill(index < first_of_end.unsqueeze(1), 0.0).sum(1)
        there = (position >= first_of_end) | (mass > 0.5)
        at_end = torch.where(there, state.at_end + 1, 0)
        requested = torch.where(stop_requested, state.requested + 1, 0)
        ends = (at_end >= self.min_steps_at_end) & (requested >= self.min_stop_requests)
        if self.max_steps_at_end is not None:
            ends = ends | (at_end >= self.max_steps_at_end)
        return ends, StopState(requested, at_end, position)


class StopTracker:
    """Tracks which utterances of a batch have ended, and after how many steps.

    Args:
        limits: (B,) int64, steps after which an utterance is cut.
        gate_threshold: stop probability that counts as a stop request.
        rule: decides which stop requests count; None accepts all.
        memory: of the text.
    """

    def __init__(self, limits: Tensor, gate_threshold: float, rule: StopRule | None, memory: Memory) -> None:
        self.lengths = torch.zeros_like(limits)  # (B,) steps, 0 while it goes on
        self._limits, self._threshold, self._rule, self._memory = limits, gate_threshold, rule, memory
        self._state = None if rule is None else rule.initial_state(memory)
        self._steps = 0

    def update(self, stop_logit: Tensor, weights: Tensor) -> bool:
        """Record a step, stop_logit (B,) and weights (B, H, T_text). Returns True if all utterances have ended.

        On a GPU this is only known at every eighth step.
        """
        self._steps += 1
        ends = torch.sigmoid(stop_logit) > self._threshold
        if self._rule is not None:
            ends, self._state = self._rule(ends, weights, self._memory, self._state)
        over = ends | (self._steps >= self._limits)
        self.lengths = torch.where((self.lengths == 0) & over, self._steps, self.lengths)
        if self.lengths.device.type != "cpu" and self._steps % LOOK_EVERY:
            return False
        return bool(self.lengths.all())
