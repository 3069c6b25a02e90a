r"""Gaussian mixture attention (Graves 2013, "Generating Sequences With Recurrent Neural Networks", eq. 46-51; versions
0 to 2 in Battenberg et al. 2020, "Location-Relative Attention Mechanisms for Robust Long-Form Speech Synthesis").

.. math:: (\hat w, \hat\Delta, \hat\sigma)_{t,k} = V \tanh(W q_t + b), \qquad \mu_{t,k} = \mu_{t-1,k} + \Delta_{t,k}
.. math:: \alpha_{t,j} = \sum_k \frac{w_k}{Z_k} \exp\left(-\frac{(j - \mu_k)^2}{2\sigma_k^2}\right)

=======  =============================  ==========================  ===============================  ================
version  ``w``                          ``Delta``                   ``sigma``                        ``Z``
=======  =============================  ==========================  ===============================  ================
0        ``exp(w^)``                    ``exp(D^)``                 ``sqrt(exp(-s^) / 2)``           1
1        ``softmax(w^)``                ``exp(D^)``                 ``sqrt(exp(s^))``                ``sqrt(2 pi) s``
2        ``softmax(w^)``                ``softplus(D^)``            ``softplus(s^)``                 ``sqrt(2 pi) s``
=======  =============================  ==========================  ===============================  ================

``W b V`` are ``network``, ``mu`` is ``positions``. The suffix "b" of the paper corresponds to ``step`` and ``width``:
biases that set the mean step and the width, in symbols, at the start of training.

Differences from the paper, all optional:

- ``discretize`` gives each symbol the probability of its cell, half a symbol to either side, under a normal or logistic
  distribution, instead of the density at its center; the sum of these densities can be far from one if ``sigma`` is
  small.
- ``normalize="component"`` lets the cells at both ends of the text reach to infinity (or, for densities, takes the
  softmax of their logarithms), so that every component sums to one: a position beyond the end attends to the last
  symbol instead of to nothing. ``normalize="row"`` does the same for the mixture as a whole.
- ``max_step`` bounds the step of version 2: softplus(x) - softplus(x - max_step).
- ``shared_position`` moves every component from the mean position of the last step, ``m``, not from its own, so that
  components cannot drift apart in long texts: ``mu_{t,k} = m_{t-1} + Delta_{t,k}`` and ``m_t = sum_k w_k mu_{t,k}``.
- ``sigma`` is at least ``min_width``; exponents are at most 4.

The text itself is never compared, and with one component the attention cannot move back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import Attention, chunk_steps, context_of, mean_position, state_dtype
from tts.core.errors import check_choice
from tts.core.interfaces import Memory
from tts.nn.softplus import inverse_softplus

MAX_EXPONENT = 4.0


class MixtureState(NamedTuple):
    """Where the components of the next step start."""

    positions: Tensor  # (B, K), symbols


class GaussianMixture(Attention):
    """A mixture of bell curves that move over the text.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: width of the network's hidden layer.
        num_components: K.
        version: 0, 1 or 2.
        step: symbols per decoder step at the start of training; None initializes it at random. Best is the mean of the
            data.
        width: sigma at the start of training, symbols; None initializes it at random.
        start: position of the components before the first step; minus ``step`` makes them start on the first symbol.
        discretize: None, "normal" or "logistic".
        normalize: None, "row" or "component".
        max_step: symbols per decoder step, version 2 only.
        shared_position: whether all components start from the mean position of the last step; versions 1 and 2 only.
        min_width: least sigma, symbols.
    """

    parallel: ClassVar[bool] = True

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int,
        num_components: int,
        version: Literal[0, 1, 2],
        step: float | None,
        width: float | None,
        start: float,
        discretize: Literal["normal", "logistic"] | None,
        normalize: Literal["row", "component"] | None,
        max_step: float | None,
        shared_position: bool,
        min_width: float,
    ) -> None:
        super().__init__(query_dim, memory_dim)
        _check(version, discretize, normalize, max_step, shared_position)
        self.num_components, self.version, self.start = num_components, version, start
        self.discretize, self.normalize, self.max_step, self.min_width = discretize, normalize, max_step, min_width
        self.shared_position = shared_position
        self.rows_sum_to_one = normalize is not None
        # A narrow density, taken at every symbol, can sum to more than one, and version 0 is not a density.
        self.rows_at_most_one = normalize is not None or (discretize is not None and version != 0)
        self.drifts = version != 0  # did not help version 0, whose rows may have any sum
        self.network = nn.Sequential(
            nn.Linear(query_dim, attention_dim), nn.Tanh(), nn.Linear(attention_dim, 3 * num_components)
        )
        self._initialize(step, width)

    def project_keys(self, values: Tensor) -> Tensor:
        """The text is not compared: keys of width 0."""
        return values[..., :0]

    def initial_state(self, memory: Memory) -> MixtureState:
        """All components at ``start``."""
        shape = memory.mask.shape[0], self.num_components
        return MixtureState(memory.values.new_full(shape, self.start, dtype=state_dtype(memory)))

    def step(self, query: Tensor, memory: Memory, state: MixtureState) -> tuple[Tensor, Tensor, MixtureState]:
        """One decoder step."""
        with torch.autocast(query.device.type, enabled=False):
            mixture, steps, widths = self.mixture_parameters(query.to(state.positions.dtype).unsqueeze(1))
            positions = state.positions + steps.squeeze(1)
            weights = self.weights(mixture, positions.unsqueeze(1), widths, memory.mask)  # (B, 1, T_text)
            if self.shared_position:
                positions = (mixture.squeeze(1) * positions).sum(1, keepdim=True).expand_as(positions)
        return context_of(weights, memory), weights, MixtureState(positions)

    def update_state(self, weights: Tensor, state: MixtureState) -> MixtureState:
        """Set all components to the mean position of ``weights``."""
        return MixtureState(mean_position(weights).unsqueeze(1).expand_as(state.positions))

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps at once: positions are running sums."""
        start = self.initial_state(memory).positions.unsqueeze(1)

        def place(mixture: Tensor, steps: Tensor) -> Tensor:
            if not self.shared_position:
                return start + steps.cumsum(1)
            mean = (mixture * steps).sum(2, keepdim=True)
            return start + (mean.cumsum(1) - mean) + steps

        return self._sequence(queries, memory, place)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """Each step starts from the previous symbol of the path; all steps are computed at once."""
        start = self.initial_state(memory).positions.unsqueeze(1)
        before = path[:, :-1, None].to(start.dtype).expand(-1, -1, self.num_components)
        return self._sequence(queries, memory, lambda _, steps: torch.cat((start, before), 1) + steps)[1]

    def rescale_time(self, ratio: float) -> None:
        """Longer steps move further: scale the mean step."""
        with torch.no_grad():
            bias = self._output.bias[self.num_components : 2 * self.num_components]
            bias += math.log(ratio) if self.version < 2 else inverse_softplus(ratio * F.softplus(bias)) - bias

    def mixture_parameters(self, queries: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, D_q) -> mixture weights over Z, steps and widths, (B, T, K) each."""
        mixture, steps, widths = self.network(queries).chunk(3, -1)
        if self.version == 2:
            bound = 0.0 if self.max_step is None else F.softplus(steps - self.max_step)
            return mixture.softmax(-1), F.softplus(steps) - bound, F.softplus(widths).clamp_min(self.min_width)
        steps = steps.clamp_max(MAX_EXPONENT).exp()
        if self.version == 1:
            return mixture.softmax(-1), steps, (widths / 2).exp().clamp_min(self.min_width)
        widths = (-widths / 2).exp() / math.sqrt(2)
        return mixture.clamp_max(MAX_EXPONENT).exp(), steps, widths.clamp_min(self.min_width)

    def weights(self, mixture: Tensor, positions: Tensor, widths: Tensor, mask: Tensor) -> Tensor:
        """Mixture, positions and widths (B, T, K) over mask (B, T_text) -> weights (B, T, T_text)."""
        mixture, positions, widths = (x.unsqueeze(-1) for x in (mixture, positions, widths))
        if self.discretize is not None:
            cells = self._cells(positions, widths, mask)
            return (mixture * cells).sum(2)
        index = torch.arange(mask.shape[1], device=mask.device, dtype=positions.dtype)
        exponents = -0.5 * ((index - positions) / widths).square()  # (B, T, K, T_text)
        mask = mask[:, None, None]
        if self.normalize == "component":
            return (mixture * torch.softmax(exponents.masked_fill(~mask, float("-inf")), -1)).sum(2)
        scales = mixture if self.version == 0 else mixture / (widths * math.sqrt(2 * math.pi))
        if self.normalize == "row":
            rows = torch.logsumexp(scales.log() + exponents, 2)
            return torch.softmax(rows.masked_fill(~mask[:, 0], float("-inf")), -1)
        return (scales * exponents.exp()).sum(2).masked_fill(~mask[:, 0], 0.0)

    def _cells(self, positions: Tensor, widths: Tensor, mask: Tensor) -> Tensor:
        """Probability of each symbol's cell under each component, (B, T, K, T_text), zero at padding."""
        T_text = mask.shape[1]
        edges = torch.arange(T_text + 1, device=mask.device, dtype=positions.dtype) - 0.5
        scaled = (edges - positions) / widths
        below = torch.special.ndtr(scaled) if self.discretize == "normal" else torch.sigmoid(scaled)
        if self.normalize is None:
            return below.diff(dim=-1).masked_fill(~mask[:, None, None], 0.0)
        inner = F.pad(mask[:, 1:], (0, 1), value=False)[:, None, None]  # of the edges right of each symbol
        below = below[..., 1:].masked_fill(~inner, 1.0)  # the last cell reaches to infinity, as does the first
        return F.pad(below, (1, 0)).diff(dim=-1)

    def _sequence(
        self, queries: Tensor, memory: Memory, place: Callable[[Tensor, Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        with torch.autocast(queries.device.type, enabled=False):
            mixture, steps, widths = self.mixture_parameters(queries.to(state_dtype(memory)))
            positions = place(mixture, steps)
            B, T_text = memory.mask.shape
            chunk = chunk_steps(B * T_text * self.num_components, queries.device)
            parts = zip(*(x.split(chunk, 1) for x in (mixture, positions, widths)))
            alignments = torch.cat([self.weights(w, mu, sigma, memory.mask) for w, mu, sigma in parts], 1)
        return torch.bmm(alignments.to(memory.values.dtype), memory.values), alignments.unsqueeze(1)

    @property
    def _output(self) -> nn.Linear:
        return cast(nn.Linear, self.network[2])

    def _initialize(self, step: float | None, width: float | None) -> None:
        last, K = self._output, self.num_components
        nn.init.zeros_(last.bias)
        if step is not None or width is not None:  # small weights, so that the biases determine the output
            nn.init.normal_(last.weight, std=0.05)
        with torch.no_grad():
            if step is not None:
                last.bias[K : 2 * K] = math.log(step) if self.version < 2 else inverse_softplus(step)
            if width is not None:
                logs = {0: -math.log(2 * width**2), 1: 2 * math.log(width)}
                last.bias[2 * K :] = logs.get(self.version, inverse_softplus(width))


def _check(
    version: int, discretize: str | None, normalize: str | None, max_step: float | None, shared_position: bool
) -> None:
    check_choice("version", version, 0, 1, 2)
    check_choice("discretize", discretize, "normal", "logistic", None)
    check_choice("normalize", normalize, "row", "component", None)
    if normalize is not None and (version == 0 or (normalize == "row" and discretize is not None)):
        raise ValueError("normalize needs version 1 or 2; with discretize use normalize=component")
    if max_step is not None and version != 2:
        raise ValueError("max_step bounds the softplus of version 2; use that version, or leave it null")
    if shared_position and version == 0:
        raise ValueError("shared_position needs weights that sum to one: use version 1 or 2")
