r"""Rotary positions for cross-attention (Su et al. 2021, "RoFormer", eq. 12-16; for text and speech Peng et al. 2025,
"VoiceStar", and "Length-Aware Rotary Position Embedding for Text-Speech Alignment", 2025).

Pair ``k`` of a head's ``d`` features is rotated by the angle of its position:

.. math:: x'_k = x_k \cos\theta_k - x_{k+d/2} \sin\theta_k, \qquad
          x'_{k+d/2} = x_k \sin\theta_k + x_{k+d/2} \cos\theta_k, \qquad \theta_k = p\, b^{-2k/d}

The product of a query at position ``p`` and a key at position ``q`` then depends on ``p - q`` alone. In cross-attention
both sides need a common scale, so a position is a real number and not an index: the progress through the text or the
speech times a scale (`progress_positions`).
"""

from __future__ import annotations

import torch
from torch import Tensor


def rotary_frequencies(dim: int, base: float = 10000.0) -> Tensor:
    """Radians per position of every pair of features, highest first.

    Args:
        dim: d, features of a head, even.
        base: b, ratio of the highest to (almost) the lowest frequency.

    Returns:
        (d / 2,) float32.

    Raises:
        ValueError: ``dim`` is odd or smaller than 2.
    """
    if dim < 2 or dim % 2:
        raise ValueError(f"a head has {dim} features; rotary positions need an even number: change num_heads")
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float32) / dim)


def rotary_angles(positions: Tensor, frequencies: Tensor) -> Tensor:
    """Angles of real-valued ``positions`` (B, T) at ``frequencies`` (d / 2,): (B, T, d / 2), at least float32."""
    dtype = torch.promote_types(positions.dtype, torch.float32)
    return positions.to(dtype).unsqueeze(-1) * frequencies.to(positions.device, dtype)


def progress_positions(length: int, totals: Tensor, scale: Tensor | float, start: int = 0) -> Tensor:
    """Positions ``scale * i / total`` of ``length`` items from number ``start`` on.

    Args:
        length: T.
        totals: (B,), items of the whole sequence without padding; at least 1 is assumed.
        scale: (B,) or one number for all: length of the whole sequence in positions.
        start: number of the first item; a single step of generation starts at its own number.

    Returns:
        (B, T) float32 (float64 if an argument is).
    """
    dtype = torch.promote_types(totals.dtype, torch.float32)
    if isinstance(scale, Tensor):
        dtype = torch.promote_types(scale.dtype, dtype)
    index = torch.arange(start, start + length, device=totals.device, dtype=dtype)
    rate = scale / totals.clamp_min(1).to(dtype)  # (B,)
    return rate.unsqueeze(-1) * index


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Rotate every pair of features of ``x`` by its angle.

    Args:
        x: (B, H, T, d) queries or keys.
        angles: (B, T, d / 2), for all heads, or (B, 1, T, d / 2) or (B, H, T, d / 2).

    Returns:
        (B, H, T, d) in the dtype of ``x``; computed in the dtype of ``angles`` if that is wider.
    """
    if angles.dim() == 3:
        angles = angles.unsqueeze(1)
    cosines, sines = angles.cos(), angles.sin()
    first, second = x.to(torch.promote_types(x.dtype, angles.dtype)).chunk(2, -1)  # (B, H, T, d / 2) each
    turned = torch.cat((first * cosines - second * sines, first * sines + second * cosines), -1)
    return turned.to(x.dtype)
