"""SSML's ``<say-as>``: read text as characters, digits, a number, a telephone number or a date."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from tts.text.language import Language
from tts.text.markup import InlinePhonemes
from tts.text.offsets import OffsetText

log = logging.getLogger(__name__)

#: These kinds need no special reading: the rules of the language normalize their text.
ORDINARY = ("time", "currency", "unit", "fraction", "address", "name", "net", "acronym", "measure", "expletive")
_NUMBER = re.compile(r"[-+−]?\s*(?:\d[\d,.' ]*|[.,]\d+)")
_EXPONENT = re.compile(r"[eE][-+]?\d|\s?[×x*]\s?10")
_ORDERS = {"yyyymmdd": "ymd", "yyyymm": "ym", "mmddyyyy": "mdy", "ddmmyyyy": "dmy"}
#: Parts of a telephone number. A letter is read as a letter, not as the digit of its key.
_TELEPHONE = re.compile(r"\d+|[A-Za-z]+|[+*#]")
_SIGNS = {"+": "plus", "*": "star", "#": "hash"}


def say_as(
    text: OffsetText, attributes: dict[str, str], where: str, fixed: InlinePhonemes, language: Language
) -> OffsetText:
    """Return the spoken form of ``text`` for the tag's ``interpret-as`` and ``format``.

    ``text`` is returned unchanged if its kind needs no special reading or is unknown; the latter logs a warning.
    """
    kind, format_ = attributes.get("interpret-as", ""), attributes.get("format", "")
    if kind in ("characters", "spell-out", "verbatim", "letters"):
        return OffsetText.join(
            OffsetText.from_span(f" {_letter(c, fixed, language)} ", *text.span(i, i + 1))
            for i, c in enumerate(text.text)
            if not c.isspace()
        )
    words = _spoken_form(text.text.strip(), kind, format_, language)
    if words is not None and text.text.strip():
        return OffsetText.from_span(words, *text.span())
    if kind not in (*_KINDS, *ORDINARY):
        log.warning("%s: interpret-as='%s' is unknown; the text is read as ordinary text", where, kind)
    return text


_KINDS = ("date", "digits", "telephone", "cardinal", "number", "ordinal")


def _spoken_form(text: str, kind: str, format_: str, language: Language) -> str | None:
    if kind == "telephone":
        return ", ".join(_telephone_part(part, language) for part in _TELEPHONE.findall(text)) or None
    if kind == "digits":
        return ", ".join(map(language.digits, re.findall(r"\d+", text))) or None
    if kind in ("cardinal", "number", "ordinal"):
        return _number(text, "ordinal" if kind == "ordinal" or format_ == "ordinal" else "cardinal", language)
    if kind == "date":
        order = _ORDERS.get(format_.lower(), format_.lower())
        return language.date(text, order) if order and set(order) <= set("ymd") else None
    return None


def _telephone_part(part: str, language: Language) -> str:
    if part.isdigit():
        return language.digits(part)
    return _SIGNS.get(part) or " ".join(f"{letter.upper()}." for letter in part)


def _number(text: str, kind: str, language: Language) -> str | None:
    """The words for a number, which may have a sign and a fraction, or for a Roman numeral."""
    if text.isascii() and text.isalpha():
        words = language.ordinal(text) if kind == "ordinal" else language.cardinal(text)
        return words if words != text else None
    found = _NUMBER.search(text)
    if not found:
        return None
    if kind == "ordinal":
        return language.ordinal(re.sub(r"\D", "", found[0]))
    if _EXPONENT.match(text, found.end()):
        return None  # the rules of the language read "1.5e6"
    words = language.cardinal(re.sub(r"\s", "", found[0]).replace("−", "-").lstrip(",'").rstrip(",.'"))
    signs = language.signs if isinstance(language.signs, Mapping) else {}
    sign = signs.get(text[found.end() :].strip())
    return f"{words} {sign}" if sign else words


def _letter(c: str, fixed: InlinePhonemes, language: Language) -> str:
    if c in "aA":  # espeak-ng would read it as the article
        return fixed.placeholder(c, "ˈeɪ", "the letter A") if language.signs else c.upper()
    return language.digits(c) if c.isdigit() and c.isascii() else language.letter(c)
