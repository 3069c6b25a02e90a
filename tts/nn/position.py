r"""Encodings of positions: an absolute code, or a bias that depends only on distances.

Absolute, with a trainable scale (Li et al. 2019, "Neural Speech Synthesis with Transformer Network", eq. 1-3):

.. math:: x_i + a\,\mathrm{PE}(i), \qquad \mathrm{PE}(i, 2k) = \sin(i / 10000^{2k/D}), \quad
          \mathrm{PE}(i, 2k+1) = \cos(i / 10000^{2k/D})

Relative, with buckets that are interpolated so that positions need not be whole numbers (Battenberg et al. 2024, "Very
Attentive Tacotron", section 3.1, after T5): for a distance ``d`` = key - query, with ``s`` buckets a side, ``m = s/2``,

.. math:: v = |d| \;(|d| < m), \qquad \min\bigl(m + \tfrac{\ln(|d|/m)}{\ln(D/m)} (s - 1 - m),\; s - 1\bigr)

and the bias is the table's value at bucket ``s + v`` ahead and ``s - v`` behind (causal: ``v``), minus ``penalty`` for
every position beyond ``D``.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class ScaledPositionalEncoding(nn.Module):
    """Adds sines and cosines of the position, times a learned scale.

    Args:
        dim: width of the input, even.
    """

    rates: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        rates = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
        self.register_buffer("rates", rates, persistent=False)

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """(B, T, dim), whose first position is number ``start`` -> the same shape."""
        positions = torch.arange(start, start + x.shape[1], device=x.device)
        angles = positions.unsqueeze(1) * self.rates  # (T, dim / 2)
        code = torch.stack((angles.sin(), angles.cos()), -1).flatten(1)
        return x + (self.scale * code).to(x.dtype)


class RelativePositionBias(nn.Module):
    """A learned bias on attention energies for every distance and head, without a limit of length.

    Args:
        num_heads: H.
        max_distance: D, beyond which distances differ only by the penalty; more than a quarter (causal: half)
            of ``num_buckets``.
        causal: keys are never after the query, so all buckets look back.
        num_buckets: rows of the table.
        penalty: subtracted for every position beyond ``max_distance``.
        width: standard deviation, in buckets, of the bell curve that initializes the table; None initializes it near
            zero.
    """

    def __init__(
        self,
        num_heads: int,
        max_distance: int,
        causal: bool = False,
        num_buckets: int = 32,
        penalty: float = 1.0,
        width: float | None = None,
    ) -> None:
        super().__init__()
        self.side = num_buckets if causal else num_buckets // 2
        if max_distance <= self.side // 2:
            raise ValueError(f"max_distance is {max_distance}: use more than {self.side // 2}, or fewer buckets")
        self.max_distance, self.causal, self.penalty = max_distance, causal, penalty
        self.table = nn.Parameter(torch.randn(num_buckets, num_heads) * 0.02)
        if width is not None:
            center = 0 if causal else self.side
            bell = -0.5 * ((torch.arange(num_buckets) - center) / width).square()
            self.table = nn.Parameter((bell - bell.logsumexp(0)).unsqueeze(1).repeat(1, num_heads))

    def forward(self, distances: Tensor) -> Tensor:
        """Distances (...), key minus query, in positions, whole or not -> bias (..., H), at least float32."""
        table = self.table.to(torch.promote_types(self.table.dtype, torch.float32))
        d = distances.to(table.dtype)
        place = self.buckets(d)
        low = place.floor().clamp(0, len(table) - 2)
        index = low.long().flatten()  # `index_select` has a faster gradient than an index of several axes
        below, above = table.index_select(0, index), table.index_select(0, index + 1)
        bias = torch.lerp(below, above, (place - low).flatten().unsqueeze(1)).view(*place.shape, -1)
        beyond = ((-d if self.causal else d.abs()) - self.max_distance).clamp_min(0.0)
        return bias - self.penalty * beyond.unsqueeze(-1)

    def buckets(self, distances: Tensor) -> Tensor:
        """The position of each distance in the table, not rounded."""
        s, m = self.side, self.side // 2
        n = (-distances).clamp_min(0.0) if self.causal else distances.abs()
        far = m + torch.log(n.clamp_min(m) / m) / math.log(self.max_distance / m) * (s - 1 - m)
        value = torch.where(n < m, n, far.clamp_max(s - 1))
        return value if self.causal else s + torch.where(distances > 0, value, -value)
