"""Symbols to memory: the convolution and BiLSTM encoder of Tacotron 2 (Shen et al. 2018, section 2.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.nn.convolution import ConvolutionBlock, Positions
from tts.nn.masks import lengths_to_mask
from tts.nn.recurrent import BidirectionalLSTM


class ConvolutionLSTMEncoder(nn.Module):
    """Embedding, convolutions, bidirectional LSTM.

    Args:
        num_symbols: size of the symbol table.
        memory_dim: D, width of the output and of all layers.
        kernel_size: odd width of the convolutions in symbols.
        num_convolutions: number of convolutions.
        dropout: probability after every convolution, in training.
    """

    def __init__(
        self,
        num_symbols: int,
        memory_dim: int,
        kernel_size: int,
        num_convolutions: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.memory_dim = memory_dim
        self.embedding = nn.Embedding(num_symbols, memory_dim)
        nn.init.normal_(self.embedding.weight, std=(2.0 / (num_symbols + memory_dim)) ** 0.5)
        self.convolutions = nn.ModuleList(
            ConvolutionBlock(memory_dim, memory_dim, kernel_size, torch.relu, dropout) for _ in range(num_convolutions)
        )
        self.recurrent = BidirectionalLSTM(memory_dim, memory_dim // 2)

    def forward(self, tokens: Tensor, token_lengths: Tensor) -> Tensor:
        """(B, T_text) int64, (B,) -> memory (B, T_text, D), zero at padding."""
        mask = lengths_to_mask(token_lengths, tokens.shape[1])
        x = self.embedding(tokens).masked_fill(~mask.unsqueeze(-1), 0.0).mT  # (B, D, T_text)
        real = Positions.of(mask)
        for convolution in self.convolutions:
            x = convolution(x, real)
        return self.recurrent(x.mT, token_lengths)
