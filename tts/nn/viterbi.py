"""Viterbi over monotonic paths: from the first symbol to the last, a stay or one symbol on at every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def best_path_sums(scores: Any, buffers: Any, library: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield, for every step after the first, (sums of those who move here, of those who stay, the best of the step).

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
