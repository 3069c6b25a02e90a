"""Self-repair: a sentence whose alignment has faults is synthesized again, with a fixed sequence of strategies.

=======  ===========================================================================================================
rung     what is tried
=======  ===========================================================================================================
first    the seed that was asked for
seed     the next seeds, another draw of the prenet's dropout; only where the voice reads otherwise with them
window   only symbols near the last one may be attended to, and none for too long (``conf/repair.yaml``)
prior    what comes next is likelier than the rest; both only where the attention does not keep order by itself
split    the text in two, cut before the failure, each part on its own
=======  ===========================================================================================================

The first healthy attempt is kept; if there is none, the one with the least wrong. Where there is no alignment at all
another draw does not help, and only the split is tried. Everything follows from text and seed, a sentence takes at
most eleven readings, and each is told in ``SpokenSentence.attempts``.
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
COMMA_SEARCH_CHARACTERS = 40  # characters before a failure within which a comma is a better cut than a space


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
        first: the reading with ``seed``.
        seed: that was asked for.
        speak: makes another reading.
        rules: names of those that the attention can be held to.
        more_seeds: to try; 0 where every seed reads alike.
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
    """Describe one reading as an `Attempt`."""
    return Attempt(strategy, seed, report.healthy, report.verdict, report.severity, text)


def _try_strategies(
    first: SpokenSentence, seed: int, speak: Speak, rules: Sequence[str], more_seeds: int
) -> SpokenSentence:
    """Try the strategies in order. Returns the first reading without faults, else the best one, with all attempts."""
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
    """Where to split ``text``: after the last punctuation shortly before the first fault, else at the space before it.

    None if there is no place with a word on either side. A failure whose place is not known, or that is everywhere,
    is cut around in the middle.
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
