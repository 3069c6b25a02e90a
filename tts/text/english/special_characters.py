"""Signs that are read as words, shouted words, and what remains at the end: only letters and punctuation."""

from __future__ import annotations

import re
import unicodedata

from tts.text.offsets import OffsetText
from tts.text.rules import Rule, rule, where
from tts.text.unicode_cleanup import PUNCTUATION, is_placeholder, readable

#: Signs that are read as words wherever they stand.
SIGNS = {
    "&": "and",
    "@": "at",
    "%": "percent",
    "‰": "per mille",
    "+": "plus",
    "=": "equals",
    "#": "number",
    "$": "dollars",
    "£": "pounds",
    "€": "euros",
    "¥": "yen",
    "₹": "rupees",
    "¢": "cents",
    "°": "degrees",
    "×": "times",
    "÷": "divided by",
    "±": "plus or minus",
    "≈": "about",
    "≠": "is not",
    "≤": "at most",
    "≥": "at least",
    "∞": "infinity",
    "√": "the square root of",
    "§": "section",
    "¶": "paragraph",
    "©": "copyright",
}
WORDS_OF_SIGNS: Rule = where(
    r"[^\w\s.,;:!?'\"—()-]|[A-Z]-[A-Z]|\w[.:]\w",
    [
        rule(r"(?<=\b[CFGAD])#", lambda m: " sharp"),
        rule(r"(?<=\w) ?< ?(?=\w)", lambda m: " is less than "),
        rule(r"(?<=\w) ?> ?(?=\w)", lambda m: " is greater than "),
        rule(r"(?<=[^\W_]{2})\.(?=[a-z]{2})", lambda m: " dot "),
        rule(r"(?<=[a-z]{2})(?P<mark>[.!?])(?=[A-Z])", lambda m: f"{m['mark']} ", apart=False),
        rule(r"(?<=\w):(?=\w)", lambda m: " ", apart=False),
        rule(
            r"\b[A-Z]-[A-Z]\b(?=$|[\s,.;)])",
            lambda m: f"{m[0][0]} to {m[0][2]}" if m[0] in ("A-Z", "A-D", "A-F", "A-C", "A-E") else None,
        ),
        rule(f"[{re.escape(''.join(SIGNS))}]", lambda m: f" {SIGNS[m[0]]} ", apart=False),
    ],
)

_UNREADABLE = re.compile(rf"[^A-Za-z {re.escape(PUNCTUATION)}]")
_REPEATED = re.compile(r"([.,;:!?…—])(?:\s*\1)+")
_EMPTY = re.compile(r"\(\s*\)|(?<!\w)-+(?!\w)")
_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?…)])")
_AFTER_MARK = re.compile(r"(?<=[,;!?…)])(?=[^\W\d_])")
_BLANKS = re.compile(r"\s+")
_AFTER_OPENING = re.compile(r"(?<=\()\s+")
_LEADING = re.compile(r"^[.,;:!?…—) ]+")


def keep_readable(text: OffsetText) -> OffsetText:
    """Only letters that an English reader knows, punctuation and blanks; the rest becomes blanks."""
    return text.sub(
        _UNREADABLE, lambda m: None if readable(c := m[0]) or unicodedata.combining(c) or is_placeholder(c) else " "
    )


def tidy(text: OffsetText) -> OffsetText:
    """One blank between words, none before punctuation, repeated marks once; empty if no letter is left."""
    text = text.sub(_REPEATED, lambda m: m[1]).sub(_EMPTY, lambda m: " ").sub(_BEFORE_MARK, lambda m: "")
    text = (
        text.sub(_AFTER_MARK, lambda m: " ")
        .sub(_AFTER_OPENING, lambda m: "")
        .sub(_BLANKS, lambda m: None if m[0] == " " else " ")
    )
    text = text.strip().sub(_LEADING, lambda m: "")
    return text if any(c.isalpha() or is_placeholder(c) for c in text.text) else text[:0]
