"""Written English to words that can be spoken: pure functions, composed in `normalized`.

Case and punctuation stay, since the phonemizer and the voice read both. No digit and nothing unreadable remains. Every
character knows its place in the source (see `tts.text.offsets`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from tts.text.english.abbreviations import ABBREVIATIONS
from tts.text.english.capitals import CAPITALS
from tts.text.english.dates import DATES, TIMES, WEEKDAY, YEARS
from tts.text.english.dictionary import MAX_LETTERS, is_word
from tts.text.english.durations import DURATIONS
from tts.text.english.identifiers import IDENTIFIERS, NUMBERS
from tts.text.english.letters import LETTERS
from tts.text.english.money_and_units import AMOUNTS, MONEY
from tts.text.english.roman_numerals import ROMAN
from tts.text.english.science import SCIENCE
from tts.text.english.special_characters import WORDS_OF_SIGNS
from tts.text.english.urls import ADDRESSES
from tts.text.offsets import OffsetText
from tts.text.rules import Rule, rule, where
from tts.text.tidy import keep_readable, tidy
from tts.text.unicode_cleanup import PLACEHOLDER, cleaned, emoji_to_words, expand_compatibility, restore_letters


def _joined(match: re.Match[str]) -> str | None:
    """A word that a line's end divides: "hyphen-\\nated" in one, "self-\\ncontained" with its hyphen."""
    before, after = match["before"], match["after"]
    parts = is_word(before) and (len(after) > MAX_LETTERS or is_word(after))
    return f"{before}-{after}" if parts and not is_word(before + after) else before + after


LINE_ENDS: Rule = where("-[ \t]*\n", [rule(r"\b(?P<before>[A-Za-z]+)-[ \t]*\n\s*(?P<after>[a-z]+)\b", _joined)])

#: The special comes before the general: a date is no sum, a telephone number no subtraction.
STAGES: tuple[Rule, ...] = (
    LINE_ENDS,
    SCIENCE,
    expand_compatibility,
    ADDRESSES,
    cleaned,
    WEEKDAY,
    ABBREVIATIONS,
    ROMAN,
    DATES,
    TIMES,
    DURATIONS,
    MONEY,
    IDENTIFIERS,
    AMOUNTS,
    YEARS,
    LETTERS,
    NUMBERS,
    CAPITALS,
    WORDS_OF_SIGNS,
)
#: Longer texts are read in parts.
LONGEST_STRETCH = 1500
#: What is said for a sentence no longer than this is kept in memory for the next time.
LONGEST_REMEMBERED = 80
_PLACEHOLDERS = re.compile(PLACEHOLDER)


def normalize(text: str, emoji: bool = False) -> str:
    """English ``text`` as it is spoken: "Dr. Jones paid $3.50" -> "doctor Jones paid three dollars fifty cents".

    Never raises and never returns a digit, whatever the string holds; empty if nothing in it can be read aloud. Emoji
    are left out, or named if ``emoji``.
    """
    return restore_letters(normalized(OffsetText(text).sub(_PLACEHOLDERS, lambda m: ""), emoji).text)


def normalized(text: OffsetText, emoji: bool = False) -> OffsetText:
    """`normalize` of text that knows its source; the stand-ins of markup pass through."""
    if len(text) > LONGEST_REMEMBERED or emoji or not text.text or not text.is_contiguous():
        return _normalized(emoji_to_words(text) if emoji else text)
    return _remembered(text.text).moved(text.starts[0])


@functools.lru_cache(maxsize=2000)
def _remembered(text: str) -> OffsetText:
    """Short sentences come again: the items of a list, the lines of a dialog."""
    return _normalized(OffsetText(text))


def _normalized(text: OffsetText) -> OffsetText:
    spoken = []
    for start, end in _stretches(text.text):
        stretch = text[start:end]
        for stage in STAGES:
            stretch = stage(stretch)
        spoken.append(stretch)
    return tidy(keep_readable(OffsetText.join(spoken)))


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Cut between sentences, else words, so that no rule looks further than `LONGEST_STRETCH`: time stays linear."""
    start = 0
    while len(text) - start > LONGEST_STRETCH:
        window = text[start : start + LONGEST_STRETCH]
        ends = [m.end() for m in _SENTENCE_END.finditer(window)] or [m.end() for m in _BLANK.finditer(window)]
        cut = start + (ends[-1] if ends else LONGEST_STRETCH)
        yield start, cut
        start = cut
    yield start, len(text)


_SENTENCE_END, _BLANK = re.compile(r"[a-z][.!?]\s+(?=[A-Z\"'])|\n"), re.compile(r"\s")
