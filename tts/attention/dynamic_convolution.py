r"""Dynamic convolution attention (Battenberg et al. 2020, "Location-Relative Attention Mechanisms for Robust Long-Form
Speech Synthesis", eq. 7-9).

.. math:: f = F * \alpha_{t-1}, \quad g = G(q_t) * \alpha_{t-1}, \quad
          p_j = \log\max((P * \alpha_{t-1})_j, 10^{-6})
.. math:: e_{t,j} = v^\top \tanh(U f_j + T g_j + b) + p_j, \qquad G(q) = V_G \tanh(W_G q + b_G)

================  ========================================
``F``             ``static_convolution``
``U``             ``static_projection``
``W_G b_G V_G``   ``filter_network``
``T``, ``b``      ``dynamic_projection``
``P``             ``prior`` (beta-binomial taps, causal)
``v``             ``score``
================  ========================================

The text itself is never compared: only the previous weights and the query determine the energies, so it generalizes to
any length. It is known to be unstable in half precision, so the whole block runs in float32.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import Attention, context_of, initial_weights, masked_softmax
from tts.core.interfaces import Memory
from tts.nn.beta_binomial import log_beta_binomial


class DynamicConvolutionState(NamedTuple):
    """The weights of the last step."""

    previous: Tensor  # (B, T_text), weights of the last step


class DynamicConvolution(Attention):
    """Location-relative attention by static and query-dependent filters and a forward prior.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        num_static_filters: number of static filters.
        num_dynamic_filters: number of filters computed from the query.
        kernel_size: width of both in symbols, odd.
        prior_length: largest prior step n in symbols; the prior has n + 1 taps.
        prior_alpha: a of the beta-binomial prior; its mean step is a n / (a + b).
        prior_beta: b of the beta-binomial prior.
        floor: least prior probability.
    """

    _prior_filter: Tensor

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int,
        num_static_filters: int,
        num_dynamic_filters: int,
        kernel_size: int,
        prior_length: int,
        prior_alpha: float,
        prior_beta: float,
        floor: float,
    ) -> None:
        super().__init__(query_dim, memory_dim)
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size is {kernel_size}: an even kernel shifts the alignment; use an odd one")
        self.kernel_size, self.num_dynamic_filters, self.floor = kernel_size, num_dynamic_filters, floor
        self.static_convolution = nn.Conv1d(1, num_static_filters, kernel_size, padding=kernel_size // 2, bias=False)
        self.static_projection = nn.Linear(num_static_filters, attention_dim, bias=False)
        self.filter_network = nn.Sequential(
            nn.Linear(query_dim, attention_dim),
            nn.Tanh(),
            nn.Linear(attention_dim, num_dynamic_filters * kernel_size, bias=False),
        )
        self.dynamic_projection = nn.Linear(num_dynamic_filters, attention_dim)
        self.score = nn.Linear(attention_dim, 1, bias=False)
        # A product with a window is a correlation, so the taps are flipped: tap k moves weight k symbols to the right.
        k = torch.arange(prior_length + 1)
        taps = log_beta_binomial(k, prior_length, prior_alpha, prior_beta).exp().flip(0)
        margin = max(kernel_size // 2, prior_length)
        padded = F.pad(taps, (margin - prior_length, margin))  # in the middle of a window, causal
        self.register_buffer("_prior_filter", padded.view(1, 1, -1), persistent=False)

    def project_keys(self, values: Tensor) -> Tensor:
        """The text is not compared: keys of width 0."""
        return values[..., :0]

    def initial_state(self, memory: Memory) -> DynamicConvolutionState:
        """All weight on the first symbol: the filters cannot find a position in uniform weights."""
        return DynamicConvolutionState(initial_weights(memory))

    def step(
        self, query: Tensor, memory: Memory, state: DynamicConvolutionState
    ) -> tuple[Tensor, Tensor, DynamicConvolutionState]:
        """One decoder step."""
        with torch.autocast(query.device.type, enabled=False):
            energies = self._energies(query.to(state.previous.dtype), state.previous)
        weights = masked_softmax(energies, memory.mask).unsqueeze(1)
        return context_of(weights, memory), weights, self.update_state(weights, state)

    def update_state(self, weights: Tensor, state: DynamicConvolutionState) -> DynamicConvolutionState:
        """Store the weights."""
        return DynamicConvolutionState(weights.squeeze(1))

    def _energies(self, query: Tensor, previous: Tensor) -> Tensor:
        """All filters and the prior are one product of the window around every symbol with every filter."""
        reach = (self._prior_filter.shape[-1] - 1) // 2
        windows = F.pad(previous, (reach, reach)).unfold(1, 2 * reach + 1, 1)  # (B, T_text, window)
        features = torch.bmm(windows, self._filters(query).mT)  # (B, T_text, filters + 1)
        weight = torch.cat((self.static_projection.weight, self.dynamic_projection.weight), 1)
        hidden = torch.tanh(F.linear(features[..., :-1], weight, self.dynamic_projection.bias))
        return self.score(hidden).squeeze(-1) + features[..., -1].clamp_min(self.floor).log()

    def _filters(self, query: Tensor) -> Tensor:
        """Static, dynamic, prior: (B, filters + 1, window)."""
        B, window = query.shape[0], self._prior_filter.shape[-1]
        dynamic = self.filter_network(query).view(B, self.num_dynamic_filters, self.kernel_size)
        static = self.static_convolution.weight.squeeze(1).expand(B, -1, -1)
        prior = self._prior_filter.to(query.dtype).expand(B, -1, -1)
        if window == self.kernel_size:
            return torch.cat((static, dynamic, prior), 1)
        margin = (window - self.kernel_size) // 2
        return torch.cat((F.pad(torch.cat((static, dynamic), 1), (margin, margin)), prior), 1)
