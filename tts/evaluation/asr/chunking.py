"""Long sounds in pieces that a recognizer can take, cut where it is quiet."""

from __future__ import annotations

import numpy as np

from tts.evaluation.asr import SAMPLE_RATE

WINDOW = SAMPLE_RATE // 20  # samples over which quiet is judged


def pieces(wav: np.ndarray, longest: float) -> list[np.ndarray]:
    """``wav`` (T_wav,) in pieces of at most ``longest`` seconds, each but the last longer than half of that."""
    limit, found = int(longest * SAMPLE_RATE), []
    while len(wav) > limit:
        latter = wav[limit // 2 : limit]
        level = np.convolve(np.square(latter, dtype=np.float64), np.ones(WINDOW), "valid")
        cut = limit // 2 + int(level.argmin()) + WINDOW // 2
        found.append(wav[:cut])
        wav = wav[cut:]
    return [*found, wav]
