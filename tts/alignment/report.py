"""The report of an alignment: metrics, faults and a verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tts.alignment import metrics as measures
from tts.alignment.faults import Fault, FaultDetector
from tts.alignment.symbol_words import Span

if TYPE_CHECKING:
    from torch import Tensor

HEALTHY = "complete and in order"
MAX_FAULTS = 6  # largest number of faults in a verdict


class AlignmentReport(NamedTuple):
    """The report of one utterance; `tts.alignment.metrics` defines the metrics."""

    focus: float
    diagonality: float
    coverage: float  # of the spoken symbols, if the symbols are known
    skipped: list[str]  # each skipped symbol with its position, as "k (14)"
    backward_jumps: int
    end_reached: bool
    verdict: str  # a sentence for each fault, or `HEALTHY`
    entropy: float = 0.0
    path_mass: float = 1.0
    faults: tuple[Fault, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether the whole text was read, once, in order, and nothing after it."""
        return not self.faults

    @property
    def severity(self) -> int:
        """Number of symbols with faults, at least one per fault; used to compare attempts at the same text."""
        return sum(fault.symbols[1] - fault.symbols[0] + 1 for fault in self.faults)

    def later_in_text(self, characters: int) -> AlignmentReport:
        """The same report in a longer text in which the text begins ``characters`` later."""
        return self._replace(faults=tuple(fault.later_in_text(characters) for fault in self.faults))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**self._asdict(), "healthy": self.healthy, "faults": [fault._asdict() for fault in self.faults]}


def report(
    alignment: np.ndarray | Tensor,
    symbols: Sequence[str] | None = None,
    text: str | None = None,
    spans: Sequence[Span | None] | None = None,
    step_seconds: float | None = None,
) -> AlignmentReport:
    """Analyze an alignment (T_dec, T_text) cropped to its true lengths; several heads (H, T_dec, T_text) are averaged.

    Args:
        alignment: the weights from which the contexts were computed.
        symbols: T_text strings. With them only letters count as skipped: a decoder need not attend to a stress mark,
            a space or a comma.
        text: the text of the symbols, so that faults can be described in its words.
        spans: for each symbol its (start, end) in ``text``, or None; without them words are counted.
        step_seconds: duration of a decoder step; without it ordinary speech is assumed.

    Raises:
        ValueError: the shapes do not fit, or the alignment is empty.
    """
    weights = measures.as_matrix(alignment)
    N = weights.shape[1]
    for given, name in ((symbols, "names"), (spans, "spans")):
        if given is not None and len(given) != N:
            raise ValueError(f"the alignment has {N} symbols and {len(given)} {name} were given for them")
    reading = FaultDetector(weights, symbols, text, spans, step_seconds)
    faults = tuple(reading.faults())
    return AlignmentReport(
        focus=measures.focus(weights),
        diagonality=measures.diagonality(weights),
        coverage=reading.coverage,
        skipped=[f"{reading.names[j]} ({j})" for j in np.flatnonzero(reading.missed)],
        backward_jumps=measures.backward_jumps(weights),
        end_reached=reading.end_reached,
        verdict=_verdict(faults),
        entropy=measures.entropy(weights),
        path_mass=reading.path_mass,
        faults=faults,
    )


def summarize(reports: Sequence[AlignmentReport], steps: Sequence[int], spoken: Sequence[int]) -> AlignmentReport:
    """One report for several sentences: means over steps and spoken symbols, faults with the number of the sentence."""
    if len(reports) == 1:
        return reports[0]
    sentences = [f"sentence {n}: {report.verdict}" for n, report in enumerate(reports, 1) if not report.healthy]

    def mean(name: str, weights: Sequence[int] | np.ndarray) -> float:
        return float(np.average([getattr(report, name) for report in reports], weights=weights))

    return AlignmentReport(
        focus=mean("focus", steps),
        diagonality=mean("diagonality", steps),
        coverage=mean("coverage", np.maximum(1, spoken)),
        skipped=[f"{name} in sentence {n}" for n, report in enumerate(reports, 1) for name in report.skipped],
        backward_jumps=sum(report.backward_jumps for report in reports),
        end_reached=all(report.end_reached for report in reports),
        verdict="; ".join(sentences) or HEALTHY,
        entropy=mean("entropy", steps),
        path_mass=mean("path_mass", steps),
        faults=tuple(fault for report in reports for fault in report.faults),
    )


def _verdict(faults: Sequence[Fault]) -> str:
    sentences = [fault.message for fault in faults[:MAX_FAULTS]]
    if len(faults) > MAX_FAULTS:
        sentences.append(f"and {len(faults) - MAX_FAULTS} faults more")
    return "; ".join(sentences) or HEALTHY
