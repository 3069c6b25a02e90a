"""The figure of a comparison: learning curves, failures over length, and all alignments of the same long text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tts.evaluation.attention.report import Result, failures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 6  # alignments per row


def draw(results: Sequence[Result], alignments: Mapping[str, np.ndarray]) -> Figure:
    """Draw learning curves, failures over length, and the alignment of the same longest text for each attention.

    Each attention is a row of both upper panels, so that any number of attentions and seeds stays readable.

    Args:
        results: of `tts.evaluation.attention.report`; several of one name are seeds, and their mean is drawn. Those
            without ``curves`` or ``lengths`` have an empty row in that panel.
        alignments: (T, N) uint8 by name.
    """
    from matplotlib.figure import Figure

    rows = -(-len(alignments) // COLUMNS)
    names = list(dict.fromkeys(result["name"] for result in results))
    height = 1.2 + 0.2 * len(names)
    figure = Figure(figsize=(12, height + 1.9 * rows), layout="constrained", dpi=100)
    parts: Any = figure.subfigures(2, 1, height_ratios=[height, max(0.1, 1.9 * rows)])  # an array of two subfigures
    top, bottom = parts
    curves, lengths = top.subplots(1, 2, sharey=True)
    curves.set_yticks(range(len(names)), names, fontsize=7)
    _draw_curves(curves, [result for result in results if result["curves"]], names)
    _draw_lengths(lengths, [result for result in results if result["lengths"]], names)
    if rows:
        _draw_alignments(bottom.subplots(rows, COLUMNS, squeeze=False).ravel(), alignments)
        bottom.supxlabel("decoder step", fontsize=9)
        bottom.supylabel("symbol", fontsize=9)
    return figure


def _draw_curves(axes: Axes, results: Sequence[Result], names: Sequence[str]) -> None:
    """Color each training step by path mass times coverage: attention stuck on the first symbol has path mass too."""
    if not results:
        axes.set_axis_off()
        return
    steps = sorted({step for result in results for step in result["curves"]["step"]})
    columns = {step: column for column, step in enumerate(steps)}
    seeds: dict[tuple[int, int], list[float]] = {}
    for result in results:
        curves, row = result["curves"], names.index(result["name"])
        for step, mass, coverage in zip(curves["step"], curves["path_mass"], curves["coverage"]):
            seeds.setdefault((row, columns[step]), []).append(mass * coverage)
    values = np.full((len(names), len(steps)), np.nan)
    for cell, products in seeds.items():
        values[cell] = np.mean(products)
    picture = axes.imshow(values, cmap="viridis", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    bar = axes.figure.colorbar(picture, ax=axes, fraction=0.04, pad=0.02)
    bar.ax.tick_params(labelsize=7)
    shown = range(len(steps) - 1, -1, -max(1, len(steps) // 8))
    axes.set_xticks(list(shown), [str(steps[column]) for column in shown], fontsize=8)
    axes.set(xlabel="training step", title="path mass times coverage, held-out phrases")
    axes.title.set_fontsize(9)


def _draw_lengths(axes: Axes, results: Sequence[Result], names: Sequence[str]) -> None:
    """Draw a cell for each name and length with the share of texts that failed, over all seeds."""
    if not results:
        axes.set_axis_off()
        return
    multiples = list(results[0]["lengths"])
    shares = np.array([[_share(results, name, multiple) for multiple in multiples] for name in names])
    axes.imshow(shares, cmap="Reds", vmin=0, vmax=130, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if not np.isnan(share):
            axes.text(column, row, f"{share:.0f}", ha="center", va="center", fontsize=7)
    axes.set_xticks(range(len(multiples)), [f"{multiple}x" for multiple in multiples])
    axes.set(xlabel="times the longest training utterance", title="texts that failed at the first try, %")
    axes.title.set_fontsize(9)


def _share(results: Sequence[Result], name: str, multiple: str) -> float:
    rows = [row for result in results if result["name"] == name for row in result["lengths"].get(multiple, [])]
    return 100 * failures(rows) / len(rows) if rows else float("nan")


def _draw_alignments(panels: np.ndarray, alignments: Mapping[str, np.ndarray]) -> None:
    for axes in panels:
        axes.set_axis_off()
    for axes, (name, weights) in zip(panels, alignments.items()):
        axes.set_axis_on()
        axes.imshow(np.sqrt(weights.T / 255), origin="lower", aspect="auto", interpolation="nearest", vmin=0, vmax=1)
        axes.set_title(name, fontsize=8)
        axes.set_xticks([])
        axes.set_yticks([])
