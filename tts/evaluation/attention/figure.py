"""The figure of a comparison: learning curves, failures over length, and all alignments of the same long text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tts.evaluation.attention.report import Result, failures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 5  # alignments per row


def draw(results: Sequence[Result], alignments: Mapping[str, np.ndarray]) -> Figure:
    """Draw learning curves, failures over length, and the alignment of the same longest text for each attention.

    Args:
        results: of `tts.evaluation.attention.report`; several of one name are seeds. Those without ``curves`` or
            ``lengths`` are left out of their panel.
        alignments: (T, N) uint8 by name.
    """
    from matplotlib.figure import Figure

    rows = -(-len(alignments) // COLUMNS)
    names = list(dict.fromkeys(result["name"] for result in results))
    height = max(3.6, 0.6 + 0.24 * len(names))
    figure = Figure(figsize=(12, height + 2.2 * rows), layout="constrained", dpi=100)
    parts: Any = figure.subfigures(2, 1, height_ratios=[height, max(0.1, 2.2 * rows)])  # an array of two subfigures
    top, bottom = parts
    curves, lengths = top.subplots(1, 2)
    _draw_curves(curves, [result for result in results if result["curves"]], names)
    _draw_lengths(lengths, [result for result in results if result["lengths"]])
    if rows:
        _draw_alignments(bottom.subplots(rows, COLUMNS, squeeze=False).ravel(), alignments)
        bottom.supxlabel("decoder step", fontsize=9)
        bottom.supylabel("symbol", fontsize=9)
    return figure


def _draw_curves(axes: Axes, results: Sequence[Result], names: Sequence[str]) -> None:
    """Plot path mass times coverage, one line per seed: attention stuck on the first symbol has path mass too."""
    labeled = set()
    for result in results:
        curves, name = result["curves"], result["name"]
        label = None if name in labeled else name
        labeled.add(name)
        values = np.multiply(curves["path_mass"], curves["coverage"])
        axes.plot(curves["step"], values, label=label, **_style(names.index(name)))
    axes.set(xlabel="training step", ylabel="path mass times coverage, held out", ylim=(0, 1))
    if results:
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), ncols=1 + len(labeled) // 24)


def _draw_lengths(axes: Axes, results: Sequence[Result]) -> None:
    """Draw a cell for each name and length with the share of texts that failed, over all seeds."""
    if not results:
        axes.set_axis_off()
        return
    names = list(dict.fromkeys(result["name"] for result in results))
    multiples = list(results[0]["lengths"])
    shares = np.array([[_share(results, name, multiple) for multiple in multiples] for name in names])
    axes.imshow(shares, cmap="Reds", vmin=0, vmax=130, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        axes.text(column, row, f"{share:.0f}", ha="center", va="center", fontsize=7)
    axes.set_xticks(range(len(multiples)), [f"{multiple}x" for multiple in multiples])
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set(xlabel="times the longest training utterance", title="texts that failed at the first try, %")
    axes.title.set_fontsize(9)


def _share(results: Sequence[Result], name: str, multiple: str) -> float:
    rows = [row for result in results if result["name"] == name for row in result["lengths"].get(multiple, [])]
    return 100 * failures(rows) / max(1, len(rows))


def _draw_alignments(panels: np.ndarray, alignments: Mapping[str, np.ndarray]) -> None:
    for axes in panels:
        axes.set_axis_off()
    for axes, (name, weights) in zip(panels, alignments.items()):
        axes.set_axis_on()
        axes.imshow(np.sqrt(weights.T / 255), origin="lower", aspect="auto", interpolation="nearest", vmin=0, vmax=1)
        axes.set_title(name, fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])


def _style(number: int) -> dict[str, Any]:
    return {"color": f"C{number % 10}", "linestyle": ("-", "--", ":", "-.")[number // 10 % 4], "linewidth": 1.3}
