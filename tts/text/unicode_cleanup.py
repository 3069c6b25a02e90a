"""Reduce the characters that people type to the few that the rules use: quotes, dashes, spaces, digits, letters."""

from __future__ import annotations

import functools
import re
import unicodedata

from tts.text.offsets import OffsetText

PUNCTUATION = ".,;:!?…—-()\"'"

#: Variants of one character -> the form that the rules use. `_plain` replaces other spaces and invisible characters.
LOOKALIKES = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'"}
    | {"“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"', "[": "(", "]": ")", "{": "(", "}": ")"}
    | {"–": "—", "―": "—", "−": "-", "‐": "-", "‑": "-", "⁄": "/", "_": " ", "|": " ", "™": "", "®": ""}
)

#: Placeholders for inline phonemes (see `tts.text.markup`): private characters, which `clean_offsets` keeps.
FIRST_PLACEHOLDER, LAST_PLACEHOLDER = 0xF0000, 0xFFFFB
#: The next two code points stand for the letter A, which espeak-ng would otherwise read as the article.
LETTER_A = {"a": chr(LAST_PLACEHOLDER + 1), "A": chr(LAST_PLACEHOLDER + 2)}
PLACEHOLDER = f"[{chr(FIRST_PLACEHOLDER)}-{LETTER_A['A']}]"

FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5"}
FRACTIONS |= {
    "⅙": "1/6",
    "⅚": "5/6",
    "⅐": "1/7",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
    "⅑": "1/9",
    "⅒": "1/10",
}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_NEEDS_CLEANING = re.compile(r"[^ -Z\\^a-z~]")
_FRACTION = re.compile(f"[{''.join(FRACTIONS)}]")
_POWER = re.compile(r"(?<=[\d)A-Za-zα-ω])(?:[²³](?![⁰¹²³⁴⁵⁶⁷⁸⁹])|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_GROUPS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
#: Thousands that a space separates, where no other reading is possible: "10 000".
_THOUSANDS = re.compile(
    r"(?<![\d.,+-])(?<!\d )(?=[1-9]\d{0,2}(?: \d{3})* 000\b(?! \d))(?P<number>\d{1,3}(?: \d{3})+)\b"
)
#: A character with its combining marks, including Hangul's second and third letters.
_CLUSTER = re.compile(
    r"(?s)(?:[^ -~]|[ -~](?=[^ -~]))[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u1160-\u11ff]*|[^ -Z\\^a-z~]"
)
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s+[\w:-]+=(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>\"']+))*\s*/?>")  # of HTML
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG_BLANK = re.compile(r"\s{2,}")
_DOTS, _DASHES = re.compile(r"\.{2,}"), re.compile(r"\s*-{2,}\s*|\s+-\s+(?!\d)")
_EMOJI = re.compile(
    "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff][\ufe0f\u200d\U0001f3fb-\U0001f3ff\U0001f000-\U0001faff\u2640\u2642]*"
)


def replace_surrogates(text: str) -> str:
    """Replace surrogates (halves of characters) by U+FFFD, because they cannot be encoded as UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def clean(text: str) -> str:
    """Return ``text`` with plain quotes, dashes and spaces, plain letters for full-width and ligature ones, and ASCII
    digits.
    """
    return clean_offsets(OffsetText(text)).text


def clean_offsets(text: OffsetText) -> OffsetText:
    """`clean` for text with source offsets."""
    text = text.sub(_LONG_BLANK, lambda m: " ")
    if _NEEDS_CLEANING.search(text.text):
        text = text.sub(_CLUSTER, lambda m: None if (new := _plain_cluster(m[0])) == m[0] else new)
    return text.sub(_DOTS, lambda m: "…").sub(_DASHES, lambda m: " — ")


def expand_compatibility(text: OffsetText) -> OffsetText:
    """Expand characters whose NFKC form would lose their meaning: "2½" is not "21/2", and "x²" is not "x2"."""
    if "<" in text.text:
        text = text.sub(_TAG, lambda m: " ")
    if " 000" in text.text:
        text = text.sub(_THOUSANDS, lambda m: m[0].replace(" ", ","))
    if text.text.isascii():
        return text
    text = text.sub(_DEGREE, lambda m: "°").sub(_GROUPS, lambda m: ",").sub(_FRACTION, _fraction)
    return text.sub(_POWER, lambda m: _power(m[0])).sub(_CENT, lambda m: "¢")


_CENT = re.compile("￠")
#: The sign of Spanish ordinals, typed for a degree: "25ºC".
_DEGREE = re.compile(r"(?<=\d)(?:(?<=\d\d)º|º(?= ?[CFNSEW]\b))|(?<=\d )º(?= ?[CF]\b)")


def _fraction(match: re.Match[str]) -> str:
    return f" {FRACTIONS[match[0]]}{'' if match.string.startswith('-', match.end()) else ' '}"


def _power(raised: str) -> str:
    if raised in ("²", "³"):
        return " squared " if raised == "²" else " cubed "
    return f" to the power of {raised.translate(_RAISED)} "


def emoji_to_words(text: OffsetText) -> OffsetText:
    """Replace every emoji by its Unicode name: "🚀" -> "rocket"."""
    return text.sub(_EMOJI, lambda m: f" {unicodedata.name(m[0][0], '').lower()} ")


@functools.lru_cache(maxsize=5000)
def readable(c: str) -> bool:
    """Whether ``c`` is a Latin or Greek letter, with or without an accent, so that an English reader can say it."""
    if c.isascii():
        return c.isalpha()
    return c.isalpha() and unicodedata.name(c, "").startswith(
        ("LATIN SMALL", "LATIN CAPITAL", "GREEK SMALL", "GREEK CAPITAL")
    )


def restore_letters(text: str) -> str:
    """Replace the characters of `LETTER_A` in ``text`` by "A" and "a"."""
    return text.replace(LETTER_A["A"], "A").replace(LETTER_A["a"], "a")


def is_placeholder(c: str) -> bool:
    """Whether ``c`` is a placeholder for inline phonemes or for the letter A."""
    return FIRST_PLACEHOLDER <= ord(c) <= ord(LETTER_A["A"])


@functools.lru_cache(maxsize=5000)
def _plain_cluster(cluster: str) -> str:
    if is_placeholder(cluster[0]):
        return cluster
    composed = unicodedata.normalize("NFKC", cluster.translate(LOOKALIKES)).translate(LOOKALIKES)
    return "".join(_plain(c) for c in composed)


def _plain(c: str) -> str:
    if c.isascii() and c.isprintable():
        return c
    category = unicodedata.category(c)
    if category == "Nd":
        return str(unicodedata.decimal(c))
    if category in ("No", "Nl"):
        return f" {unicodedata.numeric(c, 0):.12g} "
    if c.isspace() or category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") else c
