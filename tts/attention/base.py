"""The contract of every attention: prepare once, compute pure steps, scan them or run in parallel.

``prepare``           once per utterance: zero the padding, project the keys.
``initial_state``     what the first step starts from, a NamedTuple of tensors, batch first, possibly empty.
``step``              one decoder step; pure: the module stores nothing, the state is an argument and a result.
``forward``           a whole sequence of queries; equal to scanning ``step``, overridden where time is parallel.
``alignments_along``  a whole sequence of queries along a known path: the weights of each step if all steps
                      before it attended to the path's symbols. Forced alignment needs it.

Attributes declare properties, which tests check. A `Constraint` may change the weights of a step
before the context is computed from them; `ConstrainedAttention` applies any number of constraints to an attention.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from tts.core.interfaces import Memory

if TYPE_CHECKING:
    from tts.attention.alignment_layer import AlignmentLayer

State = Any  # a NamedTuple of tensors, batch first; an attention only gets its own state


class Attention(nn.Module, ABC):
    """Base of attentions: ``query`` (B, D_q) against ``memory`` (B, T_text, D).

    Args:
        query_dim: D_q, width of a query.
        memory_dim: D, width of the memory and of the context.
    """

    rows_sum_to_one: bool = True  # an instance may override it
    rows_at_most_one: bool = True
    is_monotonic: ClassVar[bool] = False  # True: weight that has passed a symbol never returns to it
    max_advance: ClassVar[float] = float("inf")  # largest growth of the nonzero weights per step, in symbols
    parallel: ClassVar[bool] = False  # True: `forward` has no loop over time
    learns_along_path: bool = (
        True  # `alignments_along` uses every parameter, so training along a known path trains them all
    )
    drifts: bool = False  # True: in a Transformer, generation keeps it near the other layers, see `follow_median`
    num_heads: int = 1  # H; head h reads the h-th of H equal slices of the memory's values

    def __init__(self, query_dim: int, memory_dim: int) -> None:
        super().__init__()
        self.query_dim = query_dim
        self.memory_dim = memory_dim

    @abstractmethod
    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> what the mechanism compares with queries, (B, T_text, A)."""

    def prepare(self, memory: Tensor, token_mask: Tensor, num_steps: Tensor | None = None) -> Memory:
        """Zero the padding of ``memory`` (B, T_text, D) and project its keys, once per utterance.

        ``num_steps`` (B,) is the number of decoder steps of each utterance, if it is known beforehand.
        """
        values = memory.masked_fill(~token_mask.unsqueeze(-1), 0.0)  # not a product: padding may hold NaN
        return Memory(values, self.project_keys(values), token_mask, num_steps)

    @abstractmethod
    def initial_state(self, memory: Memory) -> State:
        """The state before the first step."""

    @abstractmethod
    def step(self, query: Tensor, memory: Memory, state: State) -> tuple[Tensor, Tensor, State]:
        """(B, D_q) -> context (B, D), weights (B, H, T_text), the next state."""

    @abstractmethod
    def update_state(self, weights: Tensor, state: State) -> State:
        """The state after a step with ``weights`` (B, H, T_text), for example after a constraint changed them."""

    def share_position(self, layer: AlignmentLayer | None, input_dim: int) -> AlignmentLayer | None:
        """In a Transformer, leave the position to a layer below all others, which passes it in ``memory.positions``.

        Args:
            layer: the alignment layer of the attentions below this one; None if they have none.
            input_dim: width of the decoder's layers.

        Returns:
            The alignment layer, a new one if ``layer`` is None. The default needs none and returns ``layer``.
        """
        return layer

    def rescale_time(self, ratio: float) -> None:
        """Recalibrate parameters that count decoder steps, because a step becomes ``ratio`` times as long.

        The default does nothing.
        """

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """(B, T_dec, D_q) -> contexts (B, T_dec, D), alignments (B, H, T_dec, T_text)."""
        state = self.initial_state(memory)
        contexts, alignments = [], []
        for query in queries.unbind(1):
            context, weights, state = self.step(query, memory, state)
            contexts.append(context)
            alignments.append(weights)
        return torch.stack(contexts, 1), torch.stack(alignments, 2)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """Weights of each step given that all earlier steps attended to the symbols of ``path`` (B, T_dec) int64.

        Returns (B, H, T_dec, T_text). A mechanism whose state is a function of earlier weights may compute this in
        parallel over time even if its ``forward`` cannot.
        """
        state = self.initial_state(memory)
        alignments = []
        for query, symbol in zip(queries.unbind(1), path.unbind(1)):
            _, weights, _ = self.step(query, memory, state)
            alignments.append(weights)
            here = symbol.view(-1, 1, 1).expand(-1, weights.shape[1], 1)
            state = self.update_state(torch.zeros_like(weights).scatter_(2, here, 1.0), state)
        return torch.stack(alignments, 2)

    def forward_along(self, queries: Tensor, memory: Memory, path: Tensor) -> tuple[Tensor, Tensor]:
        """`alignments_along`, together with the contexts (B, T_dec, D) of the path's symbols.

        An attention overrides this if its context is more than the value of the path's symbol.
        """
        return gather_symbols(memory.values, path), self.alignments_along(queries, memory, path)

    def contexts(self, queries: Tensor, memory: Memory) -> Tensor:
        """The contexts of `forward` without the weights, which some mechanisms compute faster."""
        return self(queries, memory)[0]


def gather_symbols(values: Tensor, symbols: Tensor) -> Tensor:
    """Select from ``values`` (B, T_text, D) the rows at ``symbols`` (B, T) int64: (B, T, D)."""
    return values.gather(1, symbols.unsqueeze(-1).expand(-1, -1, values.shape[-1]))


class Constraint(Protocol):
    """A rule that changes the weights of a step so that they obey, for each utterance separately. Pure, like a step."""

    def initial_state(self, memory: Memory) -> State:
        """The state of the constraint before the first step: a NamedTuple of tensors, batch first."""

    def __call__(self, weights: Tensor, memory: Memory, state: State) -> Tensor:
        """Weights (B, H, T_text) -> weights that obey the rule; unchanged if they already do."""

    def update_state(self, weights: Tensor, memory: Memory, state: State) -> State:
        """The state after a step whose weights, all rules applied, were ``weights``."""


class Prior(Constraint, Protocol):
    """A constraint for training whose values for all steps are known beforehand."""

    def apply(self, alignments: Tensor) -> Tensor:
        """All steps at once: (B, H, T_dec, T_text) -> alignments that obey."""


class PriorMaker(Protocol):
    """Makes the prior of a batch whose lengths are known."""

    def __call__(self, token_lengths: Tensor, decoder_lengths: Tensor, shape: tuple[int, int]) -> Prior | None:
        """(B,), (B,), (T_dec, T_text) -> the prior; None if there is none, or after it has faded out."""

    def set_step(self, step: int) -> None:
        """Set the number of optimizer steps so far."""


class ConstrainedState(NamedTuple):
    """The states of the attention and of every constraint."""

    attention: State
    constraints: tuple[State, ...]


class ConstrainedAttention:
    """An attention with constraints, applied in order; a changed weight also changes the attention's state.

    Args:
        attention: computes the weights.
        constraints: change them.
        heads: numbers of the constrained heads, below H; None is all of them.
    """

    def __init__(
        self, attention: Attention, constraints: Sequence[Constraint], heads: Sequence[int] | None = None
    ) -> None:
        self.attention, self.constraints = attention, tuple(constraints)
        self.heads = slice(None) if heads is None else list(heads)

    def initial_state(self, memory: Memory) -> ConstrainedState:
        """The state before the first step."""
        rules = tuple(constraint.initial_state(memory) for constraint in self.constraints)
        return ConstrainedState(self.attention.initial_state(memory), rules)

    def step(self, query: Tensor, memory: Memory, state: ConstrainedState) -> tuple[Tensor, Tensor, ConstrainedState]:
        """As `Attention.step`; returns the weights from which it computes the context."""
        context, chosen, after = self.attention.step(query, memory, state.attention)
        ruled = chosen if isinstance(self.heads, slice) else select_heads(chosen, self.heads)
        for constraint, rule in zip(self.constraints, state.constraints):
            ruled = constraint(ruled, memory, rule)
        weights = self._put(ruled, chosen)
        changed = (weights != chosen).flatten(1).any(1)  # (B,)
        # If no rule changed an utterance, its context and state stay as they are. A traced graph needs both branches,
        # a training prior changes all utterances, and a test would wait for a GPU.
        tests = changed.device.type == "cpu" and not (self.attention.training or torch.jit.is_tracing())
        if not tests or bool(changed.any()):
            context = choose(changed, context_of(weights, memory), context)
            updated = self.attention.update_state(weights, state.attention)
            after = type(after)(*(choose(changed, a, b) for a, b in zip(updated, after)))
        rules = tuple(c.update_state(ruled, memory, rule) for c, rule in zip(self.constraints, state.constraints))
        return context, weights, ConstrainedState(after, rules)

    def _put(self, ruled: Tensor, chosen: Tensor) -> Tensor:
        """Replace the constrained heads of ``chosen`` (B, H, T_text) by ``ruled``."""
        if isinstance(self.heads, slice):
            return ruled
        rows = list(chosen.unbind(1))
        for head, row in zip(self.heads, ruled.unbind(1)):
            rows[head] = row
        return torch.stack(rows, 1)


def select_heads(weights: Tensor, heads: Sequence[int]) -> Tensor:
    """``heads`` of weights (B, H, ...); an index would be copied to the GPU in every step."""
    return torch.stack([weights[:, head] for head in heads], 1)


def choose(which: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``a`` for the utterances of ``which`` (B,), ``b`` for the others."""
    return torch.where(which.view(-1, *[1] * (a.dim() - 1)), a, b)


def context_of(weights: Tensor, memory: Memory) -> Tensor:
    """Context (B, D) of ``weights`` (B, H, T_text); the weights are cast, not the values."""
    return contexts_of(weights.unsqueeze(2), memory).squeeze(1)


def contexts_of(alignments: Tensor, memory: Memory) -> Tensor:
    """Contexts (B, T_dec, D) of ``alignments`` (B, H, T_dec, T_text): each head reads its slice of the values."""
    B, H, T_dec, T_text = alignments.shape
    if H == 1:
        return torch.bmm(alignments.squeeze(1).to(memory.values.dtype), memory.values)
    values = memory.values.view(B, T_text, H, -1).transpose(1, 2)  # (B, H, T_text, D / H)
    return (alignments.to(values.dtype) @ values).transpose(1, 2).flatten(2)


def mean_position(weights: Tensor) -> Tensor:
    """The mean symbol (B,) of ``weights`` (B, H, T_text)."""
    row = weights.mean(1)
    index = torch.arange(row.shape[1], device=row.device, dtype=row.dtype)
    return (row * index).sum(1) / row.sum(1).clamp_min(1e-8)


CPU_CHUNK, GPU_CHUNK = 2**20, 2**28  # elements; the first fits into a cache, the second only bounds memory


def chunk_steps(elements_per_step: int, device: torch.device) -> int:
    """Number of decoder steps to compute at once if each needs ``elements_per_step`` intermediate values.

    A CPU is fastest if the chunk fits into its cache, a GPU if it launches few kernels.
    """
    budget = CPU_CHUNK if device.type == "cpu" else GPU_CHUNK
    return max(1, budget // max(1, elements_per_step))


def masked_softmax(energies: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis in float32 with exactly zero weight where ``mask`` is False.

    ``energies`` (..., T_text), ``mask`` broadcastable to it, True = valid.
    """
    energies = energies.float() if energies.dtype in (torch.float16, torch.bfloat16) else energies
    return torch.softmax(energies.masked_fill(~mask, float("-inf")), dim=-1)


def initial_weights(memory: Memory) -> Tensor:
    """(B, T_text) float32 (or float64): one at the first symbol, where every monotonic path starts."""
    B, T_text = memory.mask.shape
    index = torch.arange(T_text, device=memory.mask.device)
    return (index == 0).to(state_dtype(memory)).repeat(B, 1)


def state_dtype(memory: Memory) -> torch.dtype:
    """The dtype of weights and positions: at least float32, because half precision loses small values."""
    return torch.promote_types(memory.values.dtype, torch.float32)
