"""Scores that tell which heads of a Transformer align with the text.

A head that stays on one symbol is as focused as one that follows the text, so focus alone selects wrong heads (Liang et
al. 2020 select by focus). The weight on the best complete path is high only for heads that follow the text.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tts.alignment.metrics import as_array, focus, path_mass, skipped_symbols

MIN_COVERAGE = 0.9  # of a head that follows the text
MIN_PATH_MASS = 0.5


class HeadScore(NamedTuple):
    """Scores of one head for one utterance, or the mean over several."""

    name: str
    path_mass: float
    coverage: float
    focus: float

    @property
    def is_aligned(self) -> bool:
        """Whether the head follows the text from the first symbol to the last."""
        return self.coverage >= MIN_COVERAGE and self.path_mass >= MIN_PATH_MASS


def score_heads(alignments: np.ndarray, names: list[str]) -> list[HeadScore]:
    """Score the alignments (H, T_dec, T_text); returns one score per head."""
    heads = as_array(alignments).astype(np.float64)
    return [
        HeadScore(name, path_mass(head), float(1.0 - skipped_symbols(head).mean()), focus(head))
        for name, head in zip(names, heads, strict=True)
    ]
