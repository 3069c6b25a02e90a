r"""Stepwise monotonic attention (He et al. 2019, "Robust Sequence-to-Sequence Acoustic Modeling with Stepwise Monotonic
Attention for Neural TTS", eq. 7-9).

At every step the attention stays on its symbol with probability ``p`` or moves on by exactly one:

.. math:: e_{t,j} = g \frac{v^\top}{\lVert v\rVert} \tanh(W q_t + V h_j + b) + \rho, \qquad p_{t,j} = \sigma(e_{t,j})
.. math:: \alpha_{t,j} = \alpha_{t-1,j}\, p_{t,j} + \alpha_{t-1,j-1} (1 - p_{t,j-1})

============  ======================
``W``         ``query_projection``
``V``, ``b``  ``key_projection``
``v``         ``direction``
``g``         ``gain``
``rho``       ``stay_bias``
============  ======================

Differences from the paper:

- The last real symbol is absorbing (p = 1): without it weight leaks past the end, and in a batch into padding.
- ``gain`` starts at 1, not at A^-1/2: a gain that small allows no firm decision for a thousand steps of Adam.
- ``stay_bias`` starts at ln(d - 1) for a mean stay of d steps, so that the walk reaches the end from the beginning.
- Three ways to generate: ``soft`` is the recurrence above. ``hard`` stays while p >= 1/2, as in the paper; it never
  leaves a symbol whose length is so uncertain that p stays above 1/2 throughout. ``median`` leaves a symbol when the
  probability of having stayed so long, the product of all p since it was entered, falls below 1/2: the median of the
  distribution of stays that the model has learned, whatever its shape. Hard and median visit every symbol in order.
- ``max_stay`` bounds how long a symbol may last when generating: after so many steps on it the walk moves on.
- A sequence along a known path (`follow`) looks only at the path's symbols, all steps at once. A sequence without one
  (`forward`) computes all energies at once and walks in a loop with a gradient of its own, three operations a step.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import Attention, attend, first_symbol
from tts.types import Memory

CHUNK_ELEMENTS = 2**20  # of the (B, T, T_text, A) tensor: what a cache holds


class StepwiseState(NamedTuple):
    """Where the walk is, and for how long it has probably stayed there."""

    position: Tensor  # (B, T_text), weights of the last step
    log_survival: Tensor  # (B,), log of the product of p since the symbol was entered; median inference only
    stay: Tensor  # (B,) int64, steps since the likeliest symbol was entered; counted where max_stay is given


class StepwiseMonotonic(Attention):
    """A walk over the text that stays or moves on by one symbol at every step.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        mean_stay: expected steps per symbol, mel frames per symbol / R; sets the initial bias.
        noise: standard deviation of the noise on the energies in training, which pushes p to 0 or 1.
        inference: "soft", "hard" or "median".
        max_stay: most steps that generation spends on one symbol before the last; None is no limit.
    """

    monotone: ClassVar[str] = "hard"
    max_advance: ClassVar[float] = 1

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int = 128,
        mean_stay: float = 3.5,
        noise: float = 1.0,
        inference: Literal["soft", "hard", "median"] = "soft",
        max_stay: int | None = None,
    ) -> None:
        super().__init__(query_dim, memory_dim)
        if mean_stay <= 1:
            raise ValueError(
                f"mean_stay is {mean_stay}: a symbol must last more than one step; lower the reduction factor"
            )
        if inference not in ("soft", "hard", "median"):
            raise ValueError(f"inference is '{inference}': use soft, hard or median")
        if max_stay is not None and max_stay < 1:
            raise ValueError(f"max_stay is {max_stay}: use 1 or more steps, or null for no limit")
        self.noise, self.inference, self.max_stay = noise, inference, max_stay
        self.query_projection = nn.Linear(query_dim, attention_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, attention_dim)
        self.direction = nn.Parameter(torch.randn(attention_dim))
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.stay_bias = nn.Parameter(torch.tensor(math.log(mean_stay - 1)))

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, A)."""
        return self.key_projection(values)

    def initial_state(self, memory: Memory) -> StepwiseState:
        """On the first symbol, just entered."""
        position = first_symbol(memory)
        survival = position.new_zeros(len(position))
        return StepwiseState(position, survival, torch.zeros_like(survival, dtype=torch.long))

    def step(self, query: Tensor, memory: Memory, state: StepwiseState) -> tuple[Tensor, Tensor, StepwiseState]:
        """One decoder step."""
        logits = self.stay_logits(query.unsqueeze(1), memory.keys)
        if self.max_stay is not None and not self.training:
            logits = self._limit(logits, state)
        logits = logits.masked_fill(_last_symbol(memory.mask), float("inf"))  # absorbing
        if self.training or self.inference == "soft":
            after = state._replace(position=walk(state.position, torch.sigmoid(logits)))
        else:
            after = self._decide(logits, state)
        if self.max_stay is not None and not self.training:
            after = after._replace(stay=_count(state, after))
        weights = after.position.unsqueeze(1)
        return attend(weights, memory), weights, after

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All energies at once; only the walk goes step by step."""
        if not self.training and (self.inference != "soft" or self.max_stay is not None):
            return super().forward(queries, memory)
        B, T_text, A = memory.keys.shape
        chunk = max(1, CHUNK_ELEMENTS // max(1, B * T_text * A))
        keys = memory.keys.unsqueeze(1)
        logits = torch.cat([self.stay_logits(part.unsqueeze(2), keys) for part in queries.split(chunk, 1)], 1)
        stay = torch.sigmoid(logits.masked_fill(_last_symbol(memory.mask).unsqueeze(1), float("inf")))
        alignments = Walk.apply(self.initial_state(memory).position.to(stay.dtype), stay)  # (B, T_dec, T_text)
        return torch.bmm(alignments.to(memory.values.dtype), memory.values), alignments.unsqueeze(1)

    def rescale_time(self, ratio: float) -> None:
        """Steps that last longer stay fewer times on a symbol: e^bias + 1 steps at first."""
        with torch.no_grad():
            stay = (self.stay_bias.exp() + 1) / ratio
            self.stay_bias.copy_((stay - 1).clamp_min(0.05).log())

    def observe(self, weights: Tensor, state: StepwiseState) -> StepwiseState:
        """Stand where ``weights`` say; a teacher's path carries no survival."""
        told = StepwiseState(weights.squeeze(1), torch.zeros_like(state.log_survival), state.stay)
        return told if self.max_stay is None else told._replace(stay=_count(state, told))

    def follow(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """Stay and move probabilities along ``path``: two weights per step, all steps at once."""
        B, T_text = memory.mask.shape
        came_from = F.pad(path[:, :-1], (1, 0))  # (B, T_dec), the walk starts on symbol 0
        keys = memory.keys.gather(1, came_from.unsqueeze(-1).expand(-1, -1, memory.keys.shape[-1]))
        last = memory.mask.sum(1, keepdim=True) - 1
        stay = torch.sigmoid(self.stay_logits(queries, keys).masked_fill(came_from >= last, float("inf")))
        next_symbol = (came_from + 1).clamp_max(T_text - 1)
        alignments = stay.new_zeros(B, path.shape[1], T_text)
        alignments = alignments.scatter_add(2, next_symbol.unsqueeze(-1), (1 - stay).unsqueeze(-1))
        return alignments.scatter_add(2, came_from.unsqueeze(-1), stay.unsqueeze(-1)).unsqueeze(1)

    def stay_logits(self, queries: Tensor, keys: Tensor) -> Tensor:
        """(B, T, D_q) against keys (B, T, A), broadcast -> (B, T) float32, noisy in training."""
        hidden = torch.tanh(self.query_projection(queries) + keys)
        direction = self.gain * self.direction / self.direction.norm()
        logits = (hidden @ direction.to(hidden.dtype)).to(torch.promote_types(hidden.dtype, torch.float32))
        logits = logits + self.stay_bias
        return logits + self.noise * torch.randn_like(logits) if self.training and self.noise else logits

    def _decide(self, logits: Tensor, state: StepwiseState) -> StepwiseState:
        here = state.position.argmax(1, keepdim=True)  # (B, 1)
        log_stay = F.logsigmoid(logits.gather(1, here)).squeeze(1).to(state.log_survival.dtype)
        survival = log_stay + state.log_survival if self.inference == "median" else log_stay
        moves = survival < math.log(0.5)
        target = here + moves.unsqueeze(1)
        position = torch.zeros_like(state.position).scatter_(1, target, 1.0)
        return state._replace(position=position, log_survival=survival.masked_fill(moves, 0.0))

    def _limit(self, logits: Tensor, state: StepwiseState) -> Tensor:
        """Nothing may stay on a symbol that has lasted long enough, or behind it."""
        index = torch.arange(logits.shape[1], device=logits.device)
        behind = index <= state.position.argmax(1, keepdim=True)
        return logits.masked_fill(behind & (state.stay >= self.max_stay).unsqueeze(1), float("-inf"))


class Walk(torch.autograd.Function):
    """The recurrence over a whole sequence: position (B, T_text), stay (B, T_dec, T_text) -> (B, T_dec, T_text)."""

    @staticmethod
    def forward(ctx, position: Tensor, stay: Tensor) -> Tensor:
        """Walk."""
        stay = stay.transpose(0, 1).contiguous()  # (T_dec, B, T_text), a step is one piece of memory
        positions = stay.new_empty(len(stay) + 1, *stay.shape[1:])
        positions[0] = position
        for before, after, p in zip(positions[:-1].unbind(0), positions[1:].unbind(0), stay.unbind(0)):
            torch.mul(before, p, out=after)
            after[:, 1:] += torch.sub(before, after)[:, :-1]  # what did not stay
        ctx.save_for_backward(positions, stay)
        return positions[1:].transpose(0, 1)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """Walk back, carrying what the weights of a step are worth to all later ones."""
        positions, stay = ctx.saved_tensors
        gradients = gradient.transpose(0, 1)
        differences = torch.empty_like(stay)  # what it matters whether weight stays or moves on
        total = torch.zeros_like(stay[0])
        for g, p, difference in zip(gradients.flip(0), stay.flip(0), differences.unbind(0)):
            total = total + g
            moved = F.pad(total[:, 1:], (0, 1))
            torch.sub(total, moved, out=difference)
            total = torch.addcmul(moved, p, difference)
        return total, (positions[:-1] * differences.flip(0)).transpose(0, 1)


def walk(position: Tensor, stay: Tensor) -> Tensor:
    """One step of the recurrence: ``position`` and ``stay`` (B, T_text) -> (B, T_text), same sum."""
    moved = position * (1 - stay)
    return position * stay + F.pad(moved[:, :-1], (1, 0))


def _count(before: StepwiseState, after: StepwiseState) -> Tensor:
    """(B,) steps on the likeliest symbol, after one more."""
    return torch.where(after.position.argmax(1) == before.position.argmax(1), before.stay + 1, 1)


def _last_symbol(mask: Tensor) -> Tensor:
    """(B, T_text) bool: True at the last real symbol and, harmlessly, at all padding behind it."""
    return ~F.pad(mask[:, 1:], (0, 1), value=False)
