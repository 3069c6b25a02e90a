"""Speech as plain values for JSON: words, faults, phonemes, and the arrays that a page draws."""

from __future__ import annotations

import base64
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tts import Speech

MEL_RANGE = (-11.5, 2.0)  # natural logarithm, from the floor to the loudest
CAPTIONS = ("srt", "vtt", "TextGrid")


def describe_sentence(sentence: Any, sample_rate: int, hop_length: int, with_arrays: bool) -> dict[str, Any]:
    """Text, phonemes, words and report of a sentence. Times are seconds from the start of the whole speech.

    Arrays are 8-bit gray values in base64: ``alignment`` (T_dec, T_text), ``mel`` (M, T_mel), ``stop`` (T_dec,).
    """
    seconds = sentence.mel.shape[1] * hop_length / sample_rate
    values = {
        "text": sentence.text,
        "phonemes": sentence.phonemes,
        "symbols": list(sentence.symbols),
        "start": round(sentence.start, 4),
        "end": round(sentence.start + seconds, 4),
        "healthy": sentence.report.healthy,
        "verdict": sentence.report.verdict,
        "attempts": len(sentence.attempts),
        "report": sentence.report.as_dict(),
        "words": [describe_word(word, sentence.start) for word in sentence.words],
    }
    if with_arrays:
        low, high = MEL_RANGE
        values["alignment"] = _gray(sentence.alignment)
        values["mel"] = _gray((sentence.mel - low) / (high - low))
        values["stop"] = _gray(np.nan_to_num(sentence.stop))
    return values


def describe_word(word: Any, start: float) -> dict[str, Any]:
    """A word of a sentence that starts at ``start`` seconds."""
    return {
        "text": word.text,
        "normalized": word.normalized,
        "span": [word.char_start, word.char_end],
        "start": round(word.start + start, 4),
        "end": round(word.end + start, 4),
        "phonemes": [
            {"symbol": p.symbol, "start": round(p.start + start, 4), "end": round(p.end + start, 4)}
            for p in word.phones
        ],
    }


def describe_speech(speech: Speech, captions: tuple[str, ...] = CAPTIONS) -> dict[str, Any]:
    """Duration, verdict and captions of the whole speech."""
    return {
        "duration": round(speech.duration, 4),
        "healthy": speech.report.healthy,
        "verdict": speech.report.verdict,
        "captions": {suffix: _captions(speech, suffix) for suffix in captions},
    }


def _captions(speech: Speech, suffix: str) -> str:
    with TemporaryDirectory(prefix="attune-") as folder:
        return speech.save_timings(Path(folder) / f"captions.{suffix}").read_text(encoding="utf-8")


def _gray(values: np.ndarray) -> dict[str, Any]:
    gray = np.round(255 * np.clip(np.nan_to_num(values), 0.0, 1.0)).astype(np.uint8)
    return {"shape": list(gray.shape), "dtype": "uint8", "data": base64.b64encode(gray.tobytes()).decode()}
