"""The interface of speech engines, and the error for an engine that is not installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple, Protocol

import numpy as np

from tts.core.errors import AttuneError


class EngineError(AttuneError):
    """The texts cannot be spoken; the message says what to change."""


class Utterance(NamedTuple):
    """The speech of an engine.

    Attributes:
        audio: (T_wav,) float32 in [-1, 1].
        sample_rate: in Hz.
        bounds: (T_text + 1,) seconds: the start of each requested phoneme, then the end of the last one; None if the
            engine does not give times.
    """

    audio: np.ndarray
    sample_rate: int
    bounds: np.ndarray | None = None


class SpeechEngine(Protocol):
    """A text-to-speech engine that can read a corpus.

    Attributes:
        reads_phonemes: whether the input is a string of IPA from our front end instead of text. Then the speech
            matches the transcript exactly, independent of the engine's own front end.
    """

    reads_phonemes: bool

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Speak ``text``. The same text and seed give the same audio. Raises `EngineError`."""


def require(module: str, command: str) -> Any:
    """Import ``module``. Raises `EngineError` with the install command if it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        raise EngineError(f"{module} is not installed ({error}). Run: {command}") from error
