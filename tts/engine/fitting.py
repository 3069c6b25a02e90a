"""Turns failures of voices whose files do not fit together into `VoiceError`, and checks what voices compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tts.core.errors import AttuneError
from tts.engine.base import Decoded
from tts.voices.finding import VoiceError

_MISFITS = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


@contextmanager
def fitting(folder: Path) -> Iterator[None]:
    """Raise `VoiceError` for errors of this context: the parts of the voice in ``folder`` do not fit together."""
    try:
        yield
    except AttuneError:
        raise
    except _MISFITS as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise VoiceError(f"{folder}: its parts do not fit together ({reason}). Copy or export it again.") from error


def check_decoded(decoded: Decoded, num_symbols: int, n_mels: int) -> Decoded:
    """Return ``decoded``. Raises ValueError if its shapes do not fit the symbols or a value is not finite."""
    mel, alignment, stop = decoded
    steps = len(stop)
    if mel.ndim != 2 or mel.shape[0] != n_mels or not mel.shape[1] or not steps:
        raise ValueError(f"a mel of the shape {mel.shape}, {steps} steps")
    if alignment.shape != (steps, num_symbols):
        raise ValueError(f"an alignment of the shape {alignment.shape} for {steps} steps and {num_symbols} symbols")
    if not all(np.isfinite(part).all() for part in decoded):
        raise ValueError("it computes NaN")
    return decoded


def check_piece(mel: np.ndarray) -> np.ndarray:
    """Return ``mel``, a part of a mel. Raises ValueError if a value is not finite."""
    if not np.isfinite(mel).all():
        raise ValueError("it computes NaN")
    return mel


def check_audio(audio: np.ndarray, most: int) -> np.ndarray:
    """Return ``audio``. Raises ValueError if it is not a waveform of at most ``most`` samples."""
    if audio.ndim != 1 or audio.dtype.kind != "f" or len(audio) > most:
        raise ValueError(f"a waveform of the shape {audio.shape} for {most} samples")
    return audio
