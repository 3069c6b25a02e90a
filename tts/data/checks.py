"""What is wrong with a corpus, said before a GPU hour is spent on it."""

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

KINDS = {  # in the order of the report, with the advice that goes with each
    "columns": "lines of metadata.csv with a wrong number of columns; expected id|text or id|raw|text",
    "encoding": "lines of metadata.csv that are not UTF-8; save it as UTF-8",
    "duplicate_id": "ids that occur more than once",
    "empty_text": "lines without text",
    "missing_audio": "recordings that are not there",
    "audio": "recordings that cannot be used: corrupt, empty, silent or NaN",
    "unreadable_text": "texts in which nothing can be pronounced",
    "too_short": "recordings with fewer mel frames than symbols; no attention can pass through them",
    "pace": "seconds per symbol far from the median; the text is probably not what is said",
    "pace_tail": "seconds per symbol outside the quantiles; listen to a few of them",
    "too_long": "recordings much longer than the others; each makes a batch of its own and takes much memory",
    "lost_letters": "letters that the text's language does not have; they were left out",
    "marks": "marks of a transcript such as [laughs], (inaudible) or <unk>; write what is heard, or drop the line",
    "few_steps": "fewer decoder steps than symbols at this reduction factor; use a smaller one or drop them",
    "transcript": "recordings in which a recognizer hears another text",
    "wrong_text": "texts that fit another recording better, as the aligner hears it; listen to them",
    "inverted": "stereo recordings whose channels are inverted and cancel out; one channel was taken, listen to it",
    "clipped": "clipped recordings (flat tops); record at a lower level",
    "silence": "long silence at head or tail; it was trimmed, but look how the recordings were cut",
    "duplicate_text": "texts that occur more than once",
    "unknown_symbols": "phonemes outside the symbol table; they were dropped",
    "digits": "digits in the text; the normalizer guesses how they were read",
    "sample_rate": "recordings at another sample rate than most; they were resampled",
}


_MARKS = re.compile(
    r"\[[^\[\]]{1,40}\]|<[^<>]{1,40}>|\{[^{}]{1,40}\}|&#?\w{2,10};"
    r"|\((?:inaudible|unintelligible|laugh\w*|music|applause|noise|crosstalk|coughs?|sighs?|pause|silence)\)"
)


class Checks:
    """Judges the records of a preparation.

    Args:
        reduction_factor: R at which decoder steps are counted against symbols.
        silence_seconds: silence at either end longer than this is named.
        quantiles: seconds per symbol below the first or above the second are named.
        max_pace_ratio: an utterance this many times faster or slower than the median is left out.
        max_seconds: recordings longer than this, and four times as long as the median, are named.
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
        """Problems of ``records``, the journal's records in the order of the metadata."""
        failed = [(record["id"], record["problem"]) for record in records if "problem" in record]
        found = [Problem(name, kind, detail, True) for name, (kind, detail) in failed]
        usable = [record for record in records if "problem" not in record]
        for record in usable:
            found += self._judge(record)
        found += self._judge_pace(usable)
        found += _judge_together(usable)
        return found

    def _judge(self, record: dict[str, Any]) -> Iterable[Problem]:
        name, features = record["id"], record["features"]
        frames, symbols = features["num_frames"], len(record["tokens"])
        steps = math.ceil(frames / self.reduction_factor)
        if frames < symbols:
            yield Problem(name, "too_short", f"{frames} frames for {symbols} symbols", True)
        elif steps < symbols:
            yield Problem(name, "few_steps", f"{steps} steps for {symbols} symbols at R={self.reduction_factor}", False)
        if features.get("inverted"):
            yield Problem(name, "inverted", "its channels cancel out; one was taken", False)
        if features["clipped"]:
            yield Problem(name, "clipped", f"{features['clipped']} flat tops", False)
        if max(features["head"], features["tail"]) > self.silence_seconds:
            yield Problem(name, "silence", f"{features['head']:.2f} s head, {features['tail']:.2f} s tail", False)
        if record.get("lost"):
            yield Problem(name, "lost_letters", " ".join(_name_symbol(c) for c in record["lost"]), False)
        if marks := _MARKS.findall(record["text"]):
            yield Problem(name, "marks", " ".join(marks), False)
        if record["unknown"]:
            yield Problem(name, "unknown_symbols", " ".join(_name_symbol(s) for s in record["unknown"]), False)
        if any(character.isdigit() for character in record["text"]):
            yield Problem(name, "digits", record["text"], False)

    def _judge_pace(self, records: Sequence[dict[str, Any]]) -> Iterable[Problem]:
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


def _judge_together(records: Sequence[dict[str, Any]]) -> Iterable[Problem]:
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
    """Put what a later command found into the report of ``folder``, instead of what it had found of this ``kind``."""
    try:
        content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        earlier = [Problem(**one) for name, found in content["problems"].items() if name != kind for one in found]
        summary = dict(content["summary"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        earlier, summary = [], {}  # a corpus from elsewhere
    write_report(folder, summary, [*earlier, *problems])


def write_report(folder: Path, summary: dict[str, Any], problems: Sequence[Problem]) -> str:
    """Write ``report.json`` and ``report.txt`` into ``folder``; returns the readable one's head.

    Args:
        folder: the corpus folder.
        summary: what was counted, name -> number or mapping.
        problems: in any order; the report sorts them by kind.
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
