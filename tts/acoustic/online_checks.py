"""Detection of faults during generation, similar to Chatterbox's alignment analyzer.

===========  ======================================================  ===================================
fault        seen when                                               what is done
===========  ======================================================  ===================================
early stop   the stop token requests a stop before the end of text   the request is ignored
long tail    the end of the text was reached ``tail_steps`` ago      the stop is forced
repetition   the peak is ``back_symbols`` behind for ``back_steps``  forced after the end, else aborted
false start  the peak of a first step is beyond ``start_symbols``    aborted
jump         the peak moves ahead by more than ``jump_symbols``      aborted
stall        the peak stays for ``stall_steps`` before the end       aborted
===========  ======================================================  ===================================

An aborted utterance ends at once, before any of it has become sound, so synthesis can repair the sentence without
waiting for the rest of a failed attempt. The report on its alignment then says that the text was not finished.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tts.acoustic.stopping import StopRule
from tts.attention.base import State
from tts.core.interfaces import Memory


class CheckState(NamedTuple):
    """What has been observed for each utterance."""

    rule: State  # of the inner stop rule
    step: Tensor  # (B,) int64, steps so far
    position: Tensor  # (B,) int64, symbol with the most weight
    furthest: Tensor  # (B,) int64, the largest position so far
    behind: Tensor  # (B,) int64, steps in a row far behind the furthest
    dwell: Tensor  # (B,) int64, steps in a row on the position
    tail: Tensor  # (B,) int64, steps since the end of the text was reached


class OnlineChecks:
    """A stop rule that also ends utterances with a fault.

    The limits in ``conf`` are so large that an utterance without a fault never reaches one.

    Args:
        rule: decides when an utterance without a fault ends, and ignores the stop token before the end of the text.
        last_symbols: number of symbols that are the end.
        start_symbols: the first ``back_steps`` steps belong to these.
        jump_symbols: largest move ahead in a step.
        back_symbols: distance behind the furthest symbol that counts as going back, if it lasts for
        back_steps: steps in a row.
        stall_steps: most steps on a symbol before the end.
        tail_steps: most steps after the end of the text was reached.
        give_up: end an utterance that already has a fault; False only forces or delays the stop.

    Raises:
        ValueError: a limit is smaller than 1.
    """

    def __init__(
        self,
        rule: StopRule,
        last_symbols: int,
        start_symbols: int,
        jump_symbols: int,
        back_symbols: int,
        back_steps: int,
        stall_steps: int,
        tail_steps: int,
        give_up: bool,
    ) -> None:
        limits = (last_symbols, start_symbols, jump_symbols, back_symbols, back_steps, stall_steps, tail_steps)
        if min(limits) < 1:
            raise ValueError("set all limits of the online checks to at least 1 symbol or step")
        self.rule, self.last_symbols, self.start_symbols = rule, last_symbols, start_symbols
        self.jump_symbols, self.back_symbols, self.back_steps = jump_symbols, back_symbols, back_steps
        self.stall_steps, self.tail_steps, self.give_up = stall_steps, tail_steps, give_up

    def initial_state(self, memory: Memory) -> CheckState:
        """No step has been observed."""
        nothing = torch.zeros(len(memory.mask), dtype=torch.int64, device=memory.mask.device)
        return CheckState(self.rule.initial_state(memory), *[nothing] * 6)

    def __call__(
        self, stop_requested: Tensor, weights: Tensor, memory: Memory, state: CheckState
    ) -> tuple[Tensor, CheckState]:
        """See `tts.acoustic.stopping.StopRule`."""
        ends, inner = self.rule(stop_requested, weights, memory, state.rule)
        peak, symbol = weights.mean(1).max(1)
        position = torch.where(peak > 0, symbol, state.position)  # a mixture past the end of the text has no weight
        jumps = position > state.furthest + self.jump_symbols
        false_start = (state.step < self.back_steps) & (position >= self.start_symbols)
        after = self._follow(position, memory, state)._replace(rule=inner)
        repeats = after.behind >= self.back_steps
        finished = after.tail > 0
        forced = (after.tail >= self.tail_steps) | (finished & repeats)
        lost = jumps | false_start | repeats | (after.dwell >= self.stall_steps)
        if self.give_up:
            forced = forced | (lost & ~finished)
        return ends | forced, after

    def _follow(self, position: Tensor, memory: Memory, state: CheckState) -> CheckState:
        furthest = torch.maximum(position, state.furthest)
        at_end = furthest >= memory.mask.sum(1) - self.last_symbols
        return state._replace(
            step=state.step + 1,
            position=position,
            furthest=furthest,
            behind=torch.where(position <= furthest - self.back_symbols, state.behind + 1, 0),
            dwell=torch.where((position == state.position) & ~at_end, state.dwell + 1, 0),
            tail=torch.where(at_end, state.tail + 1, 0),
        )
