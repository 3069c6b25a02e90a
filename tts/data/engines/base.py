"""What every speech engine gives, and how one that is missing is named."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple, Protocol

import numpy as np

from tts.core.errors import AttuneError


class EngineError(AttuneError):
    """The texts cannot be spoken as asked; the message says what to change."""


class Utterance(NamedTuple):
    """What an engine said.

    Attributes:
        audio: (T_wav,) float32 in [-1, 1].
        sample_rate: in Hz.
        bounds: (T_text + 1,) seconds where each phoneme that was asked for begins, then where the last one ends;
            None if the engine does not tell.
    """

    audio: np.ndarray
    sample_rate: int
    bounds: np.ndarray | None = None


class SpeechEngine(Protocol):
    """A text-to-speech engine that can read a corpus.

    Attributes:
        reads_phonemes: whether it is told the phonemes of our front end (a string of IPA) instead of text. Then the
            transcript is what was said, whatever the engine's own front end makes of the text.
    """

    reads_phonemes: bool

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Say ``text``; the same text and seed give the same audio. Raises `EngineError`."""


def require(module: str, command: str) -> Any:
    """Import ``module``; raises `EngineError` with the command that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise EngineError(f"{module} is not installed ({error}). Run: {command}") from error
