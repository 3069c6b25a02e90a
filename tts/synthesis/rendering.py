"""Fades that avoid clicks at the ends of audio in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np


def fade_edges(pieces: Iterable[np.ndarray], length: int) -> Iterator[np.ndarray]:
    """Apply a ramp of ``length`` samples to both ends of audio that comes in chunks (T,) float32.

    So many samples are held back until it is known whether they are the last. Sound that is shorter than two ramps has
    shorter ones.
    """
    kept, begun = np.zeros(0, dtype=np.float32), False
    for piece in pieces:
        kept = np.concatenate((kept, piece))
        if not begun and len(kept) < 2 * length:
            continue
        if not begun:
            kept[:length] *= np.linspace(0.0, 1.0, length, dtype=np.float32)
            begun = True
        ready = len(kept) - length
        yield kept[:ready]
        kept = kept[ready:]
    length = length if begun else len(kept) // 2
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    if not begun:
        kept[:length] *= ramp
    kept[len(kept) - length :] *= ramp[::-1]
    yield kept
