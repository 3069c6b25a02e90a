"""Self-repair: a sentence whose alignment has faults is synthesized again, with a fixed sequence of strategies.

========  ==========================================================================================================
strategy  what it does
========  ==========================================================================================================
first     synthesizes with the requested seed
seed      uses the next two seeds; only if the seed changes the speech of this voice
window    allows attention only near the last attended symbol, and only for a limited time (``conf/repair.yaml``)
prior     gives the next symbols more weight than the others (``conf/repair.yaml``)
split     cuts the text in two before the failure, and synthesizes each part alone
========  ==========================================================================================================

``window`` and ``prior`` are used only if the attention supports constraints. The result is the first attempt without
faults, otherwise the attempt with the least severe faults. If a sentence has no alignment at all, only ``split`` is
tried. The same text and seed always give the same attempts, at most eleven; ``SpokenSentence.attempts`` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from tts.alignment import AlignmentReport
from tts.synthesis.speech import Attempt, SpokenSentence
from tts.text.sentences import COMMA_PAUSE, WORD_PAUSE

EXTRA_SEEDS = 2
COMMA_SEARCH_CHARACTERS = 40  # a comma at most this far before a failure is a better place to cut than a space


Try = tuple[str, int, str | None]  # strategy, seed, rule


class Speak(Protocol):
    """Synthesizes a text with a seed and an attention constraint; raises ValueError if it has nothing to speak."""

    def __call__(self, text: str, seed: int, rule: str | None = None) -> SpokenSentence:
        """Synthesize without audio."""


def repair_sentence(
    first: SpokenSentence, seed: int, speak: Speak, rules: Sequence[str] = (), more_seeds: int = EXTRA_SEEDS
) -> list[SpokenSentence]:
    """Retry a sentence that has faults. Returns it unchanged, one better attempt, or two parts if it had to be split.

    Args:
        first: the first attempt, with ``seed``.
        seed: the requested seed.
        speak: synthesizes another attempt.
        rules: names of the attention constraints that the voice supports.
        more_seeds: number of other seeds to try; 0 if the seed does not change the speech.
    """
    first = replace(first, attempts=(attempt("first", seed, first.report),))
    if first.report.healthy:
        return [first]
    lost = _has_no_alignment(first.report)
    best = first if lost else _try_strategies(first, seed, speak, rules, more_seeds)
    if best.report.healthy:
        return [best]
    parts = _try_split(first, seed, speak, 0 if lost else more_seeds)
    helps = sum(part.report.severity for part in parts) < best.report.severity
    if not parts or not helps or all(_has_no_alignment(part.report) for part in parts):
        return [replace(best, attempts=best.attempts + tuple(a for part in parts for a in part.attempts))]
    head, tail = parts
    return [replace(head, attempts=best.attempts + head.attempts), tail]


def attempt(strategy: str, seed: int, report: AlignmentReport, text: str | None = None) -> Attempt:
    """Describe one attempt."""
    return Attempt(strategy, seed, report.healthy, report.verdict, report.severity, text)


def _try_strategies(
    first: SpokenSentence, seed: int, speak: Speak, rules: Sequence[str], more_seeds: int
) -> SpokenSentence:
    """Try the strategies in order. Returns the first attempt without faults, else the best one, with all attempts."""
    tries: list[Try] = [("seed", other, None) for other in range(seed + 1, seed + 1 + more_seeds)]
    tries += [(rule, seed, rule) for rule in rules]
    return _best_of(first, tries, speak)


def _best_of(first: SpokenSentence, tries: Sequence[Try], speak: Speak) -> SpokenSentence:
    best, attempts = first, list(first.attempts)
    for strategy, seed, rule in tries:
        if best.report.healthy:
            break
        spoken = speak(first.text, seed, rule)
        attempts.append(attempt(strategy, seed, spoken.report, attempts[0].text))
        if spoken.report.severity < best.report.severity:
            best = spoken
    return replace(best, pause=first.pause, attempts=tuple(attempts))


def _try_split(first: SpokenSentence, seed: int, speak: Speak, more_seeds: int) -> list[SpokenSentence]:
    """Split the sentence, synthesize each part with several seeds. Returns the best of each; [] without a split."""
    cut = find_split(first.text, first.report.later_in_text(-first.char_start))
    if cut is None:
        return []
    left, right = first.text[:cut].rstrip(), first.text[cut:].lstrip()
    inner = WORD_PAUSE if left[-1].isalnum() else COMMA_PAUSE
    tries: list[Try] = [("split", other, None) for other in range(seed + 1, seed + 1 + more_seeds)]
    parts = []
    for text, pause in ((left, inner), (right, first.pause)):
        try:
            spoken = speak(text, seed)
        except ValueError:  # the part has only signs and foreign letters
            return []
        spoken = replace(spoken, pause=pause, attempts=(attempt("split", seed, spoken.report, text),))
        parts.append(_best_of(spoken, tries, speak))
    return parts


def find_split(text: str, report: AlignmentReport) -> int | None:
    """The position where ``text`` is split: after a punctuation mark shortly before the first fault, else at a space.

    If the position of the fault is unknown, or if there is no alignment, the text is split near its middle. None if no
    split leaves a word on both sides.
    """
    places = [match.end() for match in re.finditer(r"\s+", text)]
    places = [p for p in places if re.search(r"\w", text[:p]) and re.search(r"\w", text[p:])]
    if not places:
        return None
    known = [fault.char_start for fault in report.faults if fault.char_start is not None]
    failure = min(known) if known and not _has_no_alignment(report) else len(text) // 2
    before = [p for p in places if p <= failure] or places[:1]
    marked = [p for p in before if not text[:p].rstrip()[-1].isalnum() and p >= failure - COMMA_SEARCH_CHARACTERS]
    return max(marked or before)


def _has_no_alignment(report: AlignmentReport) -> bool:
    return any(fault.kind == "no_alignment" for fault in report.faults)
