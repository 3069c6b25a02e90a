"""Written English to words that can be spoken: pure functions, composed in `normalize`.

Case and punctuation stay, since the phonemizer and the voice read both. No digit and nothing unreadable remains.
"""

from __future__ import annotations

import re
import unicodedata

from tts.text.abbreviations import BEFORE_NUMBER, MONTHS, TITLES, WORDS
from tts.text.numbers import spell_numbers

#: Signs that are read as words wherever they stand.
SIGNS = {
    "&": "and",
    "@": "at",
    "%": "percent",
    "+": "plus",
    "=": "equals",
    "#": "number",
    "$": "dollars",
    "£": "pounds",
    "€": "euros",
    "¥": "yen",
    "₹": "rupees",
    "°": "degrees",
    "×": "times",
    "÷": "divided by",
    "±": "plus or minus",
    "§": "section",
    "©": "copyright",
}
PUNCTUATION = ".,;:!?…—-()\"'"

#: Typed in many ways, read in one. Unicode's other blanks and invisible characters are found by category.
LOOKALIKES = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'"}
    | {"“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"', "[": "(", "]": ")", "{": "(", "}": ")"}
    | {"–": "—", "―": "—", "−": "-", "‐": "-", "‑": "-", "⁄": "/", "_": " ", "|": " ", "™": "", "®": ""}
)
#: Characters whose meaning the compatibility form would lose ("x²" is not "x2").
WRITTEN_OUT = str.maketrans(
    {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "²": " squared", "³": " cubed", "¢": " cents"}
)


def normalize(text: str) -> str:
    """English ``text`` as it is spoken: "Dr. Jones paid $3.50" -> "doctor Jones paid three dollars fifty cents".

    Never raises and never returns a digit, whatever the string holds; empty if nothing in it can be read aloud.
    """
    text = clean(text.translate(WRITTEN_OUT))
    text = expand_abbreviations(text)
    text = spell_numbers(text)
    text = spell_addresses(text)
    text = spell_signs(text)
    return tidy(keep_readable(text))


def clean(text: str) -> str:
    """Plain quotes, dashes and blanks; full-width and ligature letters as usual ones; every decimal digit as ASCII."""
    text = unicodedata.normalize("NFKC", text.translate(LOOKALIKES)).translate(LOOKALIKES)
    text = "".join(_plain(c) for c in text)
    text = re.sub(r"\.{2,}", "…", text)
    return re.sub(r"\s*-{2,}\s*|\s+-\s+(?!\d)", " — ", text)


def _plain(c: str) -> str:
    category = unicodedata.category(c)
    if category == "Nd":
        return str(unicodedata.decimal(c))
    if category in ("No", "Nl"):
        return f" {unicodedata.numeric(c, 0):.12g} "
    if c.isspace() or category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") else c


def expand_abbreviations(text: str) -> str:
    """ "Mrs. Smith, Oct. 5" -> "missus Smith, October 5"; a full stop that also ended the sentence is kept."""
    text = re.sub(r"\be\.g\.,?", "for example,", text)
    text = re.sub(r"\bi\.e\.,?", "that is,", text)
    text = re.sub(r"(?<=[a-z] )St\.(?=,|\s+[a-z])", "street", text)
    text = _TITLE.sub(lambda m: TITLES[m[1] or m[2]], text)
    text = _BEFORE_NUMBER.sub(lambda m: BEFORE_NUMBER[m[1]], text)
    return _WORD.sub(lambda m: _LONG[m[1]] + ("." if m["end"] is not None else ""), text)


_LONG = WORDS | MONTHS
_TITLE = re.compile(rf"\b({'|'.join(TITLES)})\.(?=\s+['\"]?\w)|\b(Mr|Mrs|Ms|Dr)(?=\s+[A-Z])")
_BEFORE_NUMBER = re.compile(rf"\b({'|'.join(BEFORE_NUMBER)})\.(?=\s*[A-Z]{{0,2}}\d)")
_WORD = re.compile(rf"\b({'|'.join(_LONG)})\.(?P<end>(?=\s*[\"')]*\s*$)|(?=\s+[\"'(]?[A-Z]))?")


def spell_addresses(text: str) -> str:
    """ "me@example.com" -> "me at example dot com"; a full stop without its space ("end.Next") gets one."""
    text = re.sub(r"\bhttps?://", "", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[^\W_]{2})\.(?=[a-z]{2})", " dot ", text)
    text = re.sub(r"(?<=[a-z]{2})([.!?])(?=[A-Z])", r"\1 ", text)
    return re.sub(r"(?<=\w):(?=\w)", " ", text)


def spell_signs(text: str) -> str:
    """ "R&D" -> "R and D"; signs that have no word become blanks in `keep_readable`."""
    return "".join(f" {SIGNS[c]} " if c in SIGNS else c for c in text)


def readable(c: str) -> bool:
    """Whether an English reader can say the letter ``c``: Latin and Greek letters with their accents."""
    if c.isascii():
        return c.isalpha()
    return c.isalpha() and unicodedata.name(c, "").startswith(
        ("LATIN SMALL", "LATIN CAPITAL", "GREEK SMALL", "GREEK CAPITAL")
    )


def keep_readable(text: str) -> str:
    """Only letters that an English reader knows, punctuation and blanks; the rest becomes blanks."""
    return "".join(c if c in PUNCTUATION or readable(c) or unicodedata.combining(c) else " " for c in text)


def tidy(text: str) -> str:
    """One blank between words, none before punctuation, repeated marks once; empty if no letter is left."""
    text = re.sub(r"([.,;:!?…—])(?:\s*\1)+", r"\1", text)
    text = re.sub(r"\(\s*\)|(?<!\w)-+(?!\w)", " ", text)
    text = re.sub(r"\s+([.,;:!?…)])", r"\1", text)
    text = re.sub(r"(?<=[,;!?…)])(?=[^\W\d_])", " ", text)
    text = re.sub(r"\s+", " ", text).strip().lstrip(".,;:!?…—) ")
    return text if any(c.isalpha() for c in text) else ""
