r"""The recurrence of stepwise monotonic attentions: each step stays on its symbol or moves to the next one (He et al.
2019, eq. 8; `tts.attention.stepwise_monotonic` has the equations and what differs from the paper).

A subclass determines the probability of staying: its ``energies`` compare queries with keys.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar, Literal, NamedTuple, TypedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from tts.attention.base import Attention, context_of, gather_symbols, initial_weights
from tts.core.errors import check_choice, check_duration
from tts.core.interfaces import Memory
from tts.nn.masks import last_valid


class StepwiseState(NamedTuple):
    """The position, the survival on the symbol, and the steps spent on it."""

    position: Tensor  # (B, T_text), weights of the last step
    log_survival: Tensor  # (B,), log of the product of p since the symbol was entered; median inference only
    stay: Tensor  # (B,) int64, steps since the likeliest symbol was entered; counted if it may be needed


class StepwiseOptions(TypedDict):
    """Options of every stepwise attention.

    Attributes:
        initial_duration: expected steps per symbol, mel frames per symbol / R; sets the initial bias.
        sigmoid_noise: standard deviation of the noise on the energies in training, which pushes p to 0 or 1.
        inference: "soft", "hard" or "median".
        duration_quantile: quantile of the learned stay at which median inference leaves a symbol; above 0.5 speaks
            slower.
        max_duration: most steps that generation spends on one symbol before the last; None is no limit.
    """

    initial_duration: float
    sigmoid_noise: float
    inference: Literal["soft", "hard", "median"]
    duration_quantile: float
    max_duration: int | None


class StepwiseBase(Attention):
    """A monotonic path over the text that stays or moves by one symbol at every step.

    Args:
        query_dim: D_q.
        memory_dim: D.
        options: see `StepwiseOptions`.
    """

    is_monotonic: ClassVar[bool] = True
    max_advance: ClassVar[float] = 1

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        **options: Unpack[StepwiseOptions],
    ) -> None:
        super().__init__(query_dim, memory_dim)
        self.sigmoid_noise, self.max_duration = options["sigmoid_noise"], options["max_duration"]
        self.inference, self.duration_quantile = options["inference"], options["duration_quantile"]
        check_duration(options["initial_duration"], self.duration_quantile)
        check_choice("inference", self.inference, "soft", "hard", "median")
        if self.max_duration is not None and self.max_duration < 1:
            raise ValueError(f"max_duration is {self.max_duration}: use 1 or more steps, or null for no limit")
        self.stay_bias = nn.Parameter(torch.tensor(math.log(options["initial_duration"] - 1)))

    @abstractmethod
    def energies(self, queries: Tensor, keys: Tensor) -> Tensor:
        """(B, T, D_q) against keys (B, T, A), T of one or the other broadcast -> (B, T)."""

    @abstractmethod
    def all_energies(self, queries: Tensor, keys: Tensor) -> Tensor:
        """(B, T_dec, D_q) against all keys (B, T_text, A) -> (B, T_dec, T_text)."""

    def initial_state(self, memory: Memory) -> StepwiseState:
        """On the first symbol, just entered."""
        position = initial_weights(memory)
        survival = position.new_zeros(position.shape[0])
        return StepwiseState(position, survival, torch.zeros_like(survival, dtype=torch.long))

    def step(self, query: Tensor, memory: Memory, state: StepwiseState) -> tuple[Tensor, Tensor, StepwiseState]:
        """One decoder step."""
        if not self.training and self.inference != "soft":
            return self._hard_step(query, memory, state)
        logits = self.stay_logits(self.energies(query.unsqueeze(1), memory.keys))
        if self.max_duration is not None and not self.training:
            logits = _limit(logits, state, self.max_duration)
        stay = torch.sigmoid(logits.masked_fill(_last_symbol(memory.mask), float("inf")))  # absorbing
        after = state._replace(position=stepwise_step(state.position, stay))
        if self.max_duration is not None and not self.training:
            after = after._replace(stay=_count(state, after))
        weights = after.position.unsqueeze(1)
        return context_of(weights, memory), weights, after

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All energies at once; only the recurrence goes step by step."""
        if not self.training and (self.inference != "soft" or self.max_duration is not None):
            return super().forward(queries, memory)
        logits = self.stay_logits(self.all_energies(queries, memory.keys))
        stay = torch.sigmoid(logits.masked_fill(_last_symbol(memory.mask).unsqueeze(1), float("inf")))
        alignments = StepwiseRecurrence.apply(
            self.initial_state(memory).position.to(stay.dtype), stay
        )  # (B, T_dec, T_text)
        return torch.bmm(alignments.to(memory.values.dtype), memory.values), alignments.unsqueeze(1)

    def rescale_time(self, ratio: float) -> None:
        """Longer steps stay on a symbol for fewer steps: e^bias + 1 steps at first."""
        with torch.no_grad():
            stay = (self.stay_bias.exp() + 1) / ratio
            self.stay_bias.copy_((stay - 1).clamp_min(0.05).log())

    def update_state(self, weights: Tensor, state: StepwiseState) -> StepwiseState:
        """Move to ``weights``; the survival starts again."""
        told = StepwiseState(weights.squeeze(1), torch.zeros_like(state.log_survival), state.stay)
        return told if self.max_duration is None else told._replace(stay=_count(state, told))

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """Stay and move probabilities along ``path``: two weights per step, all steps at once."""
        B, T_text = memory.mask.shape
        came_from = F.pad(path[:, :-1], (1, 0))  # (B, T_dec), the path starts on symbol 0
        keys = gather_symbols(memory.keys, came_from)
        last = last_valid(memory.mask).unsqueeze(1)
        logits = self.stay_logits(self.energies(queries, keys))
        stay = torch.sigmoid(logits.masked_fill(came_from >= last, float("inf")))
        next_symbol = (came_from + 1).clamp_max(T_text - 1)
        alignments = stay.new_zeros(B, path.shape[1], T_text)
        alignments = alignments.scatter_add(2, next_symbol.unsqueeze(-1), (1 - stay).unsqueeze(-1))
        return alignments.scatter_add(2, came_from.unsqueeze(-1), stay.unsqueeze(-1)).unsqueeze(1)

    def stay_logits(self, energies: Tensor) -> Tensor:
        """Energies as the logit of staying, at least float32, noisy in training."""
        logits = energies.to(torch.promote_types(energies.dtype, torch.float32)) + self.stay_bias
        return (
            logits + self.sigmoid_noise * torch.randn_like(logits) if self.training and self.sigmoid_noise else logits
        )

    def _hard_step(self, query: Tensor, memory: Memory, state: StepwiseState) -> tuple[Tensor, Tensor, StepwiseState]:
        """Move by one symbol or stay: only the current symbol is compared, for any length of the text."""
        here = state.position.argmax(1, keepdim=True)  # (B, 1)
        logits = self.stay_logits(self.energies(query.unsqueeze(1), gather_symbols(memory.keys, here)))
        survival = F.logsigmoid(logits).squeeze(1).to(state.log_survival.dtype)
        least = 0.5
        if self.inference == "median":
            survival, least = survival + state.log_survival, 1 - self.duration_quantile
        moves = survival < math.log(least)
        if self.max_duration is not None:
            moves = moves | (state.stay >= self.max_duration)
        moves = moves & (here.squeeze(1) < last_valid(memory.mask))  # the last symbol is absorbing
        there = here + moves.unsqueeze(1)
        position = torch.zeros_like(state.position).scatter_(1, there, 1.0)
        stay = torch.where(moves, 1, state.stay + 1)
        after = StepwiseState(position, survival.masked_fill(moves, 0.0), stay)
        return gather_symbols(memory.values, there).squeeze(1), position.unsqueeze(1), after


def _limit(logits: Tensor, state: StepwiseState, max_duration: int) -> Tensor:
    """After ``max_duration`` steps on a symbol, forbid staying on it and on the symbols before it."""
    index = torch.arange(logits.shape[1], device=logits.device)
    behind = index <= state.position.argmax(1, keepdim=True)
    return logits.masked_fill(behind & (state.stay >= max_duration).unsqueeze(1), float("-inf"))


class StepwiseRecurrence(torch.autograd.Function):
    """The recurrence over a whole sequence: position (B, T_text), stay (B, T_dec, T_text) -> (B, T_dec, T_text)."""

    @staticmethod
    def forward(ctx, position: Tensor, stay: Tensor) -> Tensor:
        """StepwiseRecurrence."""
        stay = stay.transpose(0, 1).contiguous()  # (T_dec, B, T_text), each step is contiguous in memory
        positions = stay.new_empty(len(stay) + 1, *stay.shape[1:])
        positions[0] = position
        for before, after, p in zip(positions[:-1].unbind(0), positions[1:].unbind(0), stay.unbind(0)):
            torch.mul(before, p, out=after)
            after[:, 1:] += torch.sub(before, after)[:, :-1]  # what did not stay
        ctx.save_for_backward(positions, stay)
        return positions[1:].transpose(0, 1)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """The recurrence in reverse; it accumulates the gradient of each step from all later ones."""
        positions, stay = ctx.saved_tensors
        gradients = gradient.transpose(0, 1)
        differences = torch.empty_like(stay)  # gradient of staying less that of moving on
        total = torch.zeros_like(stay[0])
        for g, p, difference in zip(gradients.flip(0), stay.flip(0), differences.unbind(0)):
            total = total + g
            moved = F.pad(total[:, 1:], (0, 1))
            torch.sub(total, moved, out=difference)
            total = torch.addcmul(moved, p, difference)
        return total, (positions[:-1] * differences.flip(0)).transpose(0, 1)


def stepwise_step(position: Tensor, stay: Tensor) -> Tensor:
    """One step of the recurrence: ``position`` and ``stay`` (B, T_text) -> (B, T_text), same sum."""
    moved = position * (1 - stay)
    return position * stay + F.pad(moved[:, :-1], (1, 0))


def _count(before: StepwiseState, after: StepwiseState) -> Tensor:
    """(B,) steps on the likeliest symbol, after one more."""
    return torch.where(after.position.argmax(1) == before.position.argmax(1), before.stay + 1, 1)


def _last_symbol(mask: Tensor) -> Tensor:
    """(B, T_text) bool: True at the last real symbol and at all padding after it, which does no harm."""
    return ~F.pad(mask[:, 1:], (0, 1), value=False)
