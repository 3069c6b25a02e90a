"""Batches of a few fixed shapes, for programs that are compiled once per shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class BatchShape(NamedTuple):
    """The largest batch of a length bucket."""

    utterances: int
    frames: int
    symbols: int


def padded_lengths(shapes: Sequence[BatchShape], utterances: int, frames: int, symbols: int) -> tuple[int, int]:
    """The frames and symbols to which a batch is padded: those of the first of ``shapes`` that holds it.

    A shape holds batches of exactly its number of utterances, because an added utterance would change the losses. If no
    shape holds the batch, it keeps its own ``frames`` and ``symbols``.
    """
    for shape in shapes:
        if shape.utterances == utterances and shape.frames >= frames and shape.symbols >= symbols:
            return shape.frames, shape.symbols
    return frames, symbols
