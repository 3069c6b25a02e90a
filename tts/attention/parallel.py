"""Interface of the attentions of a decoder that computes all frames at once.

The durations of all symbols are known before such a decoder runs, so each of its steps has a position in the text
(`Timing`). A parallel attention may use this position besides the query and the keys. There is no state and no step:
``prepare`` once per utterance, then ``forward`` over all queries.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tts.core.interfaces import Memory
from tts.nn.masks import lengths_to_mask


class Timing(NamedTuple):
    """The position of every decoder step in the text; times count decoder steps."""

    durations: Tensor  # (B, T_text) float32, zero at padding
    centers: Tensor  # (B, T_text) float32, the middle of each symbol
    symbols: Tensor  # (B, T_dec) int64, the symbol at the middle of each step
    progress: Tensor  # (B, T_dec) float32, how much of that symbol has passed by then, 0 to 1
    lengths: Tensor  # (B,) int64, decoder steps
    token_lengths: Tensor  # (B,) int64

    @property
    def mask(self) -> Tensor:
        """(B, T_dec) bool, True = valid."""
        return lengths_to_mask(self.lengths, self.symbols.shape[1])

    def window(self, first: int, end: int) -> Timing:
        """The steps from ``first`` to ``end`` as if ``first`` were step 0; ``centers`` stay exact for whole numbers."""
        return self._replace(
            centers=self.centers - first,
            symbols=self.symbols[:, first:end],
            progress=self.progress[:, first:end],
            lengths=(self.lengths - first).clamp(0, end - first),
        )

    @property
    def positions(self) -> Tensor:
        """(B, T_dec) float32: symbols that have passed, fractions included."""
        return self.symbols + self.progress

    @property
    def shares(self) -> Tensor:
        """(B, T_dec) float32: the start of every step as a share of the whole utterance, also in a window."""
        first = (0.5 * self.durations[:, :1] - self.centers[:, :1]).round()  # first step of the window; 0 without one
        steps = torch.arange(self.symbols.shape[1], device=first.device) + first
        return steps / self.durations.sum(1, keepdim=True).clamp_min(1e-3)


def timing(durations: Tensor, token_lengths: Tensor, lengths: Tensor, reduction_factor: int, num_steps: int) -> Timing:
    """Compute the `Timing` of symbols with known durations.

    Args:
        durations: (B, T_text) frames per symbol, fractions allowed.
        token_lengths: (B,) symbols of each utterance; durations beyond them count as zero.
        lengths: (B,) decoder steps.
        reduction_factor: R, frames per decoder step.
        num_steps: T_dec.
    """
    valid = lengths_to_mask(token_lengths, durations.shape[1])
    durations = durations.float().masked_fill(~valid, 0.0) / reduction_factor
    ends = durations.double().cumsum(1)  # float32 would lose a tenth of a step within an hour
    middles = (torch.arange(num_steps, device=durations.device, dtype=ends.dtype) + 0.5).expand(len(durations), -1)
    last = (token_lengths - 1).unsqueeze(1)
    symbols = torch.searchsorted(ends, middles.contiguous(), right=True).minimum(last)
    starts = (ends - durations).gather(1, symbols)
    progress = (middles - starts) / durations.gather(1, symbols).clamp_min(1e-3)
    centers = (ends - 0.5 * durations).float()
    return Timing(durations, centers, symbols, progress.clamp(0.0, 1.0).float(), lengths, token_lengths)


class ParallelAttention(nn.Module, ABC):
    """Base of the attentions of a parallel decoder.

    Args:
        query_dim: D_q, width of a query.
        memory_dim: D, width of the memory and of the context.
    """

    num_heads: int = 1  # H; head h reads the h-th of H equal slices of the memory's values

    def __init__(self, query_dim: int, memory_dim: int) -> None:
        super().__init__()
        self.query_dim, self.memory_dim = query_dim, memory_dim

    @abstractmethod
    def prepare(self, memory: Tensor, token_mask: Tensor) -> Memory:
        """Zero the padding of ``memory`` (B, T_text, D) and project it, once per utterance."""

    @abstractmethod
    def forward(self, queries: Tensor, memory: Memory, timing: Timing) -> tuple[Tensor, Tensor]:
        """(B, T_dec, D_q) -> contexts (B, T_dec, D), alignments (B, H, T_dec, T_text)."""

    def contexts(self, queries: Tensor, memory: Memory, timing: Timing) -> Tensor:
        """The contexts of `forward` alone, which some mechanisms compute faster."""
        return self(queries, memory, timing)[0]
