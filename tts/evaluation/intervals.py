"""Half-widths of 95 % confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

NORMAL_95 = 1.96
DRAWS = 1000


def mean_interval(values: Sequence[float]) -> float:
    """Half-width for the mean of independent ``values``, by the normal approximation; NaN for fewer than two."""
    return NORMAL_95 * float(np.std(values, ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float("nan")


def ratio_interval(errors: Sequence[int], totals: Sequence[int]) -> float:
    """Half-width for sum(errors) / sum(totals), by a bootstrap over texts with a fixed seed; NaN for fewer than two."""
    if len(errors) < 2:
        return float("nan")
    chosen = np.random.default_rng(0).integers(len(errors), size=(DRAWS, len(errors)))
    ratios = np.asarray(errors)[chosen].sum(1) / np.maximum(np.asarray(totals)[chosen].sum(1), 1)
    return NORMAL_95 * float(ratios.std())
