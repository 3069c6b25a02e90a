"""Splits long audio at quiet places into chunks that a recognizer can process."""

from __future__ import annotations

import numpy as np

from tts.evaluation.asr import SAMPLE_RATE

WINDOW = SAMPLE_RATE // 20  # samples of the window whose energy is compared


def split_at_silence(wav: np.ndarray, longest: float) -> list[np.ndarray]:
    """Split ``wav`` (T_wav,) into chunks of at most ``longest`` seconds; only the last may be shorter than half."""
    limit, found = int(longest * SAMPLE_RATE), []
    while len(wav) > limit:
        latter = wav[limit // 2 : limit]
        level = np.convolve(np.square(latter, dtype=np.float64), np.ones(WINDOW), "valid")
        cut = limit // 2 + int(level.argmin()) + WINDOW // 2
        found.append(wav[:cut])
        wav = wav[cut:]
    return [*found, wav]
