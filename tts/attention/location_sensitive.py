r"""Location-sensitive attention (Chorowski et al. 2015, "Attention-Based Models for Speech Recognition", eq. 8-9;
with cumulative weights as in Tacotron 2, Shen et al. 2018).

.. math:: f_t = F * [\alpha_{t-1}; \textstyle\sum_{s<t}\alpha_s], \qquad
          e_{t,j} = v^\top \tanh(W q_t + V h_j + U f_{t,j} + b)

============  ======================
``F``         ``location_convolution``
``U``         ``location_projection``
``W V b v``   as in `tts.attention.additive`
============  ======================
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn

from tts.attention.additive import Additive
from tts.attention.base import Attention, attend, masked_softmax, state_dtype
from tts.types import Memory


class LocationState(NamedTuple):
    """Where the attention has been."""

    previous: Tensor  # (B, T_text), weights of the last step
    cumulative: Tensor  # (B, T_text), sum of the weights of all steps


class LocationSensitive(Additive):
    """Additive attention that also sees where it looked before.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        num_filters: channels of the location convolution.
        kernel_size: its width in symbols, odd.
        channels: which weights it sees: "previous", "cumulative" or "both".
    """

    parallel: ClassVar[bool] = False

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int = 128,
        num_filters: int = 32,
        kernel_size: int = 31,
        channels: Literal["previous", "cumulative", "both"] = "both",
    ) -> None:
        super().__init__(query_dim, memory_dim, attention_dim)
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size is {kernel_size}: an even kernel shifts the alignment; use an odd one")
        if channels not in ("previous", "cumulative", "both"):
            raise ValueError(f"channels is '{channels}': use previous, cumulative or both")
        self.channels = channels
        num_channels = 2 if channels == "both" else 1
        self.location_convolution = nn.Conv1d(
            num_channels, num_filters, kernel_size, padding=kernel_size // 2, bias=False
        )
        self.location_projection = nn.Linear(num_filters, attention_dim, bias=False)

    def initial_state(self, memory: Memory) -> LocationState:
        """Nothing has been attended to."""
        nothing = torch.zeros_like(memory.mask, dtype=state_dtype(memory))
        return LocationState(nothing, nothing)

    def step(self, query: Tensor, memory: Memory, state: LocationState) -> tuple[Tensor, Tensor, LocationState]:
        """One decoder step."""
        keys = memory.keys + self._location(state)  # (B, T_text, A)
        weights = masked_softmax(self.energies(query, keys), memory.mask).unsqueeze(1)
        return attend(weights, memory), weights, self.observe(weights, state)

    def observe(self, weights: Tensor, state: LocationState) -> LocationState:
        """Remember the final weights, those that made the context."""
        row = weights.squeeze(1)
        return LocationState(row, state.cumulative + row)

    forward = Attention.forward  # a scan: every step sees the weights of the one before
    follow = Attention.follow

    def _location(self, state: LocationState) -> Tensor:
        seen = {"previous": (state.previous,), "cumulative": (state.cumulative,), "both": tuple(state)}[self.channels]
        features = self.location_convolution(torch.stack(seen, 1))  # (B, num_filters, T_text)
        return self.location_projection(features.transpose(1, 2))
