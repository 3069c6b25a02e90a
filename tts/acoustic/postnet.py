"""The residual convolutions that refine a decoder's mel (Shen et al. 2018, section 2.2).

Difference from the paper: no dropout after the last layer, where it would add noise to the mel itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.nn.convolution import ConvolutionBlock, Positions


class Postnet(nn.Module):
    """Convolutions over time whose output is added to the coarse mel.

    Args:
        n_mels: M.
        hidden_dim: channels of the inner layers.
        kernel_size: odd width in frames.
        num_layers: number of convolutions, at least 2.
        dropout: probability after every layer but the last, in training.
    """

    def __init__(self, n_mels: int, hidden_dim: int, kernel_size: int, num_layers: int, dropout: float) -> None:
        super().__init__()
        widths = [n_mels] + [hidden_dim] * (num_layers - 1) + [n_mels]
        activations = [torch.tanh] * (num_layers - 1) + [None]
        self.blocks = nn.ModuleList(
            ConvolutionBlock(a, b, kernel_size, activation, dropout if activation else 0.0)
            for a, b, activation in zip(widths, widths[1:], activations)
        )

    def forward(self, mel_before: Tensor, mask: Tensor) -> Tensor:
        """(B, M, T_mel) zero at padding, mask (B, T_mel) -> the mel, same shape, zero at padding."""
        residual, real = mel_before, Positions.of(mask)
        for block in self.blocks:
            residual = block(residual, real)
        return mel_before + residual
