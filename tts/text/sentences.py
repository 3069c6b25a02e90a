"""Split long text into sentences. Each has its position in the source and the pause after it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from tts.text import lines
from tts.text.language import Language, written_language
from tts.text.unicode_cleanup import is_placeholder

#: Seconds of silence after a piece, by its end: a paragraph, a sentence, a clause, a comma or a word.
PARAGRAPH_PAUSE, SENTENCE_PAUSE, CLAUSE_PAUSE, COMMA_PAUSE, WORD_PAUSE = 0.6, 0.35, 0.2, 0.15, 0.05

_PARAGRAPH = re.compile(r"\s*\n\s*\n")
#: The mark of a note may follow: "It ended.¹ Then", "It ended.[3] Then". A search begins once in each run of marks.
_STOP = re.compile(
    r"(?<![.!?…。！？])[.!?…。！？]+[\"')\]”’»]*(?:[⁰¹²³⁴-⁹]{1,3}|(?:\[\d{1,3}\]){1,9})?(?=\s|$)|\n\s*\n"
)
_ASKED = frozenset("?!")
#: Where an overlong sentence may be cut, the best places first.
_CUTS = (
    (re.compile(r"[;:—–]\s*|\s--?\s"), CLAUSE_PAUSE),
    (re.compile(r"[,，、]\s*"), COMMA_PAUSE),
    (re.compile(r"\s+"), WORD_PAUSE),
)


class Sentence(NamedTuple):
    """A sentence or a part of a long one: ``text == source[start:end]``, then ``pause`` seconds of silence."""

    text: str
    start: int
    end: int
    pause: float


def split_sentences(text: str, max_characters: int = 200, language: Language | None = None) -> list[Sentence]:
    """The sentences of ``text`` in order, none longer than ``max_characters``. Empty if there is nothing to speak.

    A full stop after an abbreviation or an initial does not end a sentence; neither does the mark in '"Yes!" she said'.
    A sentence that is too long is cut after a clause, or after a comma, or between words, or inside a word, in this
    order. Pieces without a letter, digit or spoken sign are left out. ``language`` gives the abbreviations; None means
    English.
    """
    language = language or written_language("en-us")
    pieces: list[Sentence] = []
    for start, end, pause in _sentences(text, language):
        for left, right, inner_pause in _cut(text, start, end, pause, max_characters):
            piece = text[left:right]
            if any(c.isalnum() or c in language.signs or is_placeholder(c) for c in piece):
                left += len(piece) - len(piece.lstrip())
                right -= len(piece) - len(piece.rstrip())
                pieces.append(Sentence(text[left:right], left, right, inner_pause))
    return pieces


def _sentences(text: str, language: Language) -> Iterator[tuple[int, int, float]]:
    """(start, end, pause) of every sentence. The span includes the white space around the sentence."""
    numbering, items = lines.markers(text)
    start, inner = 0, language.inner_stops(text) | numbering
    heard = lines.breaks(text)
    for at, end, blank in _ends(text, heard, items):
        asked = not _ASKED.isdisjoint(text[at + 1 : end])  # "at 5 p.m.? Yes."
        if not blank and ((at in inner and not asked) or _continues(text, at, end)):
            continue
        paragraph = text[at:end].count("\n") > 1 or _PARAGRAPH.match(text, end)
        yield start, end, PARAGRAPH_PAUSE if paragraph else SENTENCE_PAUSE
        start = end
    if text[start:].strip():
        yield start, len(text), SENTENCE_PAUSE


def _ends(text: str, heard: Collection[int], items: Collection[int]) -> list[tuple[int, int, bool]]:
    """(start, end, whether it is only white space) of every possible end of a sentence, in order."""
    ends = [(m.start(), m.end(), m[0].isspace()) for m in _STOP.finditer(text)]
    ends += [(position, position + 1, True) for position in heard]
    return sorted([*ends, *((position, position, True) for position in items)])


def _continues(text: str, start: int, end: int) -> bool:
    """Whether the sentence continues after a quotation or an ellipsis: the next letter is lower-case."""
    following = text[end : end + 2].strip()
    return following[:1].islower() and (end - start > 1 or text[start] == "…")


def _cut(text: str, start: int, end: int, pause: float, limit: int) -> Iterator[tuple[int, int, float]]:
    """Cut ``text[start:end]`` into parts of at most ``limit`` characters, each at the last suitable place."""
    while start < end and text[start].isspace():
        start += 1
    while end - start > limit:
        cut, inner_pause = _last_cut(text, start, limit)
        yield start, cut, inner_pause
        start = cut
    if start < end:
        yield start, end, pause


def _last_cut(text: str, start: int, limit: int) -> tuple[int, float]:
    """The best place to cut within ``limit`` characters, past the first third, so that no part is very short."""
    window = text[start : start + limit]
    for pattern, pause in _CUTS:
        ends = [m.end() for m in pattern.finditer(window) if m.start() > limit // 3]
        if ends:
            return start + ends[-1], pause
    return start + limit, 0.0
