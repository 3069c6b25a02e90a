"""Constraints on the attention at inference; each enforces one property of the weights.

All count in symbols and decoder steps, keep a state per utterance, and return weights that obey unchanged, bit for bit.
``acoustic.decoder.constraints`` takes any number of them; they apply in order. Attentions that are monotonic by
construction need none.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from tts.core.interfaces import Memory
from tts.nn.masks import last_valid


class Pointer(NamedTuple):
    """The attended symbol of each utterance, and for how many steps it has been attended to."""

    position: Tensor  # (B,) int64, symbol
    stay: Tensor  # (B,) int64, steps


class PointerConstraint:
    """Base of the constraints that track a pointer to the symbol with the largest weight."""

    def initial_state(self, memory: Memory) -> Pointer:
        """On the first symbol, with zero steps on it."""
        nowhere = torch.zeros(memory.mask.shape[0], dtype=torch.int64, device=memory.mask.device)
        return Pointer(nowhere, nowhere)

    def update_state(self, weights: Tensor, memory: Memory, state: Pointer) -> Pointer:
        """The pointer follows the weights."""
        position = peak_symbol(weights, state.position)
        return Pointer(position, torch.where(position == state.position, state.stay + 1, 1))


class Window(PointerConstraint):
    """Allows only symbols near the last one (Ping et al. 2018, "Deep Voice 3", section 3.7).

    Args:
        back: symbols before the pointer that stay allowed.
        ahead: symbols from the pointer on that stay allowed, itself included.
    """

    def __init__(self, back: int, ahead: int) -> None:
        if back < 0 or ahead < 2:
            raise ValueError(f"back is {back} and ahead {ahead}: a window needs back >= 0 and ahead >= 2 to move on")
        self.back, self.ahead = back, ahead

    def __call__(self, weights: Tensor, memory: Memory, state: Pointer) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        offset = _offset(weights, state.position)
        return keep_only(weights, (offset >= -self.back) & (offset < self.ahead), state.position)


class NoBacktracking(PointerConstraint):
    """Allows no symbol more than ``back`` before the furthest one: prevents repeats, allows skips.

    Args:
        back: symbols before it that stay allowed.
    """

    def __init__(self, back: int) -> None:
        self.back = back

    def __call__(self, weights: Tensor, memory: Memory, state: Pointer) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        return keep_only(weights, _offset(weights, state.position) >= -self.back, state.position)

    def update_state(self, weights: Tensor, memory: Memory, state: Pointer) -> Pointer:
        """The pointer never goes back: small steps back would add up."""
        after = super().update_state(weights, memory, state)
        return after._replace(position=torch.maximum(after.position, state.position))


class ForcedIncrement(PointerConstraint):
    """Replaces a jump by a step to the next symbol (Tachibana, Uenoyama and Aihara 2017, section 4.3).

    Args:
        back: largest step back that is not a jump.
        ahead: largest step ahead that is not a jump.
    """

    def __init__(self, back: int, ahead: int) -> None:
        self.back, self.ahead = back, ahead

    def __call__(self, weights: Tensor, memory: Memory, state: Pointer) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        advance = peak_symbol(weights, state.position) - state.position
        jumps = (advance < -self.back) | (advance > self.ahead)
        return _force(weights, jumps, torch.minimum(state.position + 1, last_valid(memory.mask)))


class MaxDuration(PointerConstraint):
    """Limits the steps on every symbol but the last; after the limit, moves to the next symbol.

    Args:
        steps: largest number of steps on one symbol.
    """

    def __init__(self, steps: int) -> None:
        if steps < 1:
            raise ValueError(f"steps is {steps}: use 1 or more steps per symbol")
        self.steps = steps

    def __call__(self, weights: Tensor, memory: Memory, state: Pointer) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        last = last_valid(memory.mask)
        stuck = (state.stay >= self.steps) & (peak_symbol(weights, state.position) == state.position)
        return _force(weights, stuck & (state.position < last), torch.minimum(state.position + 1, last))


class MovingPriorState(NamedTuple):
    """The position of the prior, and how long each symbol has been attended to."""

    step: Tensor  # (B,) int64
    position: Tensor  # (B,) int64, symbol
    attended: Tensor  # (B, T_text) int64, steps


class MovingPrior:
    """A prior that moves along with the attention (Neekhara et al. 2024, "Improving Robustness of LLM-based Speech
    Synthesis by Learning Monotonic Alignment", as in the inference of the authors' model Magpie; the pointer of Magpie
    does not wait for an attention that lags behind, so symbols are skipped).

    The weights are multiplied by ``behind``, ``here``, 1 and ``here`` at the symbol before the pointer, the pointer
    and the two after it, and by ``elsewhere`` at all others.

    Args:
        warm_up: steps before the prior applies.
        lookahead: symbols from the last pointer on in which the next pointer is searched.
        advance_after: steps on a symbol after which the prior moves on.
        suppress_after: steps on a symbol after which its factor is ``elsewhere``; not for the last symbol.
        min_symbols: shorter texts are not changed.
        behind: see above.
        here: see above.
        elsewhere: see above.
    """

    def __init__(
        self,
        warm_up: int,
        lookahead: int,
        advance_after: int,
        suppress_after: int,
        min_symbols: int,
        behind: float,
        here: float,
        elsewhere: float,
    ) -> None:
        if not 0 < advance_after < suppress_after:
            raise ValueError(f"advance_after is {advance_after}: use at least 1, less than suppress_after")
        self.warm_up, self.lookahead, self.min_symbols = warm_up, lookahead, min_symbols
        self.advance_after, self.suppress_after = advance_after, suppress_after
        self.factors, self.elsewhere = (behind, here, 1.0, here), elsewhere

    def initial_state(self, memory: Memory) -> MovingPriorState:
        """On the first symbol."""
        attended = torch.zeros_like(memory.mask, dtype=torch.int64)
        return MovingPriorState(attended[:, 0], attended[:, 0], attended)

    def __call__(self, weights: Tensor, memory: Memory, state: MovingPriorState) -> Tensor:
        """See `tts.attention.base.Constraint`."""
        offset = _offset(weights, state.position)
        prior = torch.full_like(offset, self.elsewhere, dtype=weights.dtype)
        for place, factor in enumerate(self.factors, -1):
            prior = prior.masked_fill(offset == place, factor)
        index = torch.arange(offset.shape[-1], device=offset.device)
        tired = (state.attended >= self.suppress_after) & (index < last_valid(memory.mask).unsqueeze(1))
        prior = prior.masked_fill(tired.unsqueeze(1), self.elsewhere)
        active = (state.step >= self.warm_up) & (memory.mask.sum(1) >= self.min_symbols)
        return torch.where(active.view(-1, 1, 1), _normalized(weights * prior, weights, state.position), weights)

    def update_state(self, weights: Tensor, memory: Memory, state: MovingPriorState) -> MovingPriorState:
        """Search for the next pointer shortly after the last one; keep it while the attention is still before it."""
        offset = _offset(weights, state.position)
        near = weights.masked_fill((offset < 0) | (offset >= self.lookahead), 0.0)
        seen = peak_symbol(weights, state.position)
        behind = seen < state.position
        found = torch.where(behind, state.position, peak_symbol(near, state.position))
        attended = state.attended + F.one_hot(torch.where(behind, seen, found), weights.shape[-1])
        enough = attended.gather(1, found.unsqueeze(1)).squeeze(1) >= self.advance_after
        return MovingPriorState(state.step + 1, torch.minimum(found + enough, last_valid(memory.mask)), attended)


def peak_symbol(weights: Tensor, before: Tensor) -> Tensor:
    """(B,) symbol with the most weight, heads averaged; ``before`` if there is no weight at all."""
    best, symbol = weights.mean(1).max(-1)
    return torch.where(best > 0, symbol, before)


def keep_only(weights: Tensor, inside: Tensor, position: Tensor) -> Tensor:
    """Weights (B, H, T_text) with zeros outside ``inside``, rows normalized; one at ``position`` if nothing is left."""
    kept = weights.masked_fill(~inside, 0.0)
    changed = (kept != weights).flatten(1).any(1).view(-1, 1, 1)
    return torch.where(changed, _normalized(kept, weights, position), weights)


def _normalized(kept: Tensor, weights: Tensor, position: Tensor) -> Tensor:
    total = kept.sum(-1, keepdim=True)
    tiny = torch.finfo(kept.dtype).tiny
    return torch.where(total > tiny, kept / total.clamp_min(tiny), _one_hot(position, weights))


def _force(weights: Tensor, which: Tensor, position: Tensor) -> Tensor:
    return torch.where(which.view(-1, 1, 1), _one_hot(position, weights), weights)


def _one_hot(position: Tensor, weights: Tensor) -> Tensor:
    return torch.zeros_like(weights).scatter_(-1, position.view(-1, 1, 1).expand(-1, weights.shape[1], 1), 1.0)


def _offset(weights: Tensor, position: Tensor) -> Tensor:
    """(B, 1, T_text) symbols from the pointer on."""
    return torch.arange(weights.shape[-1], device=weights.device) - position.view(-1, 1, 1)
