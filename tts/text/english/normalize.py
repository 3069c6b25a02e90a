"""Written English to spoken words. `normalize_offsets` applies a sequence of pure functions.

Case and punctuation stay, because the phonemizer and the voice use both. No digit and no unreadable character remains.
Every character has its source offsets (see `tts.text.offsets`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from tts.text.english.abbreviations import ABBREVIATIONS
from tts.text.english.capitals import CAPITALS
from tts.text.english.chat import CHAT
from tts.text.english.citations import CITATIONS
from tts.text.english.clinical import CLINICAL
from tts.text.english.computing import COMPUTING
from tts.text.english.counts import COUNTS
from tts.text.english.dates import DATES, TIMES, WEEKDAY, YEARS
from tts.text.english.dictionary import MAX_LETTERS, is_word, word_list
from tts.text.english.durations import DURATIONS
from tts.text.english.identifiers import IDENTIFIERS, NUMBERS
from tts.text.english.letters import LETTERS
from tts.text.english.money_and_units import AMOUNTS, MONEY, measures_of_scales
from tts.text.english.roman_numerals import ROMAN
from tts.text.english.science import SCIENCE
from tts.text.english.special_characters import words_of_signs
from tts.text.english.sports import SPORTS
from tts.text.english.urls import ADDRESSES
from tts.text.final_cleanup import drop_unreadable, fix_spacing
from tts.text.offsets import OffsetText
from tts.text.rules import Rule, rule, when
from tts.text.unicode_cleanup import PLACEHOLDER, clean_offsets, emoji_to_words, expand_compatibility, restore_letters

#: First parts of compounds that are too long for the dictionary: "break-\nfast".
_FIRST_PARTS = word_list("first parts of compounds")


def _join_halves(match: re.Match[str]) -> str | None:
    """Join a word that a line break divides: "hyphen-\\nated" loses its hyphen, "self-\\ncontained" keeps it."""
    before, after = match["before"], match["after"]
    if after in ("and", "or", "to", "nor"):  # "pre-\nand postwar"
        return f"{before}- {after}"
    parts = is_word(before) and before.lower() not in _FIRST_PARTS and (len(after) > MAX_LETTERS or is_word(after))
    return f"{before}-{after}" if parts and not is_word(before + after) else before + after


LINE_ENDS: Rule = when("-[ \t]*\n", [rule(r"\b(?P<before>[A-Za-z]+)-[ \t]*\n\s*(?P<after>[a-z]+)\b", _join_halves)])

#: The order matters: special rules come first, so that no later rule reads a telephone number as a subtraction.
STAGES: tuple[Rule, ...] = (
    LINE_ENDS,
    CLINICAL,
    COMPUTING,
    SPORTS,
    SCIENCE,
    expand_compatibility,
    ADDRESSES,
    clean_offsets,
    WEEKDAY,
    CHAT,
    CITATIONS,
    ABBREVIATIONS,
    ROMAN,
    DATES,
    COUNTS,
    TIMES,
    DURATIONS,
    MONEY,
    IDENTIFIERS,
    measures_of_scales,
    AMOUNTS,
    YEARS,
    LETTERS,
    NUMBERS,
    CAPITALS,
    words_of_signs,
)
#: Characters. Longer texts are normalized in parts.
MAX_STRETCH = 1500
#: Characters. The results for sentences up to this length are kept in memory.
MAX_CACHED = 80
_PLACEHOLDERS = re.compile(PLACEHOLDER)


def normalize(text: str, emoji: bool = False) -> str:
    """The spoken form of English ``text``: "Dr. Jones paid $3.50" -> "doctor Jones paid three dollars fifty cents".

    The function accepts any string without an error and never returns a digit. The result is empty if ``text`` holds
    nothing that can be read. ``emoji=True`` reads emoji by their names; otherwise they are left out.
    """
    return restore_letters(normalize_offsets(OffsetText(text).sub(_PLACEHOLDERS, lambda m: ""), emoji).text)


def normalize_offsets(text: OffsetText, emoji: bool = False) -> OffsetText:
    """`normalize` for text with source offsets. Placeholders of inline phonemes stay."""
    if len(text) > MAX_CACHED or emoji or not text.text or not text.is_contiguous():
        return _apply_stages(emoji_to_words(text) if emoji else text)
    return _normalize_short(text.text).shifted(text.starts[0])


@functools.lru_cache(maxsize=2000)
def _normalize_short(text: str) -> OffsetText:
    """Cached, because short sentences repeat: items of a list, lines of a dialog."""
    return _apply_stages(OffsetText(text))


def _apply_stages(text: OffsetText) -> OffsetText:
    spoken = []
    for start, end in _stretches(text.text):
        stretch = text[start:end]
        for stage in STAGES:
            stretch = stage(stretch)
        spoken.append(stretch)
    return fix_spacing(drop_unreadable(OffsetText.join(spoken)))


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Cut between sentences, or else between words. No rule sees more than `MAX_STRETCH`, so the time stays linear."""
    start = 0
    while len(text) - start > MAX_STRETCH:
        window = text[start : start + MAX_STRETCH]
        ends = [m.end() for m in _SENTENCE_END.finditer(window)] or [m.end() for m in _BLANK.finditer(window)]
        cut = start + (ends[-1] if ends else MAX_STRETCH)
        yield start, cut
        start = cut
    yield start, len(text)


_SENTENCE_END, _BLANK = re.compile(r"[a-z][.!?]\s+(?=[A-Z\"'])|\n"), re.compile(r"\s")
