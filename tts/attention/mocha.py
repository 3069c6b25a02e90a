r"""Monotonic chunkwise attention (Chiu and Raffel 2018, "Monotonic Chunkwise Attention", eq. 13-26).

Behind the pointer of `tts.attention.hard_monotonic`, whose weights are ``alpha``, a soft attention over the last ``w``
symbols:

.. math:: u_{t,j} = v'^\top \tanh(W' q_t + V' h_j + b') + c\,j, \qquad
          \beta_{t,j} = \sum_{k=j}^{j+w-1} \alpha_{t,k} \frac{e^{u_{t,j}}}{\sum_{l=k-w+1}^{k} e^{u_{t,l}}}

==============  ================================
``alpha``       ``position``
``W'``          ``query_projection``, second half
``V'``, ``b'``  ``key_projection``, second half
``v'``          ``chunk_score``
``w``           ``chunk_size``
``c``           ``slope``
==============  ================================

Differences from the paper:

- ``c`` (0 in the paper, a constant) lowers the energy of a symbol by that many nats for each symbol of its distance
  behind the pointer. Without it nothing keeps the pointer at the symbol that is being spoken: the chunk moves back and
  forth behind the pointer, and words are repeated.
- ``v'`` is not normalized, which a softmax does not need; chunks are normalized one by one, not by moving sums of
  ``e^u``, which underflow.
- ``chunk_size`` None looks back to the beginning (infinite lookback, Arivazhagan et al. 2019).
- Besides ``hard`` and ``soft`` the pointer may generate by the ``median``, see `tts.attention.hard_monotonic`. Then the
  symbol with the most weight in a chunk is the one of the last step or the next one. Otherwise a chunk may return to an
  earlier symbol, or skip a symbol that the pointer has visited.

Otherwise only the pointer is monotonic: a chunk may reach back slightly further than the chunk of the last step.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from tts.attention.base import Attention, chunk_steps, context_of
from tts.attention.hard_monotonic import LOG_ZERO, MIN_WEIGHT, HardMonotonic, PointerOptions
from tts.core.interfaces import Memory

MAX_LAG = 3  # symbols; without a limit, infinite lookback may stay on a symbol that the pointer left long ago


class ChunkState(NamedTuple):
    """The pointer, and the symbol with the most weight in the last step."""

    position: Tensor  # (B, T_text), weights of the pointer
    log_survival: Tensor  # (B,), see `tts.attention.hard_monotonic.MonotonicState`
    peak: Tensor  # (B,) int64, symbol with the most weight; median inference only


class MonotonicChunkwise(HardMonotonic):
    """Soft attention over a chunk of symbols that ends at a monotonic pointer.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A, of the pointer and of the chunk each.
        chunk_size: w, symbols; None is all up to the pointer.
        slope: c, nats per symbol behind the pointer.
        options: see `PointerOptions`.
    """

    behind: Tensor
    handicap: Tensor

    is_monotonic: ClassVar[bool] = False  # a chunk may contain symbols that earlier weight has passed

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int,
        chunk_size: int | None,
        slope: float,
        **options: Unpack[PointerOptions],
    ) -> None:
        super().__init__(query_dim, memory_dim, attention_dim, **options)
        if chunk_size is not None and chunk_size < 1:
            raise ValueError(f"chunk_size is {chunk_size}: use 1 or more symbols, or null for all of them")
        self.attention_dim, self.chunk_size, self.slope = attention_dim, chunk_size, slope
        self.query_projection = nn.Linear(query_dim, 2 * attention_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, 2 * attention_dim)
        self.chunk_score = nn.Linear(attention_dim, 1, bias=False)
        behind = torch.arange(1 - (chunk_size or 1), 1)  # symbols of a chunk, counted from the pointer
        self.register_buffer("behind", behind, persistent=False)
        self.register_buffer("handicap", slope * behind, persistent=False)

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, 2 A), the pointer's and the chunk's."""
        return self.key_projection(values)

    def initial_state(self, memory: Memory) -> ChunkState:
        """On the first symbol, just entered."""
        nowhere = torch.zeros(memory.mask.shape[0], dtype=torch.int64, device=memory.mask.device)
        return ChunkState(*self.initial_pointer(memory), nowhere)

    def update_state(self, weights: Tensor, state: ChunkState) -> ChunkState:
        """Move to ``weights``."""
        log_survival = torch.zeros_like(state.log_survival)
        return ChunkState(weights.squeeze(1), log_survival, weights.squeeze(1).argmax(1))

    def step(self, query: Tensor, memory: Memory, state: ChunkState) -> tuple[Tensor, Tensor, ChunkState]:
        """One decoder step."""
        if self.training or self.inference == "soft" or self.chunk_size is None:
            stop_energies, chunk_energies = self.both_energies(query.unsqueeze(1), memory)
            after = self.move(state, stop_energies, memory.mask)
            if self.follows_peak:
                index = torch.arange(chunk_energies.shape[1], device=chunk_energies.device)
                first = torch.maximum(state.peak, after.position.argmax(1) - MAX_LAG).unsqueeze(1)
                next_symbol = torch.maximum(state.peak.unsqueeze(1) + 1, first)
                chunk_energies = chunk_energies.masked_fill((index < first) | (index > next_symbol), LOG_ZERO)
            weights = self.chunk_weights(after.position, chunk_energies, memory.mask).unsqueeze(1)
            if self.follows_peak:
                after = after._replace(peak=torch.maximum(state.peak, weights.squeeze(1).argmax(1)))
        else:
            after, weights = self._decide(query, memory, state)
        return context_of(weights, memory), weights, after

    @property
    def follows_peak(self) -> bool:
        """Whether a chunk has no symbols before ``ChunkState.peak`` and at most one after it."""
        return self.inference == "median" and not self.training

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All energies and all chunks at once; only the pointer goes step by step."""
        if self.follows_peak:
            return Attention.forward(self, queries, memory)
        stop_energies, chunk_energies = self._all_energies(queries, memory)
        positions = torch.stack(self.scan(stop_energies, memory), 1)  # (B, T_dec, T_text)
        alignments = self.chunk_weights(positions, chunk_energies, memory.mask.unsqueeze(1))
        return torch.bmm(alignments.to(memory.values.dtype), memory.values), alignments.unsqueeze(1)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """The pointer goes from each symbol of the path to the next stop; all steps at once."""
        stop_energies, chunk_energies = self._all_energies(queries, memory)
        mask = memory.mask.unsqueeze(1)
        positions = self.step_weights(self.positions_before(path, memory), stop_energies, mask)
        return self.chunk_weights(positions, chunk_energies, mask).unsqueeze(1)

    def _decide(self, query: Tensor, memory: Memory, state: ChunkState) -> tuple[ChunkState, Tensor]:
        """One hard stop, with energies of its chunk only: the next state, weights (B, 1, T_text)."""
        to_stop, to_chunk = self.query_projection(query).unsqueeze(1).split(self.attention_dim, -1)
        stop_keys, chunk_keys = memory.keys.split(self.attention_dim, -1)
        stop_energies = partial(self._stop_energies_at, to_stop, stop_keys)
        if self.inference == "median":
            after = self.move_by_medians(state, stop_energies, memory.mask)
        else:
            after = self.move(state, stop_energies(None), memory.mask)
        mass, here = after.position.max(1, keepdim=True)  # no mass is left after the end of the text
        symbols = here + self.behind  # (B, w)
        inside = symbols.clamp_min(0)
        keys = chunk_keys.gather(1, inside.unsqueeze(-1).expand(-1, -1, self.attention_dim))
        energies = self.chunk_score(torch.tanh(to_chunk + keys)).squeeze(-1) + self.handicap
        outside = symbols < 0
        if self.follows_peak:
            peak = state.peak.unsqueeze(1) if self.stop_at_last else state.peak.unsqueeze(1) * (mass > 0)
            next_symbol = torch.maximum(peak + 1, symbols[:, :1])  # the pointer may have left the chunk of the peak
            outside = (symbols < peak) | (symbols > next_symbol)
        shares = torch.softmax(energies.to(mass.dtype).masked_fill(outside, float("-inf")), 1)
        if self.follows_peak:
            after = after._replace(peak=inside.gather(1, shares.argmax(1, keepdim=True)).squeeze(1))
        shares = shares if self.stop_at_last else shares * mass
        return after, torch.zeros_like(after.position).scatter_add(1, inside, shares).unsqueeze(1)

    def _stop_energies_at(self, query: Tensor, keys: Tensor, symbols: Tensor | None) -> Tensor:
        """The pointer's energies of ``symbols`` (B, 1) or of all; query and keys are already projected."""
        if symbols is not None:
            keys = keys.gather(1, symbols.unsqueeze(2).expand(-1, -1, keys.shape[2]))
        return self.score_stop(torch.tanh(query + keys))

    def both_energies(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Queries (B, ..., 1, D_q) against the keys -> the pointer's and the chunk's, (B, ..., T_text) each."""
        hidden = torch.tanh(self.query_projection(queries) + memory.keys)
        stop, chunk = hidden.split(self.attention_dim, -1)
        energies = self.chunk_score(chunk).squeeze(-1)
        energies = energies.to(torch.promote_types(energies.dtype, torch.float32))
        index = torch.arange(energies.shape[-1], device=energies.device)
        return self.score_stop(stop), energies + self.slope * index

    def chunk_weights(self, position: Tensor, energies: Tensor, mask: Tensor) -> Tensor:
        """The pointer's weights (..., T_text) over the chunks behind it, with chunk energies of the same shape."""
        energies = energies.masked_fill(~mask, LOG_ZERO)
        if self.chunk_size is None:
            return _infinite_lookback(position, energies.double()).masked_fill(~mask, 0.0).to(position.dtype)
        behind = self.chunk_size - 1
        windows = F.pad(energies, (behind, 0), value=LOG_ZERO).unfold(-1, self.chunk_size, 1)  # (..., T_text, w)
        shares = position.unsqueeze(-1) * torch.softmax(windows.to(position.dtype), -1)
        columns = F.pad(shares, (0, 0, 0, behind)).unbind(-1)  # of the i-th symbol of the chunk that ends here
        T_text = position.shape[-1]
        placed = [column[..., behind - i : behind - i + T_text] for i, column in enumerate(columns)]
        return sum(placed[1:], placed[0])

    def _all_energies(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        B, T_text, A = memory.keys.shape
        chunk = chunk_steps(B * T_text * A, memory.keys.device)
        wide = memory._replace(keys=memory.keys.unsqueeze(1))
        pairs = [self.both_energies(part.unsqueeze(2), wide) for part in queries.split(chunk, 1)]
        stop_energies, chunk_energies = zip(*pairs)
        return torch.cat(stop_energies, 1), torch.cat(chunk_energies, 1)


def _infinite_lookback(position: Tensor, energies: Tensor) -> Tensor:
    """Spread each pointer weight over all symbols up to it, in log space and float64."""
    start = position.double()
    log_position = start.clamp_min(MIN_WEIGHT).log().masked_fill(start < MIN_WEIGHT, LOG_ZERO)
    later = torch.logcumsumexp((log_position - torch.logcumsumexp(energies, -1)).flip(-1), -1).flip(-1)
    return (energies + later).exp()
