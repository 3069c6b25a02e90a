"""Record the inputs of a voice's graphs while it speaks, and quantize the graphs to int8 for such inputs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from tts.engine.onnx_engine import OnnxEngine
from tts.engine.sessions import Run, open_graph
from tts.onnx_export.quantization import quantize
from tts.voices.finding import ONNX_FOLDER

TEXTS = (
    "The quick brown fox jumps over the lazy dog.",
    "She said it was not so, and nobody in the room believed a word of what she said!",
    "Why would anyone measure the depth of the lake in the middle of the winter?",
    "On the third of March, nineteen eighty-four, the committee voted against the proposal by a narrow margin.",
    "Yes.",
    "Jewellery, azure skies, chocolate, thunder, and a boy with a pure voice: these are what I remember.",
)
CALLS = 40  # number of recorded calls per graph; a decoder's step is called hundreds of times


def quantize_voice(folder: Path) -> None:
    """Replace the float32 graphs of the voice in ``folder`` by int8 ones."""
    calls = record_calls(folder)
    for name, feeds in calls.items():
        path = folder / ONNX_FOLDER / name
        every = max(1, len(feeds) // CALLS)
        quantize(path, path, feeds[::every])


def record_calls(folder: Path) -> dict[str, list[dict[str, np.ndarray]]]:
    """The inputs of every call while the voice speaks `TEXTS`, by file name of the graph."""
    calls: dict[str, list[dict[str, np.ndarray]]] = defaultdict(list)

    def recorded(path: Path, threads: int) -> Run:
        run = open_graph(path, threads)

        def call(**inputs: np.ndarray) -> list[np.ndarray]:
            calls[path.name].append(inputs)
            return run(**inputs)

        return call

    engine = OnnxEngine(folder, open_graph=recorded)
    for text in TEXTS:
        for sentence in engine.frontend.read(text):
            (decoded,) = engine.decode([sentence.reading.tokens], seed=0)
            for _ in engine.vocode(decoded.mel):
                pass
    return calls
