r"""Numbers of an alignment.

Over T real steps and N real symbols, with :math:`\alpha` (T, N), ``peak_t = argmax_j`` and the expected position
:math:`E_t = \sum_j j \alpha_{t,j} / \sum_j \alpha_{t,j}`:

================  ==========================================================================================
focus             mean over steps of the largest weight, 1/N to 1 (Ren et al. 2019)
entropy           :math:`-\sum \alpha \ln \alpha / (T \ln N)`, 0 if every step has one symbol, 1 if it has all equally
diagonality       1 - mean over steps of ``sum_j |j/(N-1) - t/(T-1)| * alignment[t, j]``; 1 on the diagonal, 2/3 where
                  attention is spread evenly
path mass         weight per step on the best walk from the first symbol to the last that stays or moves on by one:
                  high for whatever is read in order, pauses or not; 0 where there are fewer steps than symbols
coverage          share of the symbols that get a weight of at least 0.1 in some step and 0.3 steps in all
behind            steps that lie before what was already reached: the peak below its running maximum, and the
                  expected position more than half a symbol below its own; blurred weights whose peak trembles are
                  not backtracking_steps, and a walk that never loses ground never is
backward jumps    steps that are behind and whose peak lies before the peak of the step before
================  ==========================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tts.nn.viterbi import best_path_sums

if TYPE_CHECKING:
    from torch import Tensor

MIN_PEAK = 0.1  # a symbol that never gets this weight was not attended to
MIN_DURATION = 0.3  # decoder steps; a symbol with less was skipped
MIN_BACKWARD = 0.5  # symbols by which the expected position must fall to count as going back
MIN_STEP_WEIGHT = 0.05  # a step with less total weight has no symbol and takes that of the step before


def as_array(values: np.ndarray | Tensor) -> np.ndarray:
    """Convert an array, or a tensor on any device, to a numpy array."""
    return np.asarray(values) if isinstance(values, (np.ndarray, list)) else values.detach().float().cpu().numpy()


def as_matrix(alignment: np.ndarray | Tensor) -> np.ndarray:
    """Convert an alignment to (T_dec, T_text) float64; several heads (H, T_dec, T_text) are averaged.

    Raises ValueError if it is neither, or empty.
    """
    weights = as_array(alignment).astype(np.float64)
    weights = weights.mean(0) if weights.ndim == 3 else weights
    if weights.ndim != 2 or 0 in weights.shape:
        raise ValueError(f"an alignment is (T_dec, T_text) with at least one step and symbol, not {weights.shape}")
    return weights


def focus(weights: np.ndarray) -> float:
    """Of ``weights`` (T, N)."""
    return float(weights.max(1).mean())


def entropy(weights: np.ndarray) -> float:
    """Of ``weights`` (T, N); 0 where there is only one symbol."""
    T, N = weights.shape
    if N == 1:
        return 0.0
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    return max(0.0, float(-(weights * logs).sum() / (T * np.log(N))))


def diagonality(weights: np.ndarray) -> float:
    """Of ``weights`` (T, N)."""
    T, N = weights.shape
    distance = np.abs(np.linspace(0, 1, N)[None] - np.linspace(0, 1, T)[:, None])
    return float(1.0 - (distance * weights).sum(1).mean())


def path_mass(weights: np.ndarray) -> float:
    """Path mass of ``weights`` (T, N): Viterbi search over monotonic paths from the first symbol to the last."""
    T, N = weights.shape
    if T < N:
        return 0.0
    best = weights[0]
    for _, _, best in best_path_sums(weights, np.full((2, N + 1), -np.inf), np):  # noqa: B007
        pass
    return float(best[-1] / T)


def skipped_symbols(weights: np.ndarray) -> np.ndarray:
    """(N,) bool: symbols of ``weights`` (T, N) that received almost no weight."""
    return (weights.max(0) < MIN_PEAK) | (weights.sum(0) < MIN_DURATION)


def attended_symbols(weights: np.ndarray) -> np.ndarray:
    """(T,) int: the symbol with the largest weight at each step of ``weights`` (T, N)."""
    found = weights.argmax(1)
    looks = weights.sum(1) >= MIN_STEP_WEIGHT
    last = np.maximum.accumulate(np.where(looks, np.arange(len(found)), 0))
    return found[last]


def backtracking_steps(weights: np.ndarray, peaks: np.ndarray | None = None) -> np.ndarray:
    """(T,) bool: steps of ``weights`` (T, N) that attend to a symbol before one already reached.

    ``peaks`` are its `attended_symbols`, where they are known.
    """
    top, total = attended_symbols(weights) if peaks is None else peaks, weights.sum(1)
    expected = weights @ np.arange(weights.shape[1]) / np.maximum(total, 1e-9)
    expected = np.where(total >= MIN_STEP_WEIGHT, expected, top)
    fell = expected < np.maximum.accumulate(expected) - MIN_BACKWARD
    return (top < np.maximum.accumulate(top)) & fell


def backward_jumps(weights: np.ndarray) -> int:
    """Number of times that ``weights`` (T, N) go back."""
    peaks = attended_symbols(weights)
    return int(((np.diff(peaks) < 0) & backtracking_steps(weights, peaks)[1:]).sum())
