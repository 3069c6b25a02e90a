r"""Numbers of an alignment.

Over T real steps and N real symbols, with :math:`\alpha` (T, N), ``peak_t = argmax_j`` and the expected position
:math:`E_t = \sum_j j \alpha_{t,j} / \sum_j \alpha_{t,j}`:

================  ==========================================================================================
focus             mean over steps of the largest weight, 1/N to 1 (Ren et al. 2019)
entropy           :math:`-\sum \alpha \ln \alpha / (T \ln N)`, 0 where every step sees one symbol, 1 where it sees all
diagonality       1 - mean over steps of ``sum_j |j/(N-1) - t/(T-1)| * alignment[t, j]``; 1 on the diagonal, 2/3 where
                  attention is spread evenly
path mass         weight per step on the best walk from the first symbol to the last that stays or moves on by one:
                  high for whatever is read in order, pauses or not; 0 where there are fewer steps than symbols
coverage          share of the symbols that get a weight of at least 0.1 in some step and 0.3 steps in all
behind            steps that lie before what was already reached: the peak below its running maximum, and the
                  expected position more than half a symbol below its own; blurred weights whose peak trembles are
                  not behind, and a walk that never loses ground never is
backward jumps    steps that are behind and whose peak lies before the peak of the step before
================  ==========================================================================================
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

LEAST_PEAK = 0.1  # a symbol that never gets this weight was not attended to
LEAST_DURATION = 0.3  # decoder steps; a symbol with less was passed over
LOST_GROUND = 0.5  # symbols by which the expected position must fall to count as going back
LEAST_ROW = 0.05  # a step with less weight than this in all looks nowhere, and stands where the last one stood


def as_array(values: np.ndarray | Tensor) -> np.ndarray:
    """A numpy array of what may be a tensor on any device."""
    return values.detach().float().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def as_matrix(alignment: np.ndarray | Tensor) -> np.ndarray:
    """(T_dec, T_text) float64 of an alignment or of several heads (H, T_dec, T_text), which are averaged.

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
    """Of ``weights`` (T, N): Viterbi over walks that start on the first symbol and end on the last."""
    T, N = weights.shape
    if T < N:
        return 0.0
    best = np.full(N, -np.inf)
    best[0] = weights[0, 0]
    for row in weights[1:]:
        moved = np.concatenate(([-np.inf], best[:-1]))
        best = np.maximum(best, moved) + row
    return float(best[-1] / T)


def missed(weights: np.ndarray) -> np.ndarray:
    """(N,) bool: symbols of ``weights`` (T, N) that were hardly attended to."""
    return (weights.max(0) < LEAST_PEAK) | (weights.sum(0) < LEAST_DURATION)


def peaks(weights: np.ndarray) -> np.ndarray:
    """(T,) int: the symbol that each step of ``weights`` (T, N) looks at."""
    found = weights.argmax(1)
    looks = weights.sum(1) >= LEAST_ROW
    last = np.maximum.accumulate(np.where(looks, np.arange(len(found)), 0))
    return found[last]


def behind(weights: np.ndarray) -> np.ndarray:
    """(T,) bool: steps of ``weights`` (T, N) that lie before what was already reached."""
    top, total = peaks(weights), weights.sum(1)
    expected = weights @ np.arange(weights.shape[1]) / np.maximum(total, 1e-9)
    expected = np.where(total >= LEAST_ROW, expected, top)
    fell = expected < np.maximum.accumulate(expected) - LOST_GROUND
    return (top < np.maximum.accumulate(top)) & fell


def backward_jumps(weights: np.ndarray) -> int:
    """How often the steps of ``weights`` (T, N) went back."""
    return int(((np.diff(peaks(weights)) < 0) & behind(weights)[1:]).sum())


def scalars(alignment: Tensor, decoder_lengths: Tensor, token_lengths: Tensor) -> dict[str, Tensor]:
    """Means over a batch of alignments (B, T_dec, T_text), padding left out.

    Returns scalar tensors, without a gradient: ``focus``, ``diagonality``, ``coverage`` and ``path_mass``, and as
    shares of the utterances ``went_back`` (a step lies behind) and ``end_reached`` (one of the last two symbols is
    looked at).
    """
    weights = alignment.detach().float()
    B, T, N = weights.shape
    step_mask = torch.arange(T, device=weights.device) < decoder_lengths.unsqueeze(1)  # (B, T_dec)
    token_mask = torch.arange(N, device=weights.device) < token_lengths.unsqueeze(1)  # (B, T_text)
    weights = weights.masked_fill(~(step_mask.unsqueeze(2) & token_mask.unsqueeze(1)), 0.0)
    steps = torch.arange(T, device=weights.device) / (decoder_lengths - 1).clamp_min(1).unsqueeze(1)
    positions = torch.arange(N, device=weights.device) / (token_lengths - 1).clamp_min(1).unsqueeze(1)
    distance = (positions.unsqueeze(1) - steps.unsqueeze(2)).abs()  # (B, T_dec, T_text)
    visited = (weights.amax(1) >= LEAST_PEAK) & (weights.sum(1) >= LEAST_DURATION)
    top = weights.argmax(2)  # (B, T_dec)
    return {
        "focus": (weights.amax(2).sum(1) / decoder_lengths).mean(),
        "diagonality": 1.0 - ((distance * weights).sum((1, 2)) / decoder_lengths).mean(),
        "coverage": ((visited & token_mask).sum(1) / token_lengths).mean(),
        "path_mass": _path_masses(weights, decoder_lengths, token_lengths).mean(),
        "went_back": (_behind(weights, top) & step_mask).any(1).float().mean(),
        "end_reached": (top.amax(1) >= token_lengths - 2).float().mean(),
    }


def _path_masses(weights: Tensor, decoder_lengths: Tensor, token_lengths: Tensor) -> Tensor:
    """(B,): `path_mass` of each utterance; ``weights`` (B, T_dec, T_text) are zero at padding."""
    best = weights.new_full((len(weights), weights.shape[2]), float("-inf"))
    best[:, 0] = weights[:, 0, 0]
    last = (token_lengths - 1).unsqueeze(1)
    masses = best.gather(1, last).squeeze(1)
    for t in range(1, weights.shape[1]):
        moved = torch.nn.functional.pad(best[:, :-1], (1, 0), value=float("-inf"))
        best = torch.maximum(best, moved) + weights[:, t]
        masses = torch.where(decoder_lengths > t, best.gather(1, last).squeeze(1), masses)
    return torch.where(masses.isinf(), 0.0, masses / decoder_lengths)


def _behind(weights: Tensor, top: Tensor) -> Tensor:
    """(B, T_dec) bool: `behind` of each utterance, meaningless at padding."""
    total = weights.sum(2)
    expected = weights @ torch.arange(weights.shape[2], device=weights.device, dtype=weights.dtype)
    expected = expected / total.clamp_min(1e-9)
    looks = total >= LEAST_ROW
    reached, ground = (x.masked_fill(~looks, 0).cummax(1).values for x in (top, expected))
    return looks & (top < reached) & (expected < ground - LOST_GROUND)
