"""The table of a comparison.

A result is what ``python -m tts.compare_attentions`` keeps of one voice as JSON: ``name``, ``curves`` and ``costs`` (as
`tts.evaluation.attention.trial` makes them), ``lengths`` (rows by how many times the longest training utterance),
``repeated_words`` (rows), ``repairs`` (by length), ``hearing`` (of `tts.evaluation.attention.hearing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

#: Held-out utterances show a diagonal if this path mass is reached,
DIAGONAL = 0.5
COVERED = 0.9  # and this coverage: attention stuck on the first symbol has path mass too
BACKWARD_FAULTS = ("repeated", "jumped")

Result = Mapping[str, Any]


def steps_to_diagonal(curves: Mapping[str, Sequence[float]]) -> float | None:
    """The first validation step with a diagonal, as `DIAGONAL` and `COVERED` say; None if there was none."""
    points = zip(curves["step"], curves["path_mass"], curves["coverage"])
    return next((step for step, mass, coverage in points if mass >= DIAGONAL and coverage >= COVERED), None)


def failures(rows: Sequence[Mapping[str, Any]]) -> int:
    """Number of texts that failed."""
    return sum(row["failed"] for row in rows)


def table(results: Sequence[Result]) -> list[list[str]]:
    """Headings, then a row for each name with the mean and standard deviation over its seeds."""
    multiples = list(results[0]["lengths"])
    lengths = [f"failed at {multiple}x" for multiple in multiples]
    longest = [f"coverage at {multiples[-1]}x", f"went back at {multiples[-1]}x"] if multiples else []
    heading = ["", "steps to a diagonal", *lengths, *longest, "repeated words failed"]
    heading += ["WER, %"] * any(result.get("hearing") for result in results)
    heading += ["training, frames/s", "generation, ms/step", "parameters", "of the attention"]
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result["name"], []).append(result)
    return [heading, *(_row(name, seeds, multiples, "WER, %" in heading) for name, seeds in groups.items())]


def _row(name: str, seeds: Sequence[Result], multiples: Sequence[str], heard: bool) -> list[str]:
    cells = [name, _diagonal([result["curves"] for result in seeds])]
    runs_at = [[result["lengths"].get(multiple, []) for result in seeds] for multiple in multiples]
    cells += [_failed(runs) for runs in runs_at]
    if runs_at:
        cells.append(_spread([float(np.mean([row["coverage"] for row in rows])) for rows in runs_at[-1]], 3))
        back = [sum(bool({*BACKWARD_FAULTS} & {*row["faults"]}) for row in rows) for rows in runs_at[-1]]
        cells.append(_share(back, len(runs_at[-1][0])))
    cells.append(_failed([result["repeated_words"] for result in seeds]))
    if heard:
        rates = [result["hearing"]["wer"] for result in seeds if result.get("hearing")]
        cells.append(_spread(rates, 1) if rates else "")
    best = {key: [result["costs"][key] for result in seeds] for key in seeds[0]["costs"]}
    cells += [f"{max(best['train_frames_per_second']):,}", f"{min(best['step_milliseconds']):.2f}"]
    return [*cells, f"{best['parameters'][0]:,}", f"{best['attention_parameters'][0]:,}"]


def _diagonal(curves: Sequence[Mapping[str, Sequence[float]] | None]) -> str:
    """Steps to a diagonal; "over" if a seed found none."""
    known = [curve for curve in curves if curve is not None]
    found = [steps_to_diagonal(curve) for curve in known]
    if None in found:
        return f"over {known[found.index(None)]['step'][-1]}"
    return _spread([float(steps) for steps in found if steps], 0) if found else ""


def _failed(runs: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    return _share([failures(rows) for rows in runs], len(runs[0]))


def _share(counts: Sequence[int], total: int) -> str:
    """ "2/16" if all seeds have the same count, otherwise "2.0 ± 1.0 of 16"."""
    return f"{counts[0]}/{total}" if len({*counts}) == 1 else f"{_spread([float(n) for n in counts], 1)} of {total}"


def _spread(values: Sequence[float], digits: int) -> str:
    """Mean and standard deviation, or the value if all are the same."""
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len({*values}) == 1 else f"{mean} ± {np.std(values, ddof=1):.{digits}f}"


def repair_table(results: Sequence[Result]) -> list[list[str]]:
    """Headings, then for every result with repairs: the number of failures and of each strategy that helped."""
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
