"""The last steps of normalization for languages with Latin letters: unreadable characters and spacing."""

from __future__ import annotations

import functools
import re
import unicodedata

from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import PUNCTUATION, is_placeholder, readable

_UNREADABLE = re.compile(rf"[^A-Za-z {re.escape(PUNCTUATION)}]")
_PLAIN = frozenset(c for c in map(chr, range(128)) if not _UNREADABLE.match(c)) | set(PUNCTUATION)
_REPEATED = re.compile(r"([.,;:!?…—])(?:\s*\1)+")
_EMPTY = re.compile(r"\(\s*\)|(?<!\w)-+(?!\w)")
_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?…)])")
_AFTER_MARK = re.compile(r"(?<=[,;!?…)])(?=[^\W\d_])")
_BLANKS = re.compile(r"\s(?:(?<! )\s*|\s+)")  # white space other than one blank
_AFTER_OPENING = re.compile(r"(?<=\()\s+")
_LEADING = re.compile(r"^[.,;:!?…—) ]+")


def drop_unreadable(text: OffsetText) -> OffsetText:
    """Keep Latin and Greek letters, punctuation and spaces. Replace other characters by spaces."""
    if all(map(_stays, {*text.text} - _PLAIN)):  # as in most texts; each character is asked once
        return text
    return text.sub(_UNREADABLE, lambda m: None if _stays(m[0]) else " ")


@functools.lru_cache(maxsize=5000)
def _stays(c: str) -> bool:
    return readable(c) or unicodedata.combining(c) > 0 or is_placeholder(c)


def fix_spacing(text: OffsetText) -> OffsetText:
    """One space between words, none before punctuation, no repeated marks. Empty if no letter is left."""
    text = _one_blank(text)  # first: some patterns below are slow on long runs
    text = text.sub(_REPEATED, lambda m: m[1])
    if "(" in text.text or "-" in text.text:
        text = text.sub(_EMPTY, lambda m: " ")
    text = text.sub(_BEFORE_MARK, lambda m: "").sub(_AFTER_MARK, lambda m: " ")
    if "(" in text.text:
        text = text.sub(_AFTER_OPENING, lambda m: "")
    text = _one_blank(text).strip()
    text = text.sub(_LEADING, lambda m: "")
    return text if any(c.isalpha() or is_placeholder(c) for c in text.text) else text[:0]


def _one_blank(text: OffsetText) -> OffsetText:
    """Replace each run of white space by one blank."""
    return text if " ".join(text.text.split()) == text.text else text.sub(_BLANKS, lambda m: " ")
