"""Plots of alignments as matplotlib figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tts.alignment.metrics import as_array, as_matrix

if TYPE_CHECKING:  # synthesis without plots should not import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor


def plot_alignment(alignment: np.ndarray | Tensor, symbols: Sequence[str], title: str = "") -> Figure:
    """Plot an alignment (T_dec, T_text) with its symbols (T_text strings) on the vertical axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, _height(symbols)), layout="constrained")
    _draw_alignment(figure.subplots(), as_matrix(alignment), symbols)
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

    The colors of the alignment always span 0 to 1, so that pictures of different training steps compare.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4 + _height(symbols)), layout="constrained")
    heights = [2.0, _height(symbols), 0.8]
    top, middle, bottom = figure.subplots(3, 1, height_ratios=heights)
    top.imshow(as_array(mel), origin="lower", aspect="auto", interpolation="nearest", vmin=-11.5, vmax=2.0)
    top.set(xlabel="mel frame", ylabel="mel channel")
    _draw_alignment(middle, as_matrix(alignment), symbols)
    if stop is not None:
        bottom.plot(as_array(stop), linewidth=1.0)
        bottom.axhline(0.5, color="grey", linewidth=0.5)
    bottom.set(xlim=(-0.5, len(as_matrix(alignment)) - 0.5), ylim=(-0.02, 1.02), ylabel="stop", xlabel="decoder step")
    figure.suptitle(title, fontsize=9, wrap=True)
    return figure


def plot_heads(heads: np.ndarray | Tensor, symbols: Sequence[str], names: Sequence[str], title: str = "") -> Figure:
    """Plot every head of (H, T_dec, T_text) with its name, on the same axes and color scale."""
    from matplotlib.figure import Figure

    weights = as_array(heads)
    columns = min(4, max(1, int(np.ceil(np.sqrt(len(weights))))))
    rows = -(-len(weights) // columns)
    figure = Figure(figsize=(1 + 4 * columns, 1 + 0.8 * rows * _height(symbols)), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for axes, head, name in zip(panels, weights, names):
        _draw_alignment(axes, head, symbols)
        axes.set_title(name, fontsize=8)
    for axes in list(panels):
        axes.set_axis_off()
    figure.suptitle(title, fontsize=9, wrap=True)
    return figure


def _draw_alignment(axes: Axes, weights: np.ndarray, symbols: Sequence[str]) -> None:
    image = axes.imshow(weights.T, origin="lower", aspect="auto", interpolation="nearest", vmin=0.0, vmax=1.0)
    axes.set_yticks(
        range(len(symbols)), symbols, fontsize=float(np.clip(62 * _height(symbols) / len(symbols), 3.0, 8.0))
    )
    axes.set(xlabel="decoder step", ylabel="symbol")
    axes.figure.colorbar(image, ax=axes, fraction=0.02, pad=0.01)


def _height(symbols: Sequence[str]) -> float:
    """Height in inches that leaves room for a label at every symbol, within bounds."""
    return float(np.clip(0.1 * len(symbols), 3.0, 20.0))
