r"""Multi-head attention of a parallel decoder whose queries and keys are rotated by their positions.

.. math:: \alpha = \mathrm{softmax}\bigl(R(p) Q \cdot R(q) K^\top / \sqrt{d}\bigr)

Subclasses define the positions ``p`` of the steps and ``q`` of the symbols; the rotation is
`tts.attention.rotary.rotate`.
"""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import contexts_of, masked_softmax
from tts.attention.parallel import ParallelAttention, Timing
from tts.attention.rotary import rotary_angles, rotary_frequencies, rotate
from tts.core.interfaces import Memory


class RotaryMultiHead(ParallelAttention):
    """Base of the rotary attentions.

    Args:
        query_dim: D_q.
        memory_dim: D, a multiple of ``num_heads``.
        num_heads: H.
        base: ratio of the highest to the lowest frequency of rotation.
    """

    frequencies: Tensor

    def __init__(self, query_dim: int, memory_dim: int, num_heads: int, base: float) -> None:
        super().__init__(query_dim, memory_dim)
        if memory_dim % num_heads:
            raise ValueError(f"{num_heads} heads do not divide a memory of width {memory_dim}: choose another number")
        self.num_heads = num_heads
        self.query_projection = nn.Linear(query_dim, memory_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, memory_dim, bias=False)
        self.value_projection = nn.Linear(memory_dim, memory_dim, bias=False)
        self.register_buffer("frequencies", rotary_frequencies(memory_dim // num_heads, base), persistent=False)

    @abstractmethod
    def positions(self, timing: Timing, num_symbols: int) -> tuple[Tensor, Tensor]:
        """Positions of the steps (B, T_dec) and of the symbols (B, T_text)."""

    def allowed(self, timing: Timing, mask: Tensor) -> Tensor:
        """(B, 1, 1 or T_dec, T_text) bool: the symbols that a step may attend to; here all of ``mask`` (B, T_text)."""
        return mask[:, None, None]

    def prepare(self, memory: Tensor, token_mask: Tensor) -> Memory:
        """Projected keys and values, not rotated yet."""
        values = memory.masked_fill(~token_mask.unsqueeze(-1), 0.0)
        return Memory(self.value_projection(values), self.key_projection(values), token_mask)

    def forward(self, queries: Tensor, memory: Memory, timing: Timing) -> tuple[Tensor, Tensor]:
        """All steps at once."""
        query, key = self._rotated(queries, memory, timing)
        with torch.autocast(queries.device.type, enabled=False):
            energies = query.float() @ key.float().mT * key.shape[-1] ** -0.5
        alignments = masked_softmax(energies, self.allowed(timing, memory.mask))
        return contexts_of(alignments, memory), alignments

    def contexts(self, queries: Tensor, memory: Memory, timing: Timing) -> Tensor:
        """Without the weights: a fused kernel."""
        query, key = self._rotated(queries, memory, timing)
        value = self._split(memory.values)
        allowed = self.allowed(timing, memory.mask)
        context = F.scaled_dot_product_attention(query.to(value.dtype), key.to(value.dtype), value, allowed)
        return context.transpose(1, 2).flatten(2)

    def _rotated(self, queries: Tensor, memory: Memory, timing: Timing) -> tuple[Tensor, Tensor]:
        places, marks = self.positions(timing, memory.mask.shape[1])
        query, key = self._split(self.query_projection(queries)), self._split(memory.keys)
        return (
            rotate(query, rotary_angles(places, self.frequencies)),
            rotate(key, rotary_angles(marks, self.frequencies)),
        )

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, H, T, D / H)."""
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
