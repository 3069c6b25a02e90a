"""Convolution, batch normalization, activation, dropout: over real positions only."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MaskedBatchNorm(nn.BatchNorm1d):
    """Batch normalization whose statistics see real positions only, so padding never changes a result."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, C, T), mask (B, T) -> (B, C, T), zero at padding. Without a mask every position is real."""
        if mask is None:
            return super().forward(x)
        padding = ~mask.unsqueeze(1)
        if not self.training:
            return super().forward(x).masked_fill(padding, 0.0)
        x = x.masked_fill(padding, 0.0)
        dtype = torch.promote_types(x.dtype, torch.float32)
        count = mask.sum()
        mean = x.sum((0, 2), dtype=dtype) / count
        square = x.to(dtype).square() if x.dtype == torch.float16 else x * x  # float16 ends at 65,504
        variance = (square.sum((0, 2), dtype=dtype) / count - mean * mean).clamp_min(0.0)
        self._track(mean.detach(), variance.detach(), count)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        shift = self.bias - mean * scale
        return torch.addcmul(shift.to(x.dtype)[:, None], x, scale.to(x.dtype)[:, None]).masked_fill(padding, 0.0)

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / (count - 1).clamp_min(1), self.momentum)
        self.num_batches_tracked += 1


class ConvolutionBlock(nn.Module):
    """Same-length convolution, masked batch normalization, activation, dropout.

    Args:
        in_channels: C_in.
        out_channels: C_out.
        kernel_size: odd width in positions.
        activation: applied after the normalization, or None.
        dropout: probability.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        activation: Callable[[Tensor], Tensor] | None,
        dropout: float,
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(in_channels, out_channels, kernel_size, padding=kernel_size // 2)
        self.normalisation = MaskedBatchNorm(out_channels)
        self.activation, self.dropout = activation, dropout

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, C_in, T) zero at padding, mask (B, T) -> (B, C_out, T) zero at padding."""
        x = self.normalisation(self.convolution(x), mask)
        if self.activation is not None:  # both activations in use, ReLU and tanh, keep zero at zero
            x = self.activation(x)
        return F.dropout(x, self.dropout, self.training)
