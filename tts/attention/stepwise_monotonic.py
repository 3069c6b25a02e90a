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
- A sequence along a known path (`follow`) looks only at the path's symbols, all steps at once.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import Attention, attend, first_symbol
from tts.types import Memory


class StepwiseState(NamedTuple):
    """Where the walk is, and for how long it has probably stayed there."""

    position: Tensor  # (B, T_text), weights of the last step
    log_survival: Tensor  # (B,), log of the product of p since the symbol was entered; median inference only


class StepwiseMonotonic(Attention):
    """A walk over the text that stays or moves on by one symbol at every step.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        mean_stay: expected steps per symbol, mel frames per symbol / R; sets the initial bias.
        noise: standard deviation of the noise on the energies in training, which pushes p to 0 or 1.
        inference: "soft", "hard" or "median".
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
    ) -> None:
        super().__init__(query_dim, memory_dim)
        if mean_stay <= 1:
            raise ValueError(
                f"mean_stay is {mean_stay}: a symbol must last more than one step; lower the reduction factor"
            )
        if inference not in ("soft", "hard", "median"):
            raise ValueError(f"inference is '{inference}': use soft, hard or median")
        self.noise, self.inference = noise, inference
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
        return StepwiseState(position, position.new_zeros(position.shape[0]))

    def step(self, query: Tensor, memory: Memory, state: StepwiseState) -> tuple[Tensor, Tensor, StepwiseState]:
        """One decoder step."""
        logits = self.stay_logits(query.unsqueeze(1), memory.keys)
        logits = logits.masked_fill(_last_symbol(memory.mask), float("inf"))  # absorbing
        if self.training or self.inference == "soft":
            state = StepwiseState(walk(state.position, torch.sigmoid(logits)), state.log_survival)
        else:
            state = self._decide(logits, state)
        weights = state.position.unsqueeze(1)
        return attend(weights, memory), weights, state

    def observe(self, weights: Tensor, state: StepwiseState) -> StepwiseState:
        """Stand where ``weights`` say; a teacher's path carries no survival."""
        return StepwiseState(weights.squeeze(1), torch.zeros_like(state.log_survival))

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
        return StepwiseState(position, survival.masked_fill(moves, 0.0))


def walk(position: Tensor, stay: Tensor) -> Tensor:
    """One step of the recurrence: ``position`` and ``stay`` (B, T_text) -> (B, T_text), same sum."""
    moved = position * (1 - stay)
    return position * stay + F.pad(moved[:, :-1], (1, 0))


def _last_symbol(mask: Tensor) -> Tensor:
    """(B, T_text) bool: True at the last real symbol and, harmlessly, at all padding behind it."""
    return ~F.pad(mask[:, 1:], (0, 1), value=False)
