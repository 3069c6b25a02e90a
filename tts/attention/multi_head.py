r"""Scaled dot-product attention with several heads (Vaswani et al. 2017, eq. 1; Li et al. 2019, "Neural Speech
Synthesis with Transformer Network").

.. math:: \alpha = \mathrm{softmax}(Q K^\top / \sqrt{d}), \qquad Q = q W_q,\; K = h W_k,\; V = h W_v, \qquad d = D / H

======================  ===========================================================
``W_q``, ``W_k``        ``query_projection``, ``key_projection``
``W_v``                 ``value_projection``
``W_o``                 belongs to the decoder layer that takes the context
======================  ===========================================================

Differences from the paper: the projections have no bias: on keys the softmax would cancel it, and on values it would
make padding nonzero; energies and softmax are computed in float32 under autocast.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import Attention, State, contexts_of, masked_softmax, state_dtype
from tts.core.interfaces import Memory


class MultiHeadState(NamedTuple):
    """Empty: the weights depend only on the present query."""


class MultiHead(Attention):
    """H softmax attentions over content, each with its own slice of queries, keys and values.

    Args:
        query_dim: D_q.
        memory_dim: D, a multiple of ``num_heads``.
        num_heads: H.
        dropout: on the weights that make the context, in training; the returned weights have no dropout.
    """

    parallel: ClassVar[bool] = True

    def __init__(self, query_dim: int, memory_dim: int, num_heads: int, dropout: float) -> None:
        super().__init__(query_dim, memory_dim)
        if memory_dim % num_heads:
            raise ValueError(f"{num_heads} heads do not divide a memory of width {memory_dim}: choose another number")
        self.num_heads, self.dropout = num_heads, dropout
        self.query_projection = nn.Linear(query_dim, memory_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, memory_dim, bias=False)
        self.value_projection = nn.Linear(memory_dim, memory_dim, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, D)."""
        return self.key_projection(values)

    def prepare(self, memory: Tensor, token_mask: Tensor, num_steps: Tensor | None = None) -> Memory:
        """As `Attention.prepare`, with the values projected too."""
        prepared = super().prepare(memory, token_mask, num_steps)
        return prepared._replace(values=self.value_projection(prepared.values))

    def initial_state(self, memory: Memory) -> State:
        """Return the empty state."""
        return MultiHeadState()

    def energies(self, queries: Tensor, memory: Memory) -> Tensor:
        """(B, T_dec, D_q) -> (B, H, T_dec, T_text), at least float32."""
        query, key = self._split(self.query_projection(queries)), self._split(memory.keys)
        with torch.autocast(queries.device.type, enabled=False):
            dtype = state_dtype(memory)
            return query.to(dtype) @ key.to(dtype).mT * key.shape[-1] ** -0.5

    def step(self, query: Tensor, memory: Memory, state: State) -> tuple[Tensor, Tensor, State]:
        """One decoder step."""
        contexts, alignments = self(query.unsqueeze(1), memory)
        return contexts.squeeze(1), alignments.squeeze(2), state

    def update_state(self, weights: Tensor, state: State) -> State:
        """Return the state unchanged."""
        return state

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps at once."""
        alignments = masked_softmax(self.energies(queries, memory), memory.mask[:, None, None])
        return contexts_of(F.dropout(alignments, self.dropout, self.training), memory), alignments

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """The weights do not depend on earlier weights, so they are those of `forward`."""
        return self(queries, memory)[1]

    def forward_along(self, queries: Tensor, memory: Memory, path: Tensor) -> tuple[Tensor, Tensor]:
        """The contexts follow the attention's own weights; a path is only the target of a loss."""
        return self(queries, memory)

    def contexts(self, queries: Tensor, memory: Memory) -> Tensor:
        """The contexts by a fused kernel, without the weights."""
        query, key, value = (self._split(x) for x in (self.query_projection(queries), memory.keys, memory.values))
        mask, dropout = memory.mask[:, None, None], self.dropout if self.training else 0.0
        return F.scaled_dot_product_attention(query, key, value, mask, dropout).transpose(1, 2).flatten(2)

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, H, T, D / H)."""
        return x.reshape(*x.shape[:-1], self.num_heads, -1).transpose(1, 2)
