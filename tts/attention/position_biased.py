r"""Cross-attention around a position that moves over the text, in the manner of Very Attentive Tacotron (Battenberg et
al. 2024, section 3): content determines the weights, but only near the current position.

.. math:: p_t = p_{t-1} + \mathrm{softplus}(w^\top q_t + b), \qquad
          e_{t,j,h} = q_{t,h}^\top k_{j,h} / \sqrt{d} + \mathrm{bias}_h(j - p_t)

============================  ============================================
``w``, ``b``                  ``advance``
``bias``                      ``position_bias`` (`RelativePositionBias`)
============================  ============================================

In a Transformer, all layers share the position of an alignment layer below them (`tts.attention.alignment_layer`), and
they have no ``w`` and ``b``. In a recurrent decoder the query is the state of an LSTM that has read the text around the
last position, so the attention moves its own position.

Difference from the paper: the table starts as a bell curve of ``width`` buckets, narrow enough to give an alignment
from the beginning.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.alignment_layer import AlignmentLayer, position_energies, rescale_advance
from tts.attention.base import contexts_of, masked_softmax, state_dtype
from tts.attention.multi_head import MultiHead
from tts.core.interfaces import Memory
from tts.nn.position import RelativePositionBias
from tts.nn.softplus import inverse_softplus


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

    advance: nn.Linear | None

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
        self.position_bias = RelativePositionBias(num_heads, max_distance, penalty=penalty, width=width)
        self.advance = nn.Linear(query_dim, 1)
        nn.init.normal_(self.advance.weight, std=0.01)
        nn.init.constant_(self.advance.bias, inverse_softplus(step).item())

    def share_position(self, layer: AlignmentLayer | None, input_dim: int) -> AlignmentLayer:
        """See `Attention.share_position`."""
        self.advance = None
        return layer or AlignmentLayer(input_dim, self.memory_dim, -self.start, copy.deepcopy(self.position_bias))

    def initial_state(self, memory: Memory) -> PositionState:
        """A step before the first symbol."""
        return PositionState(memory.values.new_full((memory.mask.shape[0],), self.start, dtype=state_dtype(memory)))

    def step(self, query: Tensor, memory: Memory, state: PositionState) -> tuple[Tensor, Tensor, PositionState]:
        """One decoder step."""
        queries = query.unsqueeze(1)
        positions = self._positions(queries, memory, state.position.unsqueeze(1))
        contexts, alignments = self._around(positions, queries, memory)
        return contexts.squeeze(1), alignments.squeeze(2), PositionState(positions.squeeze(1))

    def update_state(self, weights: Tensor, state: PositionState) -> PositionState:
        """The mean position of ``weights``."""
        index = torch.arange(weights.shape[-1], device=weights.device, dtype=state.position.dtype)
        return PositionState(weights.mean(1).to(index.dtype) @ index)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps at once: positions are running sums."""
        start = self.initial_state(memory).position.unsqueeze(1)
        return self._around(self._positions(queries, memory, start), queries, memory)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """Each step starts from the previous symbol of the path; all steps are computed at once."""
        return self.forward_along(queries, memory, path)[1]

    def forward_along(self, queries: Tensor, memory: Memory, path: Tensor) -> tuple[Tensor, Tensor]:
        """Contexts and alignments around the positions of the path."""
        start = self.initial_state(memory).position.unsqueeze(1)
        before = torch.cat((start, path[:, :-1].to(start.dtype)), 1)
        return self._around(self._positions(queries, memory, before, running=False), queries, memory)

    def contexts(self, queries: Tensor, memory: Memory) -> Tensor:
        """The contexts of `forward`: the bias needs the energies."""
        return self(queries, memory)[0]

    def rescale_time(self, ratio: float) -> None:
        """Longer steps move further: scale the mean advance."""
        if self.advance is not None:
            rescale_advance(self.advance.bias, ratio)

    def _positions(self, queries: Tensor, memory: Memory, before: Tensor, running: bool = True) -> Tensor:
        """(B, T_dec) symbols: given, or ``before`` (B, T_dec or 1) plus the advance, or plus the sum of advances."""
        if memory.positions is not None:
            return memory.positions
        assert self.advance is not None, "the layer that computes the position passes it"
        with torch.autocast(queries.device.type, enabled=False):
            advances = F.softplus(self.advance(queries.to(self.advance.weight.dtype))).squeeze(2).to(before.dtype)
        return before + (advances.cumsum(1) if running else advances)

    def _around(self, positions: Tensor, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Contexts and alignments around ``positions`` (B, T_dec)."""
        energies = self.energies(queries, memory) + position_energies(self.position_bias, positions, memory.mask)
        alignments = masked_softmax(energies, memory.mask[:, None, None])
        return contexts_of(F.dropout(alignments, self.dropout, self.training), memory), alignments
