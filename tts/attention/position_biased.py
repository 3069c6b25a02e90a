r"""Cross-attention around a position that moves over the text, in the manner of Very Attentive Tacotron (Battenberg et
al. 2024, section 3): content determines the weights, but only near the current position.

.. math:: p_t = p_{t-1} + \mathrm{softplus}(w^\top q_t + b), \qquad
          e_{t,j,h} = q_{t,h}^\top k_{j,h} / \sqrt{d} + \mathrm{bias}_h(j - p_t)

============================  ============================================
``w``, ``b``                  ``advance``
``bias``                      ``position_bias`` (`RelativePositionBias`)
============================  ============================================

Differences from the paper:

- The position of a layer is a running sum computed from that layer's own queries. In the paper one LSTM computes it
  from the text around the last position. Here nothing loops over time, and the queries of higher layers depend on the
  text too.
- The table starts as a bell curve of ``width`` buckets, narrow enough to give an alignment from the beginning.
- The position stops ``max_distance`` symbols after the end, so that the bias stays bounded.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import contexts_of, masked_softmax, state_dtype
from tts.attention.multi_head import MultiHead
from tts.core.interfaces import Memory
from tts.nn.masks import last_valid
from tts.nn.position import RelativePositionBias


class PositionState(NamedTuple):
    """The position in the text."""

    position: Tensor  # (B,), symbols


class PositionBiased(MultiHead):
    """Multi-head attention whose heads share a position that only moves forward.

    Args:
        query_dim: D_q.
        memory_dim: D, a multiple of ``num_heads``.
        num_heads: H.
        step: symbols per decoder step at the start of training; best is the mean of the data.
        max_distance: distance in symbols beyond which every further symbol adds the penalty.
        penalty: see `RelativePositionBias`.
        width: of the initial bell curve, in buckets.
        dropout: on the weights that make the context, in training.
    """

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        num_heads: int,
        step: float,
        max_distance: int,
        penalty: float,
        width: float,
        dropout: float,
    ) -> None:
        super().__init__(query_dim, memory_dim, num_heads, dropout)
        if step <= 0:
            raise ValueError(f"step is {step}: use more than 0 symbols per decoder step")
        self.start = -step
        self.advance = nn.Linear(query_dim, 1)
        self.position_bias = RelativePositionBias(num_heads, max_distance, penalty=penalty, width=width)
        nn.init.normal_(self.advance.weight, std=0.01)
        nn.init.constant_(self.advance.bias, math.log(math.expm1(step)))

    def initial_state(self, memory: Memory) -> PositionState:
        """A step before the first symbol."""
        return PositionState(memory.values.new_full((memory.mask.shape[0],), self.start, dtype=state_dtype(memory)))

    def step(self, query: Tensor, memory: Memory, state: PositionState) -> tuple[Tensor, Tensor, PositionState]:
        """One decoder step."""
        queries = query.unsqueeze(1)
        position = state.position + self._advances(queries, memory).squeeze(1)
        alignments = self._weights(queries, memory, position.unsqueeze(1))
        context = contexts_of(F.dropout(alignments, self.dropout, self.training), memory).squeeze(1)
        return context, alignments.squeeze(2), PositionState(position)

    def update_state(self, weights: Tensor, state: PositionState) -> PositionState:
        """The mean position of ``weights``."""
        index = torch.arange(weights.shape[-1], device=weights.device, dtype=state.position.dtype)
        return PositionState(weights.mean(1).to(index.dtype) @ index)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps at once: positions are running sums."""
        start = self.initial_state(memory).position.unsqueeze(1)
        return self._around(start + self._advances(queries, memory).cumsum(1), queries, memory)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """Each step starts from the previous symbol of the path; all steps are computed at once."""
        return self.forward_along(queries, memory, path)[1]

    def forward_along(self, queries: Tensor, memory: Memory, path: Tensor) -> tuple[Tensor, Tensor]:
        """Contexts and alignments around the positions of the path."""
        start = self.initial_state(memory).position.unsqueeze(1)
        before = torch.cat((start, path[:, :-1].to(start.dtype)), 1)
        return self._around(before + self._advances(queries, memory), queries, memory)

    def contexts(self, queries: Tensor, memory: Memory) -> Tensor:
        """The contexts of `forward`: the bias needs the energies."""
        return self(queries, memory)[0]

    def rescale_time(self, ratio: float) -> None:
        """Longer steps move further: scale the mean advance."""
        with torch.no_grad():
            advance = ratio * F.softplus(self.advance.bias)
            self.advance.bias.copy_(advance + torch.log(-torch.expm1(-advance)))

    def _advances(self, queries: Tensor, memory: Memory) -> Tensor:
        """(B, T_dec) symbols, positive."""
        with torch.autocast(queries.device.type, enabled=False):
            return F.softplus(self.advance(queries.to(self.advance.weight.dtype))).squeeze(2).to(state_dtype(memory))

    def _around(self, positions: Tensor, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        alignments = self._weights(queries, memory, positions)
        return contexts_of(F.dropout(alignments, self.dropout, self.training), memory), alignments

    def _weights(self, queries: Tensor, memory: Memory, positions: Tensor) -> Tensor:
        """Around ``positions`` (B, T_dec): (B, H, T_dec, T_text)."""
        last = last_valid(memory.mask).unsqueeze(1) + self.position_bias.max_distance
        positions = torch.minimum(positions, last.to(positions.dtype))
        index = torch.arange(memory.mask.shape[1], device=positions.device, dtype=positions.dtype)
        with torch.autocast(queries.device.type, enabled=False):
            bias = self.position_bias(index - positions.unsqueeze(2)).permute(0, 3, 1, 2)
        return masked_softmax(self.energies(queries, memory) + bias, memory.mask[:, None, None])
