r"""Monotonic chunkwise attention (Chiu and Raffel 2018, "Monotonic Chunkwise Attention", eq. 13-26).

Behind the pointer of `tts.attention.hard_monotonic`, whose weights are ``alpha``, a soft attention over the last ``w``
symbols:

.. math:: u_{t,j} = v'^\top \tanh(W' q_t + V' h_j + b'), \qquad
          \beta_{t,j} = \sum_{k=j}^{j+w-1} \alpha_{t,k} \frac{e^{u_{t,j}}}{\sum_{l=k-w+1}^{k} e^{u_{t,l}}}

====================  ================
``alpha``             ``position``
``W'``                ``chunk_query``
``V'``, ``b'``        ``chunk_key``
``v'``                ``chunk_score``
``w``                 ``chunk_size``
====================  ================

Differences from the paper: ``v'`` is not normalised, which a softmax does not need; chunks are normalised one by one,
not by moving sums of ``e^u``, which underflow; ``chunk_size`` None looks back to the beginning (infinite lookback,
Arivazhagan et al. 2019). The pointer alone is monotone: a chunk may look back a little further than the one before.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import attend
from tts.attention.hard_monotonic import CHUNK_ELEMENTS, NEVER, SMALLEST, HardMonotonic, MonotonicState
from tts.types import Memory


class MonotonicChunkwise(HardMonotonic):
    """Soft attention over a few symbols up to a pointer that never goes back.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A, of the pointer and of the chunk each.
        chunk_size: w, symbols; None is all up to the pointer.
        mean_stay: as all that follow in `HardMonotonic`.
        noise: on the pointer's energies in training.
        keep_mass: the pointer stops at the last symbol at the latest.
        inference: of the pointer, "hard" or "soft".
    """

    monotone: ClassVar[str] = "soft"

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int = 128,
        chunk_size: int | None = 3,
        mean_stay: float = 3.5,
        noise: float = 1.0,
        keep_mass: bool = True,
        inference: Literal["hard", "soft"] = "hard",
    ) -> None:
        super().__init__(query_dim, memory_dim, attention_dim, mean_stay, noise, keep_mass, inference)
        if chunk_size is not None and chunk_size < 1:
            raise ValueError(f"chunk_size is {chunk_size}: use 1 or more symbols, or null for all of them")
        self.attention_dim, self.chunk_size = attention_dim, chunk_size
        self.chunk_query = nn.Linear(query_dim, attention_dim, bias=False)
        self.chunk_key = nn.Linear(memory_dim, attention_dim)
        self.chunk_score = nn.Linear(attention_dim, 1, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, 2 A), the pointer's and the chunk's."""
        return torch.cat((self.key_projection(values), self.chunk_key(values)), -1)

    def step(self, query: Tensor, memory: Memory, state: MonotonicState) -> tuple[Tensor, Tensor, MonotonicState]:
        """One decoder step."""
        energies = self.stop_energies(query.unsqueeze(1), memory)
        position = self.advance(state.position, energies, memory.mask)
        weights = self.spread(position, self._chunk_energies(query.unsqueeze(1), memory), memory.mask).unsqueeze(1)
        return attend(weights, memory), weights, MonotonicState(position)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """The pointer step by step, all chunks at once."""
        positions = torch.stack(self.boundaries(queries, memory), 1)
        alignments = self._spread_all(positions, queries, memory)
        contexts = torch.bmm(alignments.to(memory.values.dtype), memory.values)
        return contexts, alignments.unsqueeze(1)

    def follow(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """The pointer goes from each symbol of the path to the next stop; all steps at once."""
        positions = super().follow(queries, memory, path).squeeze(1)
        return self._spread_all(positions, queries, memory).unsqueeze(1)

    def stop_energies(self, queries: Tensor, memory: Memory) -> Tensor:
        """Of the pointer, as in `HardMonotonic`."""
        return super().stop_energies(queries, memory._replace(keys=memory.keys[..., : self.attention_dim]))

    def spread(self, position: Tensor, energies: Tensor, mask: Tensor) -> Tensor:
        """The pointer's weights (..., T_text) over the chunks behind it, with chunk energies of the same shape."""
        energies = energies.double().masked_fill(~mask, NEVER)
        if self.chunk_size is None:
            totals = torch.logcumsumexp(energies, -1)
            start = position.double()
            log_position = start.clamp_min(SMALLEST).log().masked_fill(start < SMALLEST, NEVER)
            later = torch.logcumsumexp((log_position - totals).flip(-1), -1).flip(-1)
            return (energies + later).exp().masked_fill(~mask, 0.0).to(position.dtype)
        behind = self.chunk_size - 1
        windows = F.pad(energies, (behind, 0), value=NEVER).unfold(-1, self.chunk_size, 1)  # (..., T_text, w)
        shares = position.unsqueeze(-1) * torch.softmax(windows, -1).to(position.dtype)
        reached = [F.pad(share, (0, behind - i))[..., behind - i :] for i, share in enumerate(shares.unbind(-1))]
        return torch.stack(reached).sum(0)

    def _spread_all(self, positions: Tensor, queries: Tensor, memory: Memory) -> Tensor:
        B, T_text, A = memory.keys.shape
        chunk = max(1, CHUNK_ELEMENTS // max(1, B * T_text * A))
        wide = memory._replace(keys=memory.keys.unsqueeze(1))
        mask = memory.mask.unsqueeze(1)
        parts = zip(positions.split(chunk, 1), queries.split(chunk, 1))
        return torch.cat([self.spread(p, self._chunk_energies(q.unsqueeze(2), wide), mask) for p, q in parts], 1)

    def _chunk_energies(self, queries: Tensor, memory: Memory) -> Tensor:
        keys = memory.keys[..., self.attention_dim :]
        return self.chunk_score(torch.tanh(self.chunk_query(queries) + keys)).squeeze(-1)
