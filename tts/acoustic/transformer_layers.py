"""The layers of Transformer TTS (Li et al. 2019, figure 3), which normalise what they read, not what they write."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from tts.attention.base import Attention
from tts.nn.self_attention import FeedForward, SelfAttention


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each added to what it reads.

    Args:
        dim: width.
        num_heads: of the attention.
        feedforward_dim: inner width of the network.
        max_distance: see `TransformerEncoder`.
        dropout: on what is added, in training; masks for weights and hidden units would take a third of a step.
    """

    def __init__(self, dim: int, num_heads: int, feedforward_dim: int, max_distance: int | None, dropout: float):
        super().__init__()
        self.self_norm, self.feedforward_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.self_attention = SelfAttention(dim, num_heads, max_distance)
        self.feedforward = FeedForward(dim, feedforward_dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T_text, dim), mask (B, T_text) -> (B, T_text, dim)."""
        x = x + self.drop(self.self_attention(self.self_norm(x), mask))
        return x + self.drop(self.feedforward(self.feedforward_norm(x)))


class DecoderLayer(nn.Module):
    """Self-attention, attention to the text and a feed-forward network, each added to what it reads.

    Args:
        dim: width.
        memory_dim: D.
        num_heads: of the self-attention.
        feedforward_dim: inner width of the network.
        attention: makes the attention to the text; None for a layer without.
        dropout: on what is added, in training; masks for weights and hidden units would take a third of a step.
        band: see `TransformerDecoder`.
    """

    def __init__(
        self,
        dim: int,
        memory_dim: int,
        num_heads: int,
        feedforward_dim: int,
        attention: Callable[..., Attention] | None,
        dropout: float,
        band: int | None,
    ) -> None:
        super().__init__()
        self.self_norm, self.feedforward_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.self_attention = SelfAttention(dim, num_heads, band, causal=True)
        self.feedforward = FeedForward(dim, feedforward_dim)
        self.attention = None
        if attention is not None:
            self.cross_norm = nn.LayerNorm(dim)
            self.attention = attention(query_dim=dim, memory_dim=memory_dim)
            self.context = nn.Linear(memory_dim, dim)  # of several heads, the output projection
        self.drop = nn.Dropout(dropout)
