"""Whisper (Radford et al. 2022), through ``openai-whisper`` or, where that is missing, ``transformers``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tts.evaluation.asr import SAMPLE_RATE, RecognizerError

INSTALL = 'pip install openai-whisper (or transformers), with the network for the first call, or "--asr pocketsphinx"'


class Whisper:
    """One of Whisper's models; its weights are looked up in the package's own cache, and fetched there once.

    Args:
        model: ``tiny.en``, ``base.en``, ``small.en`` ... as Whisper names them.

    Raises:
        RecognizerError: no package that can run it, or no weights and no network.
    """

    def __init__(self, model: str = "base.en") -> None:
        for library, load in (("openai-whisper", _original), ("transformers", _transformers)):
            try:
                self._hear = load(model)
            except ImportError:
                continue
            except Exception as error:  # whatever a library says who cannot get its weights
                raise RecognizerError(f"{library} cannot load Whisper '{model}' ({error}). {INSTALL}") from error
            self.name = f"Whisper {model} ({library})"
            return
        raise RecognizerError(f"Whisper is not installed: {INSTALL}")

    def __call__(self, wav: np.ndarray) -> str:
        """The words in ``wav`` (T_wav,); see `tts.evaluation.asr.Recognizer`."""
        return self._hear(np.asarray(wav, dtype=np.float32)).strip()


def _original(model: str) -> Callable[[np.ndarray], str]:
    import whisper

    built = whisper.load_model(model, device="cpu")
    # Without the text before, a slip cannot spread; without other temperatures, the same sound gives the same words.
    options: dict[str, Any] = {"fp16": False, "temperature": 0.0, "condition_on_previous_text": False}
    return lambda wav: built.transcribe(wav, **options)["text"]


def _transformers(model: str) -> Callable[[np.ndarray], str]:
    from transformers import pipeline

    run = pipeline("automatic-speech-recognition", model=f"openai/whisper-{model}", device="cpu", chunk_length_s=30)
    return lambda wav: run({"raw": wav, "sampling_rate": SAMPLE_RATE})["text"]
