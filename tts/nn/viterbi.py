"""Viterbi over monotonic paths: from the first symbol to the last; each step stays or moves on by one symbol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def best_path_sums(scores: Any, buffers: Any, library: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield, for every step after the first, (sums of paths that move to a symbol, of paths that stay on it, the best
    sums).

    The best is the largest sum of ``scores`` over all paths to a symbol. All are views (..., N) into ``buffers``, valid
    until the next step.

    Args:
        scores: (..., T, N), of numpy or torch, without a gradient.
        buffers: (2, ..., N + 1), of the same kind, full of -inf.
        library: the module ``numpy`` or ``torch``, whose ``maximum`` and ``add`` have an ``out``.
    """
    maximum, add = library.maximum, library.add
    buffers[0][..., 1] = scores[..., 0, 0]
    (come, stay), (next_come, next_stay) = ((x[..., :-1], x[..., 1:]) for x in buffers)  # entry 0 is no symbol
    for t in range(1, scores.shape[-2]):
        add(maximum(stay, come, out=next_stay), scores[..., t, :], out=next_stay)
        yield come, stay, next_stay
        come, stay, next_come, next_stay = next_come, next_stay, come, stay
