"""hibari (https://pypi.org/project/hibari-tts): 6 M parameters, distilled from Kokoro's voice af_heart; Apache-2.0."""

from __future__ import annotations

import numpy as np

from tts.data.engines.base import EngineError, Utterance, require
from tts.data.engines.misaki import symbol_bounds, to_misaki
from tts.data.engines.onnx_session import open_session

INSTALL = 'pip install "hibari-tts[fast]==0.2.1" onnx'
DURATIONS = "/Clip_output_0"  # frames per symbol, an internal value of the model
FRAME_SECONDS = 0.025
LEAD_SECONDS = 0.054  # a symbol sounds this much earlier than its frames, according to spectrograms
MAX_SYMBOLS = 400


class Hibari:
    """hibari with our phonemes as input. It gives the times of the phonemes.

    Args:
        voice: ``heart`` is in the package; hibari downloads other voices.

    Raises:
        EngineError: hibari is not installed, or it does not have the voice.
    """

    reads_phonemes = True

    def __init__(self, voice: str = "heart") -> None:
        hibari = require("hibari", INSTALL)
        self._synthesize = require("hibari.dsp", INSTALL).synth
        try:
            self._engine = hibari.Hibari(voice=voice, threads=1)
        except (ValueError, RuntimeError) as error:
            raise EngineError(str(error)) from error
        self._session = open_session(self._engine.model_path, DURATIONS)

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Speak phonemes. ``seed`` sets the noise in the sound. Raises `EngineError`."""
        pairs = to_misaki(text)
        ids = self._engine.ids("".join(pair.theirs for pair in pairs))
        if not 3 <= len(ids) <= MAX_SYMBOLS:
            raise EngineError(f"{len(ids) - 2} symbols; hibari accepts 1 to {MAX_SYMBOLS - 2}. Split the text")
        inputs = {"ids": np.array([ids], np.int64), "speed": np.ones(1, np.float32)}
        *spectrum, durations = self._session.run(None, inputs)
        audio = self._synthesize(*(part[0] for part in spectrum), np.random.default_rng(seed))
        bounds = symbol_bounds(pairs, self._engine.vocab, durations.ravel() * FRAME_SECONDS)
        return Utterance(audio, self._engine.sample_rate, np.maximum(bounds - LEAD_SECONDS, 0.0))
