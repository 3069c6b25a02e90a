"""Convolution, batch normalisation, activation, dropout: over real positions only."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F


class MaskedBatchNorm(nn.BatchNorm1d):
    """Batch normalisation whose statistics see real positions only, so padding never changes a result."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, C, T), mask (B, T) -> (B, C, T), zero at padding."""
        if not self.training:
            return super().forward(x).masked_fill(~mask.unsqueeze(1), 0.0)
        rows = x.transpose(1, 2)
        normalised = super().forward(rows[mask])  # (positions, C)
        return rows.new_zeros(rows.shape, dtype=normalised.dtype).masked_scatter(mask.unsqueeze(-1), normalised).mT


class ConvolutionBlock(nn.Module):
    """Same-length convolution, masked batch normalisation, activation, dropout.

    Args:
        in_channels: C_in.
        out_channels: C_out.
        kernel_size: odd width in positions.
        activation: applied after the normalisation, or None.
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
