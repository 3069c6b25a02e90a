"""The table and the figure of a comparison.

A result is what ``python -m tts.compare_attentions`` keeps of one voice as JSON: ``name``, ``curves`` and ``costs`` (as
`tts.evaluation.attention.trial` makes them), ``lengths`` (rows by how many times the longest training utterance),
``repeated_words`` (rows), ``repairs`` (by length).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # the command line says --help without waiting for matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: There is a diagonal on held-out utterances where so much of the weight is on one walk that never goes back or jumps,
DIAGONAL = 0.5
COVERED = 0.9  # and so many symbols were attended to: a walk that stands on the first symbol has a path mass too
AGAIN = ("repeated", "jumped")  # faults of an attention that went back

Result = Mapping[str, Any]


def steps_to_diagonal(curves: Mapping[str, Sequence[float]]) -> int | None:
    """The first validation step with a diagonal, as `DIAGONAL` and `COVERED` say; None if there was none."""
    points = zip(curves["step"], curves["path_mass"], curves["coverage"])
    return next((step for step, mass, coverage in points if mass >= DIAGONAL and coverage >= COVERED), None)


def failures(rows: Sequence[Mapping[str, Any]]) -> int:
    """How many of the texts failed."""
    return sum(row["failed"] for row in rows)


def table(results: Sequence[Result]) -> list[list[str]]:
    """Headings, then a row for each result."""
    multiples = list(results[0]["lengths"])
    lengths = [f"failed at {multiple}x" for multiple in multiples]
    longest = [f"coverage at {multiples[-1]}x", f"went back at {multiples[-1]}x"] if multiples else []
    heading = ["", "steps to a diagonal", *lengths, *longest, "repeated words failed"]
    heading += ["training, frames/s", "generation, ms/step", "parameters", "of the attention"]
    return [heading, *(_row(result, multiples) for result in results)]


def _row(result: Result, multiples: Sequence[str]) -> list[str]:
    cells = [result["name"]]
    if result["curves"] is None:
        cells.append("")
    else:
        cells.append(str(steps_to_diagonal(result["curves"]) or f"over {result['curves']['step'][-1]}"))
    judged = [result["lengths"].get(multiple, []) for multiple in multiples]
    cells += [f"{failures(rows)}/{len(rows)}" for rows in judged]
    if judged:
        cells.append(f"{np.mean([row['coverage'] for row in judged[-1]]):.3f}")
        cells.append(f"{sum(bool({*AGAIN} & {*row['faults']}) for row in judged[-1])}/{len(judged[-1])}")
    cells.append(f"{failures(result['repeated_words'])}/{len(result['repeated_words'])}")
    costs = result["costs"]
    cells += [f"{costs['train_frames_per_second']:,}", f"{costs['step_milliseconds']:.2f}"]
    return [*cells, f"{costs['parameters']:,}", f"{costs['attention_parameters']:,}"]


def repair_table(results: Sequence[Result]) -> list[list[str]]:
    """Headings, then for every result whose failures were read again: how many failed, and what healed them."""
    rungs = ["seed", "window", "prior", "split", "none"]
    rows = []
    for result in results:
        for multiple, healed in (result["repairs"] or {}).items():
            rows.append([result["name"], f"{multiple}x", str(sum(healed.values()))])
            rows[-1] += [str(healed.get(strategy, 0)) for strategy in rungs]
    return [["", "length", "failed", *rungs], *rows]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table, its first row the heading."""
    heading, *rest = rows
    ruled = [heading, ["---", *["---:"] * (len(heading) - 1)], *rest]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled) + "\n"


def draw(results: Sequence[Result], alignments: Mapping[str, np.ndarray]) -> Figure:
    """What was learnt over training steps, failures over length, and each one's alignment of the same longest text.

    Args:
        results: of which those without ``curves`` or ``lengths`` are left out of their panel.
        alignments: (T, N) uint8 by name.
    """
    from matplotlib.figure import Figure

    columns = 5
    rows = -(-len(alignments) // columns)
    figure = Figure(figsize=(12, 3.6 + 2.2 * rows), layout="constrained", dpi=100)
    top, bottom = figure.subfigures(2, 1, height_ratios=[3.6, max(0.1, 2.2 * rows)])
    curves, lengths = top.subplots(1, 2)
    _draw_curves(curves, [result for result in results if result["curves"]])
    _draw_lengths(lengths, [result for result in results if result["lengths"]])
    if rows:
        _draw_alignments(bottom.subplots(rows, columns, squeeze=False).ravel(), alignments)
        bottom.supxlabel("decoder step", fontsize=9)
        bottom.supylabel("symbol", fontsize=9)
    return figure


def _draw_curves(axes: Axes, results: Sequence[Result]) -> None:
    """Path mass times coverage: who stands on the first symbol has a path mass too."""
    for result, style in zip(results, _styles()):
        curves = result["curves"]
        axes.plot(curves["step"], np.multiply(curves["path_mass"], curves["coverage"]), label=result["name"], **style)
    axes.set(xlabel="training step", ylabel="path mass times coverage, held out", ylim=(0, 1))
    if results:
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _draw_lengths(axes: Axes, results: Sequence[Result]) -> None:
    """Lines that would cover one another are drawn a little apart."""
    for number, (result, style) in enumerate(zip(results, _styles())):
        shares = [100 * failures(rows) / len(rows) for rows in result["lengths"].values()]
        shift = 0.8 * (number - (len(results) - 1) / 2)
        axes.plot(range(len(shares)), np.array(shares) + shift, marker="o", markersize=3, **style)
        axes.set_xticks(range(len(shares)), [f"{multiple}x" for multiple in result["lengths"]])
    axes.set(xlabel="times the longest training utterance", ylabel="texts that failed at the first try, %")
    axes.set_ylim(-6, 106)


def _draw_alignments(panels: np.ndarray, alignments: Mapping[str, np.ndarray]) -> None:
    for axes in panels:
        axes.set_axis_off()
    for axes, (name, weights) in zip(panels, alignments.items()):
        axes.set_axis_on()
        axes.imshow(np.sqrt(weights.T / 255), origin="lower", aspect="auto", interpolation="nearest", vmin=0, vmax=1)
        axes.set_title(name, fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])


def _styles() -> list[dict[str, Any]]:
    return [{"color": f"C{n % 10}", "linestyle": ("-", "--", ":")[n // 10], "linewidth": 1.3} for n in range(30)]
