"""Convolution, batch normalization, activation, dropout: over real positions only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MaskedBatchNorm(nn.BatchNorm1d):
    """Batch normalization with statistics of real positions only, so padding never changes a result."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    def forward(self, x: Tensor, real: Positions | None = None) -> Tensor:
        """(B, C, T) -> (B, C, T), zero at padding. Without ``real`` every position is real."""
        if real is None:
            return super().forward(x)
        if not self.training:
            return super().forward(x).masked_fill(real.padding, 0.0)
        given = x, self.weight, self.bias, *real[:3], self.eps
        if torch.compiler.is_compiling():  # it fuses kernels itself, and would lose the gradient of `_Normalize`
            normalized, mean, variance = _statistics_and_result(*given)[:3]
        else:
            normalized, mean, variance = _Normalize.apply(*given)
        self._track(mean, variance * real.unbiased)
        return normalized

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor) -> None:
        torch._foreach_lerp_([self.running_mean, self.running_var], [mean, variance], self.momentum)
        self.num_batches_tracked += 1


class Positions(NamedTuple):
    """Data about the real positions of a batch for all normalizations of a stack, computed once."""

    padding: Tensor  # (B, 1, T) bool
    total: Tensor  # () real positions
    negative: Tensor  # () -total
    unbiased: Tensor  # () total / (total - 1)

    @classmethod
    def of(cls, mask: Tensor) -> Positions:
        """The positions of a mask (B, T)."""
        total = mask.sum()
        return cls(~mask.unsqueeze(1), total, -total, total / (total - 1).clamp_min(1))


class _Normalize(torch.autograd.Function):
    """Normalization and its gradient with half as many kernel launches as autograd, which limit the speed on a GPU.

    ::

        mean = sum x / n;   variance = sum x^2 / n - mean^2;   s = (variance + eps)^-1/2;   y = w s (x - mean) + b
        dL/db = sum g;      dL/dw = s (sum g x - mean sum g)
        dL/dx = w s (g - dL/db / n - s (x - mean) dL/dw / n)
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        padding: Tensor,
        count: Tensor,
        negative: Tensor,
        eps: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        result, mean, variance, *saved = _statistics_and_result(x, weight, bias, padding, count, negative, eps)
        ctx.save_for_backward(*saved)
        ctx.mark_non_differentiable(mean, variance)
        ctx.set_materialize_grads(False)
        return result, mean, variance

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Any) -> tuple[Tensor | None, ...]:
        x, padding, negative, mean, inverse, scale, factor = ctx.saved_tensors
        gradient = gradient.masked_fill(padding, 0.0)
        product = gradient * (x.to(scale.dtype) if x.dtype == torch.float16 else x)
        of_bias = gradient.sum((0, 2), dtype=scale.dtype)
        of_weight = torch.addcmul(product.sum((0, 2), dtype=scale.dtype), mean, of_bias, value=-1).mul_(inverse)
        share = scale / negative
        slope = (share * inverse).mul_(of_weight)
        constant = torch.addcmul(share * of_bias, slope, mean, value=-1)
        of_x = torch.addcmul(constant.to(x.dtype)[:, None], x, slope.to(x.dtype)[:, None])
        of_x = torch.addcmul(of_x, gradient, factor).masked_fill_(padding, 0.0)
        return of_x, of_weight, of_bias, None, None, None, None


def _statistics_and_result(
    x: Tensor, weight: Tensor, bias: Tensor, padding: Tensor, count: Tensor, negative: Tensor, eps: float
) -> tuple[Tensor, ...]:
    """The normalized ``x``, mean, variance, and what the backward pass of `_Normalize` needs."""
    x = x.masked_fill(padding, 0.0)
    dtype = torch.promote_types(x.dtype, torch.float32)
    square = x.to(dtype).square() if x.dtype == torch.float16 else x * x  # the largest float16 is 65,504
    mean = x.sum((0, 2), dtype=dtype) / count
    variance = torch.addcmul(square.sum((0, 2), dtype=dtype) / count, mean, mean, value=-1).clamp_min_(0.0)
    inverse = (variance + eps).rsqrt_()
    scale = weight * inverse
    shift = torch.addcmul(bias, mean, scale, value=-1)
    factor = scale.to(x.dtype)[:, None]
    result = torch.addcmul(shift.to(x.dtype)[:, None], x, factor).masked_fill_(padding, 0.0)
    return result, mean, variance, x, padding, negative, mean, inverse, scale, factor


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

    def forward(self, x: Tensor, real: Positions) -> Tensor:
        """(B, C_in, T) zero at padding -> (B, C_out, T) zero at padding."""
        x = self.normalisation(self.convolution(x), real)
        if self.activation is not None:  # both activations in use, ReLU and tanh, keep zero at zero
            x = self.activation(x)
        return F.dropout(x, self.dropout, self.training)
