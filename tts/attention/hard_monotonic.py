r"""Hard monotonic attention (Raffel et al. 2017, "Online and Linear-Time Attention by Enforcing Monotonic Alignments",
eq. 8-11 and appendix C).

From the symbol of the step before, scan forward and stop at symbol ``j`` with probability ``p``:

.. math:: e_{t,j} = g \frac{v^\top}{\lVert v\rVert} \tanh(W q_t + V h_j + b) + \rho, \qquad p_{t,j} = \sigma(e_{t,j})
.. math:: \alpha_{t,j} = p_{t,j} \sum_{k \le j} \alpha_{t-1,k} \prod_{l=k}^{j-1} (1 - p_{t,l})

============  ======================
``W``         ``query_projection``
``V``, ``b``  ``key_projection``
``v``         ``direction``
``g``         ``gain``
``rho``       ``stop_bias``
============  ======================

Differences from the paper:

- The sum runs as a cumulative log-sum-exp in float64. The paper's quotient of cumulative products, which is in most
  public code, loses half of the weight after twenty steps over fifty symbols.
- ``stop_at_last``: a scan that has not stopped before the last symbol stops there, so that rows sum to one. Without it,
  weight that runs past the end is lost and the context shrinks toward zero.
- ``stop_bias`` starts at ln(d) for a mean stay of d steps: then the expected advance per step is 1 / d. The paper's
  negative bias skips most of a sentence of speech.
- ``gain`` starts at 1, as in `tts.attention.stepwise_monotonic`.
- Three ways to generate: ``soft`` is the recurrence above. ``hard`` stops at the first symbol with p >= 1/2, as in the
  paper; it never leaves a symbol whose length is so uncertain that p stays above 1/2 throughout. ``median`` uses the
  medians of both distributions that the model has learned: the pointer leaves a symbol when the probability of having
  stopped there so often, the product of all p since it was entered, falls below 1/2; then it goes to the first symbol
  by which the scan has more likely stopped than not. ``duration_quantile`` chooses another quantile of the stay.

It may skip any number of symbols; for speech prefer `tts.attention.stepwise_monotonic`, unless only the pointer is
needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Literal, NamedTuple, Protocol, TypedDict, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from tts.attention.base import Attention, State, chunk_steps, context_of, initial_weights, state_dtype
from tts.core.errors import check_choice, check_quantile
from tts.core.interfaces import Memory
from tts.nn.masks import last_valid

MAX_ENERGY = 15.0  # a probability of one would make the cumulative sums infinite
LOG_ZERO = -1e9  # stands for log 0; finite, so that gradients are not NaN
MEDIAN = math.log(0.5)
MIN_WEIGHT = 1e-300  # smallest weight whose logarithm is taken


class MonotonicState(NamedTuple):
    """The position of the attention."""

    position: Tensor  # (B, T_text), weights of the last step
    log_survival: Tensor  # (B,), log of the product of p since the symbol was entered; median inference only


class PointerState(Protocol):
    """A state with a pointer: `MonotonicState`, or a state with more fields."""

    @property
    def position(self) -> Tensor:
        """(B, T_text), weights of the last step."""

    @property
    def log_survival(self) -> Tensor:
        """(B,), see `MonotonicState`."""

    def _replace(self: P, *, position: Tensor = ..., log_survival: Tensor = ...) -> P: ...


P = TypeVar("P", bound=PointerState)


class PointerOptions(TypedDict):
    """Options of a monotonic pointer.

    Attributes:
        initial_duration: expected steps per symbol, mel frames per symbol / R; sets the initial bias.
        sigmoid_noise: standard deviation of the noise on the energies in training, which pushes p to 0 or 1.
        stop_at_last: stop at the last symbol at the latest.
        inference: "hard" stops at the first symbol with p >= 1/2; "median" decides by the medians of the stay and of
            the scan; "soft" is the expectation, as in training.
        duration_quantile: quantile of the learned stay at which median inference leaves a symbol; above 0.5 speaks
            slower.
    """

    initial_duration: float
    sigmoid_noise: float
    stop_at_last: bool
    inference: Literal["hard", "median", "soft"]
    duration_quantile: float


class HardMonotonic(Attention):
    """A scan over the text that continues from the symbol of the last step.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        options: see `PointerOptions`.
    """

    is_monotonic: ClassVar[bool] = True

    def __init__(self, query_dim: int, memory_dim: int, attention_dim: int, **options: Unpack[PointerOptions]) -> None:
        super().__init__(query_dim, memory_dim)
        self.sigmoid_noise, self.stop_at_last = options["sigmoid_noise"], options["stop_at_last"]
        self.inference, self.duration_quantile = options["inference"], options["duration_quantile"]
        check_choice("inference", self.inference, "hard", "median", "soft")
        check_quantile(self.duration_quantile)
        self.rows_sum_to_one = self.stop_at_last
        self.query_projection = nn.Linear(query_dim, attention_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, attention_dim)
        self.direction = nn.Parameter(torch.randn(attention_dim))
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.stop_bias = nn.Parameter(torch.tensor(math.log(options["initial_duration"])))

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, A)."""
        return self.key_projection(values)

    def initial_state(self, memory: Memory) -> State:
        """On the first symbol, just entered."""
        return self.initial_pointer(memory)

    def initial_pointer(self, memory: Memory) -> MonotonicState:
        """The pointer on the first symbol, just entered."""
        position = initial_weights(memory)
        return MonotonicState(position, position.new_zeros(position.shape[0]))

    def step(self, query: Tensor, memory: Memory, state: State) -> tuple[Tensor, Tensor, State]:
        """One decoder step."""
        if self.training or self.inference != "median":
            after = self.move(state, self.stop_energies(query.unsqueeze(1), memory), memory.mask)
        else:
            after = self.move_by_medians(state, partial(self._energies_at, query, memory), memory.mask)
        weights = after.position.unsqueeze(1)
        return context_of(weights, memory), weights, after

    def update_state(self, weights: Tensor, state: State) -> State:
        """Move to ``weights``; the survival starts again."""
        return MonotonicState(weights.squeeze(1), torch.zeros_like(state.log_survival))

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All energies at once, in chunks of time; only the scan itself goes step by step."""
        alignments = torch.stack(self.scan(self.all_stop_energies(queries, memory), memory), 1)
        contexts = torch.bmm(alignments.to(memory.values.dtype), memory.values)
        return contexts, alignments.unsqueeze(1)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """The next stop after each symbol of the path, all steps at once."""
        energies = self.all_stop_energies(queries, memory)
        return self.step_weights(self.positions_before(path, memory), energies, memory.mask.unsqueeze(1)).unsqueeze(1)

    def positions_before(self, path: Tensor, memory: Memory) -> Tensor:
        """The symbol before each step of ``path`` (B, T_dec), one-hot: (B, T_dec, T_text)."""
        return F.one_hot(F.pad(path[:, :-1], (1, 0)), memory.mask.shape[1]).to(state_dtype(memory))

    def rescale_time(self, ratio: float) -> None:
        """Longer steps stay on a symbol for fewer steps."""
        with torch.no_grad():
            self.stop_bias.sub_(math.log(ratio))

    def scan(self, energies: Tensor, memory: Memory) -> list[Tensor]:
        """Energies (B, T_dec, T_text) -> T_dec times (B, T_text)."""
        state, rows = self.initial_state(memory), []
        for row in energies.unbind(1):
            state = self.move(state, row, memory.mask)
            rows.append(state.position)
        return rows

    def move(self, state: P, energies: Tensor, mask: Tensor) -> P:
        """One step of the pointer under the rule of this attention; ``energies`` and ``mask`` (B, T_text)."""
        if self.training or self.inference != "median":
            return state._replace(position=self.step_weights(state.position, energies, mask))
        return self.move_by_medians(state, lambda at: energies if at is None else energies.gather(1, at), mask)

    def all_stop_energies(self, queries: Tensor, memory: Memory) -> Tensor:
        """(B, T_dec, D_q) -> (B, T_dec, T_text)."""
        B, T_text, A = memory.keys.shape
        chunk = chunk_steps(B * T_text * A, memory.keys.device)
        wide = memory._replace(keys=memory.keys.unsqueeze(1))
        return torch.cat([self.stop_energies(part.unsqueeze(2), wide) for part in queries.split(chunk, 1)], 1)

    def stop_energies(self, queries: Tensor, memory: Memory) -> Tensor:
        """Queries (B, ..., 1, D_q) against the keys -> (B, ..., T_text), at least float32, noisy in training."""
        return self.score_stop(torch.tanh(self.query_projection(queries) + memory.keys))

    def score_stop(self, hidden: Tensor) -> Tensor:
        """Hidden layer of the score (..., A) -> energies (...)."""
        energies = hidden @ self.direction.to(hidden.dtype)
        energies = energies.to(torch.promote_types(hidden.dtype, torch.float32))
        energies = torch.addcmul(self.stop_bias, energies, self.gain / self.direction.norm())
        return (
            energies + self.sigmoid_noise * torch.randn_like(energies)
            if self.training and self.sigmoid_noise
            else energies
        )

    def step_weights(self, position: Tensor, energies: Tensor, mask: Tensor) -> Tensor:
        """Where a scan from ``position`` stops: (..., T_text) each, mask broadcastable -> (..., T_text)."""
        last = mask & ~F.pad(mask[..., 1:], (0, 1), value=False)
        if self.training or self.inference == "soft":
            return expected_stop(position, energies, mask, last if self.stop_at_last else torch.zeros_like(last))
        # If every scan stops at the last symbol, none reaches the padding, so only the other case needs a mask.
        energies = energies.masked_fill(*((last, 1.0) if self.stop_at_last else (~mask, -1.0)))
        stops = (energies > 0) & (position.cumsum(-1) > 0.5)
        return (stops & (stops.long().cumsum(-1) == 1)).to(position.dtype)

    def move_by_medians(self, state: P, energies: Callable[[Tensor | None], Tensor], mask: Tensor) -> P:
        """One step of the pointer by the median rule.

        ``energies`` maps symbols (B, 1) to their energies (B, 1), and None to those of the whole text (B, T_text),
        which are only computed if a pointer leaves its symbol.
        """
        mass, here = state.position.max(1, keepdim=True)  # (B, 1); no mass is left after the end of the text
        survival = state.log_survival.unsqueeze(1) + F.logsigmoid(energies(here)).to(mass.dtype)
        leaves = survival < math.log(1 - self.duration_quantile)
        tests = leaves.device.type == "cpu" and not torch.jit.is_tracing()  # a test would wait for a GPU, and
        if tests and not bool(leaves.any()):  # a traced graph needs both branches
            return state._replace(log_survival=survival.squeeze(1))
        if self.stop_at_last:  # the pointer never leaves it
            leaves = leaves & (here < last_valid(mask).unsqueeze(1))
        stop = (self._next_stop(here, energies(None), mask) & (mass > 0)).to(mass.dtype)
        position = torch.where(leaves, stop, state.position)
        return state._replace(position=position, log_survival=survival.masked_fill(leaves, 0.0).squeeze(1))

    def _next_stop(self, here: Tensor, energies: Tensor, mask: Tensor) -> Tensor:
        """One at the first symbol after ``here`` (B, 1) at which a scan has stopped with probability above 1/2."""
        beyond = (torch.arange(mask.shape[1], device=mask.device) > here) & mask
        passed = F.logsigmoid(-energies).masked_fill(~beyond, 0.0).cumsum(1)
        stops = beyond & (passed < MEDIAN)
        if self.stop_at_last:
            stops = stops | (beyond & ~F.pad(mask[:, 1:], (0, 1), value=False))
        return stops & (stops.long().cumsum(1) == 1)

    def _energies_at(self, query: Tensor, memory: Memory, symbols: Tensor | None) -> Tensor:
        """Energies of ``symbols`` (B, 1), or of all symbols."""
        if symbols is not None:
            keys = memory.keys.gather(1, symbols.unsqueeze(2).expand(-1, -1, memory.keys.shape[2]))
            memory = memory._replace(keys=keys)
        return self.stop_energies(query.unsqueeze(1), memory)


def expected_stop(position: Tensor, energies: Tensor, mask: Tensor, certain: Tensor) -> Tensor:
    """The recurrence above for one step, vectorized over symbols.

    ``position`` and ``energies`` (..., T_text); ``mask`` and ``certain`` (bool, where p = 1) broadcast to them. In log
    space with L the exclusive cumulative sum of log(1 - p): log p + L + logcumsumexp(log position - L). Sums of
    thousands of terms are subtracted from each other, hence float64.
    """
    energies = energies.double().clamp(-MAX_ENERGY, MAX_ENERGY)
    log_stop = F.logsigmoid(energies).masked_fill(certain, 0.0)
    log_pass = F.logsigmoid(-energies).masked_fill(~mask, 0.0)
    passed = F.pad(log_pass.cumsum(-1)[..., :-1], (1, 0))
    start = position.double()
    log_start = start.clamp_min(MIN_WEIGHT).log().masked_fill(start < MIN_WEIGHT, LOG_ZERO)
    arrived = passed + torch.logcumsumexp(log_start - passed, -1)
    return (log_stop + arrived).exp().masked_fill(~mask, 0.0).to(position.dtype)
