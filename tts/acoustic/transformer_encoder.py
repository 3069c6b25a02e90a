"""Symbols to memory by self-attention: the encoder of Transformer TTS (Li et al. 2019, sections 3.2 and 3.4).

Differences from the paper: layers normalize their input instead of their output (pre-norm), so training needs no long
warm-up; and with ``max_distance`` positions are relative, so that the length of the text does not matter.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from tts.acoustic.transformer_layers import EncoderLayer
from tts.nn.convolution import ConvolutionBlock, Positions
from tts.nn.masks import lengths_to_mask
from tts.nn.position import ScaledPositionalEncoding


class TransformerEncoder(nn.Module):
    """Embedding, convolutions, projection, self-attention layers.

    Args:
        num_symbols: size of the symbol table.
        memory_dim: D, width of all layers.
        num_layers: self-attention layers.
        num_heads: of each.
        feedforward_dim: inner width of each.
        max_distance: largest distance in symbols that the relative bias distinguishes; None adds sinusoids instead.
        kernel_size: odd width of the convolutions in symbols.
        num_convolutions: number of convolutions before the layers.
        convolution_dropout: after every convolution, in training.
        dropout: after embedding and sub-layers, in training.
    """

    def __init__(
        self,
        num_symbols: int,
        memory_dim: int,
        num_layers: int,
        num_heads: int,
        feedforward_dim: int,
        max_distance: int | None,
        kernel_size: int,
        num_convolutions: int,
        convolution_dropout: float,
        dropout: float,
    ) -> None:
        super().__init__()
        self.memory_dim, self.dropout = memory_dim, dropout
        self.embedding = nn.Embedding(num_symbols, memory_dim)
        nn.init.normal_(self.embedding.weight, std=(2.0 / (num_symbols + memory_dim)) ** 0.5)
        self.convolutions = nn.ModuleList(
            ConvolutionBlock(memory_dim, memory_dim, kernel_size, F.relu, convolution_dropout)
            for _ in range(num_convolutions)
        )
        # Outputs of ReLU are never negative and sinusoids are centered on zero; the projection centers the former.
        self.projection = nn.Linear(memory_dim, memory_dim)
        self.position = ScaledPositionalEncoding(memory_dim) if max_distance is None else nn.Identity()
        self.layers = nn.ModuleList(
            EncoderLayer(memory_dim, num_heads, feedforward_dim, max_distance, dropout) for _ in range(num_layers)
        )
        self.normalisation = nn.LayerNorm(memory_dim)

    def forward(self, tokens: Tensor, token_lengths: Tensor) -> Tensor:
        """(B, T_text) int64, (B,) -> memory (B, T_text, D), zero at padding."""
        mask = lengths_to_mask(token_lengths, tokens.shape[1])
        padding = ~mask.unsqueeze(-1)
        x = self.embedding(tokens).masked_fill(padding, 0.0).mT  # (B, D, T_text)
        real = Positions.of(mask)
        for convolution in self.convolutions:
            x = convolution(x, real)
        x = F.dropout(self.position(self.projection(x.mT)), self.dropout, self.training)
        for layer in self.layers:
            x = layer(x, mask)
        return self.normalisation(x).masked_fill(padding, 0.0)
