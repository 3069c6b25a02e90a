"""Which heads of a Transformer say where the text is being read, and which look at something else.

A head that stands still is as focused as one that reads, so focus alone finds the wrong ones (Liang et al. 2020 select
by focus); the mass on the best complete walk is high for reading only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tts.alignment.metrics import as_array, focus, path_mass, skipped_symbols

LEAST_COVERAGE = 0.9  # of a head that reads
LEAST_PATH_MASS = 0.5


class HeadScore(NamedTuple):
    """What one head does in an utterance, or on average over several."""

    name: str
    path_mass: float
    coverage: float
    focus: float

    @property
    def reads(self) -> bool:
        """Whether it goes through the text from the first symbol to the last."""
        return self.coverage >= LEAST_COVERAGE and self.path_mass >= LEAST_PATH_MASS


def score_heads(alignments: np.ndarray, names: list[str]) -> list[HeadScore]:
    """Of alignments (H, T_dec, T_text), one score a head, in order."""
    heads = as_array(alignments).astype(np.float64)
    return [
        HeadScore(name, path_mass(head), float(1.0 - skipped_symbols(head).mean()), focus(head))
        for name, head in zip(names, heads, strict=True)
    ]
