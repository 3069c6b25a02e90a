"""Checks of a corpus before training, and their report."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tts.core.files import atomic_write
from tts.data.metadata import Problem

KINDS = {  # kind of problem -> its description with advice, in the order of the report
    "columns": "lines of metadata.csv with a wrong number of columns; expected id|text or id|raw|text",
    "encoding": "lines of metadata.csv that are not UTF-8; save it as UTF-8",
    "duplicate_id": "ids that occur more than once",
    "empty_text": "lines without text",
    "missing_audio": "recordings that do not exist",
    "audio": "recordings that cannot be used: corrupt, empty, silent or NaN",
    "unreadable_text": "texts that hold nothing that can be pronounced",
    "too_short": "recordings with fewer mel frames than symbols; an attention cannot visit every symbol",
    "pace": "seconds per symbol far from the median; the text probably differs from the recording",
    "pace_tail": "seconds per symbol outside the quantiles; listen to some of them",
    "too_long": "recordings much longer than the others; each fills a batch and needs much memory",
    "lost_letters": "letters that the language cannot read; they were left out",
    "marks": "marks such as [laughs], (inaudible) or <unk> in the text; write the spoken words, or remove the line",
    "few_steps": "fewer decoder steps than symbols at this reduction factor; use a smaller factor or remove them",
    "transcript": "recordings whose recognized text differs from their text",
    "wrong_text": "texts that, according to the aligner, fit another recording better; listen to them",
    "inverted": "stereo recordings whose channels are inverted and cancel out; one channel was used, listen to it",
    "clipped": "clipped recordings; record at a lower level",
    "silence": "long silence at the start or end; it was trimmed, but check how the recordings were cut",
    "duplicate_text": "texts that occur more than once",
    "unknown_symbols": "phonemes outside the symbol table; they were dropped",
    "digits": "digits in the text; the normalizer guesses how the speaker read them",
    "sample_rate": "recordings at another sample rate than most; they were resampled",
}


_MARKS = re.compile(
    r"\[[^\[\]]{1,40}\]|<[^<>]{1,40}>|\{[^{}]{1,40}\}|&#?\w{2,10};"
    r"|\((?:inaudible|unintelligible|laugh\w*|music|applause|noise|crosstalk|coughs?|sighs?|pause|silence)\)"
)


class Checks:
    """Checks the records of a preparation.

    Args:
        reduction_factor: R, to compare the number of decoder steps with the number of symbols.
        silence_seconds: a longer silence at either end is reported.
        quantiles: seconds per symbol below the first or above the second quantile are reported.
        max_pace_ratio: an utterance that is this many times faster or slower than the median is left out.
        max_seconds: recordings longer than this and than four times the median are reported.
    """

    def __init__(
        self,
        reduction_factor: int,
        silence_seconds: float,
        quantiles: Sequence[float],
        max_pace_ratio: float,
        max_seconds: float = 20.0,
    ) -> None:
        self.reduction_factor = reduction_factor
        self.silence_seconds = silence_seconds
        self.quantiles = tuple(quantiles)
        self.max_pace_ratio = max_pace_ratio
        self.max_seconds = max_seconds

    def __call__(self, records: Sequence[dict[str, Any]]) -> list[Problem]:
        """The problems of ``records``, the journal's records in the order of the metadata."""
        failed = [(record["id"], record["problem"]) for record in records if "problem" in record]
        found = [Problem(name, kind, detail, True) for name, (kind, detail) in failed]
        usable = [record for record in records if "problem" not in record]
        for record in usable:
            found += self._check(record)
        found += self._check_pace(usable)
        found += _check_all(usable)
        return found

    def _check(self, record: dict[str, Any]) -> Iterable[Problem]:
        name, features = record["id"], record["features"]
        frames, symbols = features["num_frames"], len(record["tokens"])
        steps = math.ceil(frames / self.reduction_factor)
        if frames < symbols:
            yield Problem(name, "too_short", f"{frames} frames for {symbols} symbols", True)
        elif steps < symbols:
            yield Problem(name, "few_steps", f"{steps} steps for {symbols} symbols at R={self.reduction_factor}", False)
        if features.get("inverted"):
            yield Problem(name, "inverted", "its channels cancel out; one channel was used", False)
        if features["clipped"]:
            yield Problem(name, "clipped", f"clipped at {features['clipped']} places", False)
        if max(features["head"], features["tail"]) > self.silence_seconds:
            yield Problem(
                name, "silence", f"{features['head']:.2f} s at the start, {features['tail']:.2f} s at the end", False
            )
        if record.get("lost"):
            yield Problem(name, "lost_letters", " ".join(_name_symbol(c) for c in record["lost"]), False)
        if marks := _MARKS.findall(record["text"]):
            yield Problem(name, "marks", " ".join(marks), False)
        if record["unknown"]:
            yield Problem(name, "unknown_symbols", " ".join(_name_symbol(s) for s in record["unknown"]), False)
        if any(character.isdigit() for character in record["text"]):
            yield Problem(name, "digits", record["text"], False)

    def _check_pace(self, records: Sequence[dict[str, Any]]) -> Iterable[Problem]:
        if not records:
            return
        pace = np.array([_pace(record) for record in records])
        low, median, high = np.quantile(pace, [self.quantiles[0], 0.5, self.quantiles[1]])
        usual = float(np.median([record["features"]["kept_seconds"] for record in records]))
        for record in records:
            seconds = record["features"]["kept_seconds"]
            if seconds > max(self.max_seconds, 4 * usual):
                yield Problem(record["id"], "too_long", f"{seconds:.1f} s, the median is {usual:.1f} s", False)
        for record, value in zip(records, pace):
            detail = f"{value:.3f} s per symbol, the median is {median:.3f}"
            if not median / self.max_pace_ratio <= value <= median * self.max_pace_ratio:
                yield Problem(record["id"], "pace", detail, True)
            elif value < low or value > high:
                yield Problem(record["id"], "pace_tail", detail, False)


def _pace(record: dict[str, Any]) -> float:
    return record["features"]["kept_seconds"] / len(record["tokens"])


def _check_all(records: Sequence[dict[str, Any]]) -> Iterable[Problem]:
    by_text: dict[str, list[str]] = defaultdict(list)
    for record in records:
        by_text[" ".join(record["text"].lower().split())].append(record["id"])
    for names in by_text.values():
        for name in names[1:]:
            yield Problem(name, "duplicate_text", f"the same text as {names[0]}", False)
    rates = Counter(record["features"]["sample_rate"] for record in records)
    usual = rates.most_common(1)[0][0] if rates else None
    for record in records:
        rate = record["features"]["sample_rate"]
        if rate != usual:
            yield Problem(record["id"], "sample_rate", f"{rate} Hz, most have {usual} Hz", False)


def _name_symbol(symbol: str) -> str:
    return f"{symbol} (U+{ord(symbol):04X})"


def add_to_report(folder: Path, kind: str, problems: Sequence[Problem]) -> None:
    """Add problems of a later command to the report of ``folder``. They replace earlier problems of this ``kind``."""
    try:
        content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        earlier = [Problem(**one) for name, found in content["problems"].items() if name != kind for one in found]
        summary = dict(content["summary"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        earlier, summary = [], {}  # the corpus has no valid report
    write_report(folder, summary, [*earlier, *problems])


def write_report(folder: Path, summary: dict[str, Any], problems: Sequence[Problem]) -> str:
    """Write ``report.json`` and ``report.txt`` into ``folder`` and return the summary of ``report.txt``.

    Args:
        folder: the corpus folder.
        summary: name -> number or mapping.
        problems: the problems in any order; the report sorts them by kind.
    """
    grouped = {kind: [problem for problem in problems if problem.kind == kind] for kind in KINDS}
    by_kind = {kind: [problem._asdict() for problem in found] for kind, found in grouped.items() if found}
    content = json.dumps({"summary": summary, "problems": by_kind}, ensure_ascii=False, indent=1)
    atomic_write(folder / "report.json", content)
    head = [f"{name}: {value}" for name, value in summary.items()]
    body: list[str] = []
    for kind, found in grouped.items():
        if not found:
            continue
        head.append(f"{len(found):6d} {'left out' if found[0].excluded else 'kept    '}  {KINDS[kind]}")
        body += ["", f"{KINDS[kind]} ({len(found)}, {'left out' if found[0].excluded else 'kept'}):"]
        body += [f"  {problem.id}  {problem.detail}" for problem in found]
    if not body:
        head.append("no problems found")
    atomic_write(folder / "report.txt", "\n".join(head + body) + "\n")
    return "\n".join(head)
