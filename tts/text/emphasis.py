"""Emphasis by stress marks, for voices that have no other control of emphasis."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

_VOWEL = re.compile("[aeiouæɐɑɒɔəɚɛɜɪʊʌᵻ]")
_FULL = {"ɐ": "eɪ", "ə": "ʌ"}


def apply_emphasis(phonemes: str, level: str) -> str:
    """Apply SSML's emphasis ``level`` to the phonemes of one word.

    A strong or moderate word gets a primary stress; a reduced word loses it.

    >>> apply_emphasis("kæn", "strong")
    'kˈæn'
    """
    if level == "reduced":
        return phonemes.replace("ˈ", "ˌ")
    if level not in ("strong", "moderate") or "ˈ" in phonemes:
        return phonemes
    if "ˌ" in phonemes:
        return phonemes.replace("ˌ", "ˈ", 1)
    return _VOWEL.sub(lambda m: "ˈ" + _FULL.get(m[0], m[0]), phonemes, count=1)


class EmphasisSpans:
    """The spans of a source that are emphasized, with their levels.

    Args:
        spans: (start, end, level). Of two spans that overlap, one must lie within the other.
    """

    def __init__(self, spans: Iterable[tuple[int, int, str]] = ()):
        self._spans = sorted(spans, key=lambda span: (span[0], -span[1]))
        self._starts = [start for start, _, _ in self._spans]
        self._around: list[int] = []  # for each span the index of the span around it, or -1
        open_spans: list[int] = []
        for index, (_, end, _) in enumerate(self._spans):
            while open_spans and self._spans[open_spans[-1]][1] < end:
                open_spans.pop()
            self._around.append(open_spans[-1] if open_spans else -1)
            open_spans.append(index)

    def __len__(self) -> int:
        return len(self._spans)

    def level_at(self, start: int, end: int) -> str | None:
        """The level of the innermost span around ``source[start:end]``, or None."""
        index = bisect_right(self._starts, start) - 1
        while index >= 0:
            if end <= self._spans[index][1]:
                return self._spans[index][2]
            index = self._around[index]
        return None
