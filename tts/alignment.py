"""What an alignment says about an utterance: in numbers, in words, and as a picture.

An alignment is (T_dec, T_text): how much of its attention every decoder step gave to every symbol. Over T real steps
and N real symbols, with ``peak_t = argmax_j alignment[t, j]``:

================  ==========================================================================================
focus             mean over steps of the largest weight, 1/N to 1 (Ren et al. 2019)
diagonality       1 - mean over steps of ``sum_j |j/(N-1) - t/(T-1)| * alignment[t, j]``; 1 on the diagonal, 2/3 where
                  attention is spread evenly
coverage          share of the symbols that get a weight of at least 0.1 in some step and 0.3 steps in all
backward jumps    steps whose peak lies before the peak of the step before
end reached       the last two symbols are visited and hold at least half a step
================  ==========================================================================================
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:  # synthesis reports without plotting, and should not wait for matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_PEAK = 0.1  # a symbol that never gets this weight was not attended to
LEAST_DURATION = 0.3  # decoder steps; a symbol with less was passed over


class AlignmentReport(NamedTuple):
    """The health of one utterance; see the table at the top of `tts.alignment`."""

    focus: float
    diagonality: float
    coverage: float  # of the spoken symbols, if the symbols are known
    skipped: list[str]  # each skipped symbol with its position, as "k (14)"
    backward_jumps: int
    end_reached: bool
    verdict: str


def report(alignment: np.ndarray | Tensor, symbols: Sequence[str] | None = None) -> AlignmentReport:
    """Judge an alignment (T_dec, T_text) cropped to its true lengths; several heads (H, T_dec, T_text) are averaged.

    With ``symbols`` (T_text strings) only letters count as skipped: a decoder need not dwell on a stress mark, a
    space or a comma. Raises ValueError if the shapes do not fit or the alignment is empty.
    """
    weights = _as_matrix(alignment)
    T, N = weights.shape
    if symbols is not None and len(symbols) != N:
        raise ValueError(f"the alignment has {N} symbols and {len(symbols)} names were given for them")
    names = symbols if symbols is not None else [str(j) for j in range(N)]
    spoken = np.array([symbols is None or is_spoken(symbol) for symbol in names])
    durations, peaks = weights.sum(0), weights.argmax(1)
    missed = ((weights.max(0) < LEAST_PEAK) | (durations < LEAST_DURATION)) & spoken
    skipped = [f"{names[j]} ({j})" for j in np.flatnonzero(missed)]
    jumps = int((np.diff(peaks) < 0).sum())
    end_reached = bool(peaks.max() >= N - 2 and durations[-2:].sum() >= 0.5)
    coverage = float(1.0 - missed.sum() / max(1, spoken.sum()))
    steps, positions = np.linspace(0, 1, T)[:, None], np.linspace(0, 1, N)[None]
    return AlignmentReport(
        focus=float(weights.max(1).mean()),
        diagonality=float(1.0 - (np.abs(positions - steps) * weights).sum(1).mean()),
        coverage=coverage,
        skipped=skipped,
        backward_jumps=jumps,
        end_reached=end_reached,
        verdict=_verdict(skipped, coverage, jumps, end_reached),
    )


def is_spoken(symbol: str) -> bool:
    """True for letters: neither punctuation, nor spaces, nor marks of stress and length, nor combining signs."""
    return all(unicodedata.category(character) in ("Ll", "Lu", "Lo") for character in symbol) and symbol != ""


def scalars(alignments: Tensor, decoder_lengths: Tensor, token_lengths: Tensor) -> dict[str, Tensor]:
    """Means over a batch of alignments (B, H, T_dec, T_text), heads averaged, padding left out.

    Returns scalar tensors ``focus``, ``diagonality`` and ``coverage``, without a gradient.
    """
    weights = alignments.detach().float().mean(1)  # (B, T_dec, T_text)
    B, T, N = weights.shape
    step_mask = torch.arange(T, device=weights.device) < decoder_lengths.unsqueeze(1)  # (B, T_dec)
    token_mask = torch.arange(N, device=weights.device) < token_lengths.unsqueeze(1)  # (B, T_text)
    weights = weights * step_mask.unsqueeze(2) * token_mask.unsqueeze(1)
    steps = torch.arange(T, device=weights.device) / (decoder_lengths - 1).clamp_min(1).unsqueeze(1)
    positions = torch.arange(N, device=weights.device) / (token_lengths - 1).clamp_min(1).unsqueeze(1)
    distance = (positions.unsqueeze(1) - steps.unsqueeze(2)).abs()  # (B, T_dec, T_text)
    visited = (weights.amax(1) >= LEAST_PEAK) & (weights.sum(1) >= LEAST_DURATION)
    return {
        "focus": (weights.amax(2).sum(1) / decoder_lengths).mean(),
        "diagonality": 1.0 - ((distance * weights).sum((1, 2)) / decoder_lengths).mean(),
        "coverage": ((visited & token_mask).sum(1) / token_lengths).mean(),
    }


def plot_alignment(alignment: np.ndarray | Tensor, symbols: Sequence[str], title: str = "") -> Figure:
    """A picture of an alignment (T_dec, T_text) with its symbols (T_text strings) on the vertical axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, _height(symbols)), layout="constrained")
    _draw_alignment(figure.subplots(), _as_matrix(alignment), symbols)
    figure.suptitle(title, fontsize=9, wrap=True)
    return figure


def plot_utterance(
    mel: np.ndarray | Tensor,
    alignment: np.ndarray | Tensor,
    stop: np.ndarray | Tensor | None,
    symbols: Sequence[str],
    title: str = "",
) -> Figure:
    """Mel (M, T_mel), alignment (T_dec, T_text) and stop probability (T_dec,) under one another, cropped by the caller.

    The colours of the alignment always span 0 to 1, so that pictures of different training steps compare.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4 + _height(symbols)), layout="constrained")
    heights = [2.0, _height(symbols), 0.8]
    top, middle, bottom = figure.subplots(3, 1, height_ratios=heights)
    top.imshow(_as_array(mel), origin="lower", aspect="auto", interpolation="nearest", vmin=-11.5, vmax=2.0)
    top.set(xlabel="mel frame", ylabel="mel channel")
    _draw_alignment(middle, _as_matrix(alignment), symbols)
    if stop is not None:
        bottom.plot(_as_array(stop), linewidth=1.0)
        bottom.axhline(0.5, color="grey", linewidth=0.5)
    bottom.set(xlim=(-0.5, len(_as_matrix(alignment)) - 0.5), ylim=(-0.02, 1.02), ylabel="stop", xlabel="decoder step")
    figure.suptitle(title, fontsize=9, wrap=True)
    return figure


def _draw_alignment(axes: Axes, weights: np.ndarray, symbols: Sequence[str]) -> None:
    image = axes.imshow(weights.T, origin="lower", aspect="auto", interpolation="nearest", vmin=0.0, vmax=1.0)
    axes.set_yticks(range(len(symbols)), symbols, fontsize=max(3.0, min(8.0, 400.0 / max(1, len(symbols)))))
    axes.set(xlabel="decoder step", ylabel="symbol")
    axes.figure.colorbar(image, ax=axes, fraction=0.02, pad=0.01)


def _height(symbols: Sequence[str]) -> float:
    return float(np.clip(0.09 * len(symbols), 3.0, 10.0))


def _verdict(skipped: list[str], coverage: float, jumps: int, end_reached: bool) -> str:
    if coverage < 0.5:
        return "no alignment: most symbols are never attended to"
    faults = []
    if skipped:
        more = f" and {len(skipped) - 8} more" if len(skipped) > 8 else ""
        faults.append("skipped " + ", ".join(skipped[:8]) + more)
    if jumps:
        faults.append(f"went back {jumps} time{'s' if jumps > 1 else ''}")
    if not end_reached:
        faults.append("the end was not reached")
    return "; ".join(faults) or "complete and in order"


def _as_array(values: np.ndarray | Tensor) -> np.ndarray:
    return values.detach().float().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def _as_matrix(alignment: np.ndarray | Tensor) -> np.ndarray:
    weights = _as_array(alignment).astype(np.float64)
    weights = weights.mean(0) if weights.ndim == 3 else weights
    if weights.ndim != 2 or 0 in weights.shape:
        raise ValueError(f"an alignment is (T_dec, T_text) with at least one step and symbol, not {weights.shape}")
    return weights
