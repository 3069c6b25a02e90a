r"""Rotary cross-attention on the progress through text and speech (Peng et al. 2025, "VoiceStar: Robust Zero-Shot
Autoregressive TTS with Duration Control and Extrapolation", PM-RoPE).

Queries and keys are rotated by their progress (`tts.attention.rotary`), so that a query is close to its key for any
length of speech, and depends on how much speech remains:

.. math:: e_{t,j,h} = \bigl(R(S\,t/T)\, q_{t,h}\bigr)^\top \bigl(R(S\,j/N)\, k_{j,h}\bigr) / \sqrt{d}
          \quad \text{where } |j - N t/T| \le W

======================  =====================================================================
``q``, ``k``            ``query_projection``, ``key_projection`` (`tts.attention.multi_head`)
``R``                   `tts.attention.rotary.rotate`
``S``, ``W``            ``scale``, ``window``
``T``                   ``Memory.num_steps`` in training, ``pace`` times the symbols in generation
======================  =====================================================================

Differences from the paper:

- ``scale`` None means ``S = N``: a position is a symbol, and a step of the speech advances by as many symbols in a long
  utterance as in a short one. A number is the same for all utterances, as in the paper.
- In generation the length of the speech must be known beforehand. In the paper the user gives it; here it is the number
  of symbols times ``pace``, the running mean of steps per symbol in training.
- ``W``: a text longer than all texts of training has distances that did not occur in training, and some head may attend
  to a similar symbol far away. The window excludes such distances. The paper has no window.
- If speech continues beyond this length, the progress stays at the end. The paper ends the speech there.
- Only the cross-attention is rotated; the decoder's self-attention has its own positions.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from tts.attention.base import contexts_of, masked_softmax, state_dtype
from tts.attention.multi_head import MultiHead
from tts.attention.rotary import progress_positions, rotary_angles, rotary_frequencies, rotate
from tts.core.interfaces import Memory

MOMENTUM = 0.02  # of the running mean


class ProgressState(NamedTuple):
    """The number of the step, and what a step means for each utterance, which does not change."""

    step: Tensor  # (B,) int64
    last: Tensor  # (B, 1), number of the last step, after which the progress stays
    symbols: Tensor  # (B, 1), N / T
    angles: Tensor  # (B, d / 2), of rotation for each step


class ProgressRotary(MultiHead):
    """Multi-head attention whose queries and keys are rotated by their progress.

    Args:
        query_dim: D_q.
        memory_dim: D, a multiple of twice ``num_heads``.
        num_heads: H.
        pace: decoder steps per symbol at the start of training; the running mean of the data afterwards.
        scale: S, positions from the beginning to the end; None is the number of symbols.
        base: ratio of the highest to the lowest frequency of the rotation.
        window: W, symbols on either side of the progress beyond which nothing is attended to; at most as long as the
            shortest texts of training for all distances to be learned. None is no limit.
        dropout: on the weights that make the context, in training.
    """

    pace: Tensor
    frequencies: Tensor

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        num_heads: int,
        pace: float,
        scale: float | None,
        base: float,
        window: int | None,
        dropout: float,
    ) -> None:
        super().__init__(query_dim, memory_dim, num_heads, dropout)
        if pace <= 0:
            raise ValueError(f"pace is {pace}: use more than 0 decoder steps per symbol")
        if window is not None and window < 1:
            raise ValueError(f"window is {window}: use 1 or more symbols, or null for no window")
        self.scale, self.window = scale, window
        self.register_buffer("pace", torch.tensor(float(pace)))
        self.register_buffer("frequencies", rotary_frequencies(memory_dim // num_heads, base), persistent=False)

    def prepare(self, memory: Tensor, token_mask: Tensor, num_steps: Tensor | None = None) -> Memory:
        """As `MultiHead.prepare`, with the keys rotated and the number of steps estimated if it is not known."""
        prepared = super().prepare(memory, token_mask, num_steps)
        lengths = token_mask.sum(1)
        if num_steps is None:
            num_steps = lengths * self.pace
        elif self.training:
            with torch.no_grad():
                self.pace.lerp_((num_steps.sum() / lengths.sum()).to(self.pace.dtype), MOMENTUM)
        positions = progress_positions(token_mask.shape[1], lengths, self._scale(token_mask))
        keys = rotate(self._split(prepared.keys), rotary_angles(positions, self.frequencies))
        return prepared._replace(keys=keys.transpose(1, 2).flatten(2), num_steps=num_steps)

    def initial_state(self, memory: Memory) -> ProgressState:
        """Step 0."""
        assert memory.num_steps is not None, "`prepare` sets it"
        dtype = state_dtype(memory)
        zero = torch.zeros(memory.mask.shape[0], dtype=torch.int64, device=memory.mask.device)
        lengths = memory.mask.sum(1, keepdim=True)
        num_steps = memory.num_steps.clamp_min(1).to(dtype).unsqueeze(1)
        positions = lengths if self.scale is None else torch.full_like(lengths, self.scale, dtype=dtype)
        return ProgressState(zero, num_steps - 1, lengths / num_steps, positions / num_steps * self.frequencies)

    def step(self, query: Tensor, memory: Memory, state: ProgressState) -> tuple[Tensor, Tensor, ProgressState]:
        """One decoder step."""
        alignments = self._weights(query.unsqueeze(1), memory, state, state.step.unsqueeze(1))
        context = contexts_of(F.dropout(alignments, self.dropout, self.training), memory).squeeze(1)
        return context, alignments.squeeze(2), state._replace(step=state.step + 1)

    def update_state(self, weights: Tensor, state: ProgressState) -> ProgressState:
        """Count the step; the weights do not matter."""
        return state._replace(step=state.step + 1)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps at once."""
        steps = torch.arange(queries.shape[1], device=queries.device).expand(len(queries), -1)
        alignments = self._weights(queries, memory, self.initial_state(memory), steps)
        return contexts_of(F.dropout(alignments, self.dropout, self.training), memory), alignments

    def contexts(self, queries: Tensor, memory: Memory) -> Tensor:
        """The contexts of `forward`."""
        return self(queries, memory)[0]

    def rescale_time(self, ratio: float) -> None:
        """Steps that last longer are fewer per symbol."""
        self.pace /= ratio

    def _scale(self, mask: Tensor) -> Tensor:
        """(B,) positions from the beginning to the end."""
        lengths = mask.sum(1)
        return lengths if self.scale is None else torch.full_like(lengths, self.scale, dtype=self.frequencies.dtype)

    def _weights(self, queries: Tensor, memory: Memory, state: ProgressState, steps: Tensor) -> Tensor:
        """Of the queries of ``steps`` (B, T_dec): (B, H, T_dec, T_text)."""
        dtype = state_dtype(memory)
        query, key = self._split(self.query_projection(queries)), self._split(memory.keys)
        with torch.autocast(queries.device.type, enabled=False):
            steps = steps.minimum(state.last)
            mask = self._near(steps * state.symbols, memory.mask)
            query = rotate(query.to(dtype), steps.unsqueeze(2) * state.angles.unsqueeze(1))
            energies = query @ key.to(dtype).mT * key.shape[-1] ** -0.5
        return masked_softmax(energies, mask)

    def _near(self, places: Tensor, mask: Tensor) -> Tensor:
        """Which symbols of ``mask`` (B, T_text) the ``places`` (B, T_dec) may attend to: (B, 1, T_dec or 1, T_text)."""
        if self.window is None:
            return mask[:, None, None]
        symbols = torch.arange(mask.shape[1], device=mask.device, dtype=places.dtype)
        near = (symbols - places.unsqueeze(-1)).abs() <= self.window  # (B, T_dec, T_text)
        return (near & mask.unsqueeze(1)).unsqueeze(1)
