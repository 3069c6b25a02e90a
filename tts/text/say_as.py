"""SSML's ``<say-as>``: text read as characters, digits, a number, a date ..., in the words of its language."""

from __future__ import annotations

import logging
import re

from tts.text.language import Language
from tts.text.markup import InlinePhonemes
from tts.text.offsets import OffsetText

log = logging.getLogger(__name__)

#: Their text is read as usual: the language's rules know how.
USUAL = ("time", "currency", "unit", "fraction", "address", "name", "net", "acronym", "measure", "expletive")
_NUMBER = re.compile(r"[-+−]?\s*(?:\d[\d,.' ]*|[.,]\d+)")
_ORDERS = {"yyyymmdd": "ymd", "yyyymm": "ym", "mmddyyyy": "mdy", "ddmmyyyy": "dmy"}
#: The keys of a telephone that letters share are not said: a letter is.
_TELEPHONE = re.compile(r"\d+|[A-Za-z]+|[+*#]")
_SIGNS = {"+": "plus", "*": "star", "#": "hash"}


def say_as(
    text: OffsetText, attributes: dict[str, str], where: str, fixed: InlinePhonemes, language: Language
) -> OffsetText:
    """``text`` as ``interpret-as`` asks; the usual reading for kinds that need no other."""
    kind, format_ = attributes.get("interpret-as", ""), attributes.get("format", "")
    if kind in ("characters", "spell-out", "verbatim", "letters"):
        return OffsetText.join(
            OffsetText.at(f" {_letter(c, fixed, language)} ", *text.span(i, i + 1))
            for i, c in enumerate(text.text)
            if not c.isspace()
        )
    said = _said(text.text.strip(), kind, format_, language)
    if said is not None and text.text.strip():
        return OffsetText.at(said, *text.span())
    if kind not in (*_KINDS, *USUAL):
        log.warning("%s: interpret-as='%s' is not known; its text is read as usual", where, kind)
    return text


_KINDS = ("date", "digits", "telephone", "cardinal", "number", "ordinal")


def _said(text: str, kind: str, format_: str, language: Language) -> str | None:
    if kind == "telephone":
        return ", ".join(_dialled(part, language) for part in _TELEPHONE.findall(text)) or None
    if kind == "digits":
        return ", ".join(map(language.digits, re.findall(r"\d+", text))) or None
    if kind in ("cardinal", "number", "ordinal"):
        return _number(text, "ordinal" if kind == "ordinal" or format_ == "ordinal" else "cardinal", language)
    if kind == "date":
        order = _ORDERS.get(format_.lower(), format_.lower())
        return language.date(text, order) if order and set(order) <= set("ymd") else None
    return None


def _dialled(part: str, language: Language) -> str:
    if part.isdigit():
        return language.digits(part)
    return _SIGNS.get(part) or " ".join(f"{letter.upper()}." for letter in part)


def _number(text: str, kind: str, language: Language) -> str | None:
    """A number with its sign and fraction, or a Roman numeral."""
    if text.isascii() and text.isalpha():
        said = language.ordinal(text) if kind == "ordinal" else language.cardinal(text)
        return said if said != text else None
    found = _NUMBER.search(text)
    if not found:
        return None
    if kind == "ordinal":
        return language.ordinal(re.sub(r"\D", "", found[0]))
    return language.cardinal(re.sub(r"\s", "", found[0]).replace("−", "-").strip(",.'"))


def _letter(c: str, fixed: InlinePhonemes, language: Language) -> str:
    if c in "aA":  # espeak would take it for the article
        return fixed.placeholder(c, "ˈeɪ", "the letter A") if language.signs else c.upper()
    return language.digits(c) if c.isdigit() and c.isascii() else language.letter(c)
