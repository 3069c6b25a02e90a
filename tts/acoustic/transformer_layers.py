"""The layers of Transformer TTS (Li et al. 2019, figure 3), with pre-normalization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tts.attention.base import Attention, ConstrainedAttention, Constraint, State, choose, mean_position
from tts.core.interfaces import Memory
from tts.nn.self_attention import FeedForward, KVCache, SelfAttention

MAX_DRIFT = 1.0  # symbols between a layer and the median of all layers


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each added to its input.

    Args:
        dim: width.
        num_heads: of the attention.
        feedforward_dim: inner width of the network.
        max_distance: see `TransformerEncoder`.
        dropout: on what is added, in training; other masks, on weights and hidden units, would take a third of a step.
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


class CrossAttentionState(NamedTuple):
    """The cross-attention of a layer in generation."""

    attention: Attention | ConstrainedAttention
    memory: Memory
    state: State

    @property
    def drifts(self) -> bool:
        """Whether `follow_median` may move it. A constraint already limits where an attention goes."""
        return isinstance(self.attention, Attention) and self.attention.drifts

    def moved(self, weights: Tensor, which: Tensor) -> CrossAttentionState:
        """The utterances of ``which`` (B,) moved to ``weights`` (B, 1, T_text), if the attention drifts."""
        if not isinstance(self.attention, Attention) or not self.drifts:
            return self
        updated = self.attention.update_state(weights, self.state)
        return self._replace(state=type(updated)(*(choose(which, a, b) for a, b in zip(updated, self.state))))


class DecoderLayer(nn.Module):
    """Self-attention, attention to the text and a feed-forward network, each added to its input.

    Args:
        dim: width.
        memory_dim: D.
        num_heads: of the self-attention.
        feedforward_dim: inner width of the network.
        attention: makes the attention to the text; None for a layer without it.
        dropout: on what is added, in training; other masks, on weights and hidden units, would take a third of a step.
        attention_window: see `TransformerDecoder`.
    """

    def __init__(
        self,
        dim: int,
        memory_dim: int,
        num_heads: int,
        feedforward_dim: int,
        attention: Callable[..., Attention] | None,
        dropout: float,
        attention_window: int | None,
    ) -> None:
        super().__init__()
        self.self_norm, self.feedforward_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.self_attention = SelfAttention(dim, num_heads, attention_window, causal=True)
        self.feedforward = FeedForward(dim, feedforward_dim)
        self.attention = None
        if attention is not None:
            self.cross_norm = nn.LayerNorm(dim)
            self.attention = attention(query_dim=dim, memory_dim=memory_dim)
            self.context = nn.Linear(memory_dim, dim)  # with several heads, this is the output projection
        self.drop = nn.Dropout(dropout)
        self.heads: list[int] = []  # alignment heads of the attention, from 0

    @property
    def supports_constraints(self) -> bool:
        """Whether the layer accepts constraints; False if its attention is monotonic by itself."""
        return bool(self.heads) and self.attention is not None and not self.attention.is_monotonic

    def forward(self, x: Tensor, attend: Callable[..., tuple[Tensor, Tensor | None]]) -> tuple[Tensor, Tensor | None]:
        """(B, T_dec, dim) -> the same shape, and what ``attend`` (layer, queries) returns beside the contexts."""
        x = x + self.drop(self.self_attention(self.self_norm(x)))
        weights = None
        if self.attention is not None:
            contexts, weights = attend(self, self.cross_norm(x))
            x = x + self.drop(self.context(contexts.to(x.dtype)))
        return x + self.drop(self.feedforward(self.feedforward_norm(x))), weights

    def reader(self, memory: Tensor, token_mask: Tensor, rules: Sequence[Constraint]) -> CrossAttentionState | None:
        """The cross-attention state before the first `step`; None without an attention."""
        if self.attention is None:
            return None
        ruled = (
            ConstrainedAttention(self.attention, rules, self.heads)
            if rules and self.supports_constraints
            else self.attention
        )
        prepared = self.attention.prepare(memory, token_mask)
        return CrossAttentionState(ruled, prepared, ruled.initial_state(prepared))

    def step(
        self, x: Tensor, cache: KVCache, reader: CrossAttentionState | None, positions: Tensor | None
    ) -> tuple[Tensor, Tensor | None, CrossAttentionState | None]:
        """The next step (B, dim): the same shape, weights (B, H, T_text), and the next state of the attention.

        ``positions`` (B, 1) in the text are those of the decoder's alignment layer, if it has one.
        """
        x = x + self.self_attention.step(self.self_norm(x), cache)
        weights = None
        if reader is not None:
            memory = reader.memory._replace(positions=positions)
            context, weights, state = reader.attention.step(self.cross_norm(x), memory, reader.state)
            x = x + self.context(context)
            reader = reader._replace(state=state)
        return x + self.feedforward(self.feedforward_norm(x)), weights, reader


def follow_median(readers: Sequence[CrossAttentionState], weights: Sequence[Tensor]) -> list[CrossAttentionState]:
    """Move attentions that drift to the layer in the median position, if they are more than `MAX_DRIFT` from it.

    The steps of such an attention add up without correction, in each layer for itself. Errors of single layers do not
    change the median, but a layer that has lost the others reads another part of the text.

    Args:
        readers: the attentions after a step.
        weights: of that step, (B, H, T_text) each.
    """
    positions = torch.stack([mean_position(one) for one in weights], 1)  # (B, layers)
    median, layer = positions.median(1)
    rows = torch.stack([one.mean(1, keepdim=True) for one in weights])  # (layers, B, 1, T_text)
    row = rows[layer, torch.arange(len(layer), device=layer.device)]
    far = (positions - median.unsqueeze(1)).abs() > MAX_DRIFT
    return [reader.moved(row, far[:, n]) for n, reader in enumerate(readers)]


def set_alignment_heads(layers: Sequence[DecoderLayer], pairs: Sequence[Sequence[int]] | None) -> None:
    """Set the alignment heads of every layer: [layer, head] ``pairs`` from 1, None for all. Raises ValueError."""
    counts = {n: layer.attention.num_heads for n, layer in enumerate(layers, 1) if layer.attention is not None}
    if pairs is None:
        pairs = [(n, head) for n, count in counts.items() for head in range(1, count + 1)]
    if not pairs:
        raise ValueError("alignment_heads is empty: name at least one [layer, head], or use null for all")
    for number, head in pairs:
        if not 1 <= head <= counts.get(number, 0):
            known = ", ".join(f"layer {n} has {count}" for n, count in counts.items())
            raise ValueError(f"alignment_heads names head {head} of layer {number}, but {known}")
        layers[number - 1].heads.append(head - 1)
