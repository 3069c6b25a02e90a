"""Check that exported graphs compute a batch of sentences as they compute each sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tts.engine.autoregressive import AutoregressiveAcoustic
from tts.engine.base import Decoded, Delivery
from tts.engine.sessions import open_graph
from tts.voices.finding import VoiceError

GRAPHS = ("encoder", "start", "step", "postnet")
LENGTHS = (13, 7, 10)  # symbols; another number of sentences, and other lengths, than in the example of the export
FRAMES = {"max_frames_offset": 12, "max_frames_per_symbol": 2}  # the sentences end at different steps
TOLERANCE = 1e-3


def same_in_a_batch(options: Mapping[str, Any], folder: Path) -> bool:
    """Whether sentences of different lengths give the same result together as alone, with every rule.

    They do not if an attention uses the number of sentences of the example of the export as a constant.

    Args:
        options: of the manifest.
        folder: the folder of the graphs.
    """
    graphs = [open_graph(folder / f"{name}.onnx", threads=1) for name in GRAPHS]
    acoustic = AutoregressiveAcoustic({**options, **FRAMES}, *graphs)
    texts = [[1] * length for length in LENGTHS]

    def decode(sentences: list[list[int]], rule: str | None) -> list[Decoded]:
        return acoustic.decode(sentences, 0, rule, [Delivery()] * len(sentences))

    try:
        for rule in (None, *acoustic.rules):
            alone = [decode([text], rule)[0] for text in texts]
            if not all(_same(*pair) for pair in zip(alone, decode(texts, rule))):
                return False
    except (VoiceError, IndexError, ValueError):  # the sizes do not fit together
        return False
    return True


def _same(first: Decoded, second: Decoded) -> bool:
    return all(a.shape == b.shape and np.allclose(a, b, atol=TOLERANCE) for a, b in zip(first, second))
