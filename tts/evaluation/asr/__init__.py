"""Speech recognizers: one adapter per file, chosen by ``conf/asr/NAME.yaml``.

None of them is part of the package; each says what to install where it is missing. Error rates compare systems under
the same recognizer, best with recordings among them; between recognizers they mean nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import soxr
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from tts.core.config import config_root, instantiate
from tts.core.errors import AttuneError

SAMPLE_RATE = 16_000  # Hz, input of every recognizer


class RecognizerError(AttuneError):
    """A recognizer is not available; the message says what to install."""


@runtime_checkable
class Recognizer(Protocol):
    """Transcribes speech.

    Attributes:
        name: of recognizer and model, for the report; results of another name are not mixed with its own.
    """

    name: str

    def __call__(self, wav: np.ndarray) -> str:
        """The words in ``wav`` (T_wav,) float32 in [-1, 1] at `SAMPLE_RATE`; empty if there are none."""

    def normalize(self, text: str) -> str:
        """Normalize a text or a transcript for comparison: words separated by single spaces."""


def resampled(wav: np.ndarray, sample_rate: int) -> np.ndarray:
    """Resample ``wav`` (T_wav,) from ``sample_rate`` to `SAMPLE_RATE`, float32 within [-1, 1]."""
    return soxr.resample(wav, sample_rate, SAMPLE_RATE).astype(np.float32).clip(-1.0, 1.0)  # the filter overshoots


def recognizers() -> list[str]:
    """Names of the configured recognizers."""
    return _names("asr")


def load_recognizer(name: str) -> Recognizer:
    """Build ``conf/asr/NAME.yaml``, or your own yaml file. Raises `RecognizerError`."""
    return load_part("asr", name)


def load_part(group: str, name: str) -> Any:
    """Build ``conf/GROUP/NAME.yaml``, or the yaml file ``name``. Raises `RecognizerError`."""
    path = config_root() / "conf" / group / f"{name}.yaml" if name in _names(group) else Path(name)
    if not path.is_file():
        raise RecognizerError(f"There is no {group} '{name}'. Use one of {', '.join(_names(group))}, or a yaml file.")
    try:
        return instantiate(OmegaConf.load(path), group)
    except InstantiationException as error:
        if isinstance(error.__cause__, RecognizerError):
            raise error.__cause__ from error
        raise RecognizerError(f"{path} cannot be built: {error}") from error


def _names(group: str) -> list[str]:
    return sorted(path.stem for path in (config_root() / "conf" / group).glob("*.yaml"))
