r"""Location-sensitive attention (Chorowski et al. 2015, "Attention-Based Models for Speech Recognition", eq. 8-9;
with cumulative weights as in Tacotron 2, Shen et al. 2018).

.. math:: f_t = F * [\alpha_{t-1}; \textstyle\sum_{s<t}\alpha_s], \qquad
          e_{t,j} = v^\top \tanh(W q_t + V h_j + U f_{t,j} + b)

============  ======================
``F``         ``location_convolution``
``U``         ``location_projection``
``W V b v``   as in `tts.attention.additive`
============  ======================

Chorowski's "hybrid" uses only the previous weights; his "location" attention leaves out ``V h`` (``content=False``);
"smoothing" normalizes by sigmoids (``normalization="sigmoid"``), "sharpening" multiplies the energies.

Difference from the papers: the weights that are fed back are always the final ones, from which the context is computed.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple, Protocol, TypedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from tts.attention.additive import Additive
from tts.attention.base import Attention, State, context_of, initial_weights, masked_softmax, state_dtype
from tts.core.errors import check_choice
from tts.core.interfaces import Memory


class LocationState(NamedTuple):
    """Previous and cumulative weights."""

    previous: Tensor  # (B, T_text), weights of the last step
    cumulative: Tensor  # (B, T_text), sum of the weights of all steps


class WeightHistory(Protocol):
    """Input of the location convolution: `LocationState`, or a state with more fields."""

    @property
    def previous(self) -> Tensor:
        """(B, T_text), weights of the last step."""

    @property
    def cumulative(self) -> Tensor:
        """(B, T_text), sum of the weights of all steps."""


class LocationOptions(TypedDict):
    """Options of the location features.

    Attributes:
        num_filters: channels of the location convolution.
        kernel_size: its width in symbols, odd.
        channels: which weights it sees: "previous", "cumulative" or "both".
        content: compare the text with the query; False uses only the query and the previous weights.
    """

    num_filters: int
    kernel_size: int
    channels: Literal["previous", "cumulative", "both"]
    content: bool


class LocationSensitive(Additive):
    """Additive attention with features of the previous weights.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        normalization: "softmax", or "sigmoid" divided by its sum, which lets several symbols share the weight.
        sharpening: factor of the energies.
        start: input before the first step: "zeros", "uniform" over the text or the "first" symbol.
        location: see `LocationOptions`.
    """

    parallel: ClassVar[bool] = False

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int,
        normalization: Literal["softmax", "sigmoid"],
        sharpening: float,
        start: Literal["zeros", "uniform", "first"],
        **location: Unpack[LocationOptions],
    ) -> None:
        super().__init__(query_dim, memory_dim, attention_dim)
        num_filters, kernel_size = location["num_filters"], location["kernel_size"]
        content, self.channels = location["content"], location["channels"]
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size is {kernel_size}: an even kernel shifts the alignment; use an odd one")
        check_choice("channels", self.channels, "previous", "cumulative", "both")
        check_choice("normalization", normalization, "softmax", "sigmoid")
        check_choice("start", start, "zeros", "uniform", "first")
        self.normalization, self.sharpening, self.start = normalization, sharpening, start
        if not content:
            self.key_projection = None
        num_channels = 2 if self.channels == "both" else 1
        self.location_convolution = nn.Conv1d(
            num_channels, num_filters, kernel_size, padding=kernel_size // 2, bias=False
        )
        self.location_projection = nn.Linear(num_filters, attention_dim, bias=not content)

    def initial_state(self, memory: Memory) -> State:
        """No symbol has been attended to; the convolution's first input follows ``start``."""
        nothing = torch.zeros_like(memory.mask, dtype=state_dtype(memory))
        return LocationState(self._start(memory), nothing)

    def step(self, query: Tensor, memory: Memory, state: State) -> tuple[Tensor, Tensor, State]:
        """One decoder step."""
        weights = masked_softmax(self.scores(query, memory, state), memory.mask).unsqueeze(1)
        return context_of(weights, memory), weights, self.update_state(weights, state)

    def scores(self, query: Tensor, memory: Memory, state: WeightHistory) -> Tensor:
        """(B, T_text), whose softmax over the real symbols is the attention."""
        location = self._location(state)  # (B, T_text, A)
        energies = self.energies(query, location if self.key_projection is None else memory.keys + location)
        energies = energies if self.sharpening == 1.0 else self.sharpening * energies
        return F.logsigmoid(energies) if self.normalization == "sigmoid" else energies

    def rescale_time(self, ratio: float) -> None:
        """Fewer, longer steps give smaller cumulative weights: scale the filters that read them."""
        with torch.no_grad():
            if self.channels != "previous":
                self.location_convolution.weight[:, -1] *= ratio

    def update_state(self, weights: Tensor, state: State) -> State:
        """Store the final weights, from which the context is computed."""
        row = weights.squeeze(1)
        return LocationState(row, state.cumulative + row)

    forward = Attention.forward  # a scan: every step sees the weights of the one before
    alignments_along = Attention.alignments_along

    def _start(self, memory: Memory) -> Tensor:
        if self.start == "first":
            return initial_weights(memory)
        mask = memory.mask.to(state_dtype(memory))
        return mask / mask.sum(1, keepdim=True) if self.start == "uniform" else torch.zeros_like(mask)

    def _location(self, state: WeightHistory) -> Tensor:
        both = state.previous, state.cumulative
        seen = {"previous": both[:1], "cumulative": both[1:], "both": both}[self.channels]
        features = self.location_convolution(torch.stack(seen, 1))  # (B, num_filters, T_text)
        return self.location_projection(features.transpose(1, 2))
