"""Digits that name rather than count: telephones, houses, pages, serial numbers, versions, bores of guns."""

from __future__ import annotations

import re

from tts.text.english.numbers import cardinal, one_by_one, ordinal, pairs, plain
from tts.text.english.rules import NUMBER, Rule, rule, where
from tts.text.offsets import Replacement

#: The number after one of these is a name: "page 249" is "page two forty-nine".
_LABELS = (
    r"(?:[Ee]xhibits?|[Nn]umbers?|[Nn]os?\.?|[Pp]ages?|[Ff]rames?|[Rr]ooms?|[Rr]outes?|[Hh]ighway|[Ii]nterstate|[Ff]lights?"
    r"|[Bb]us|[Tt]rain|P\. ?S\.|[Aa]partment|[Ss]uite|Boeing|Model|[Cc]hannel|[Pp]latform|[Gg]ate"
    r"|[Uu]nit|[Aa]rea code|[Ee]xtension)"
)
_STREETS = (
    r"(?:Street|St\b|Avenue|Ave\b|Road|Rd\b|Boulevard|Blvd\b|Drive|Dr\b|Lane|Ln\b|Place|Court|Parkway"
    r"|Square|Terrace|Row)"
)
_QUARTER = r"(?:North|South|East|West|[NSEW]\.)"
_GUNS = (
    r"(?:[Cc]aliber|[Cc]alibre|[Rr]ifles?|[Pp]istols?|[Rr]evolvers?|[Ss]pecial|[Mm]agnum|[Bb]ullets?"
    r"|[Gg]uns?|[Cc]artridges?|[Cc]olt|[Ss]mith)"
)


def _telephone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    return ("plus " if match[0].startswith("+") else "") + ", ".join(map(_group, groups))


def _group(digits: str) -> str:
    """Of a telephone number: "800" -> "eight hundred", "555" -> "five five five"."""
    return f"{cardinal(digits[0])} hundred" if digits == "800" or digits == "900" else one_by_one(digits)


def _name(digits: str) -> str:
    """The number after a label, as its length suggests."""
    digits = digits.replace(",", "")
    return pairs(digits) if len(digits) <= 4 else one_by_one(digits)


def _labelled(match: re.Match[str]) -> Replacement:
    digits = match["digits"]
    if len(digits) < 3:
        return None
    pieces: list[tuple[str, str | int]] = [(_name(digits), "digits")]
    return [*pieces, (f" {match['letter']}", "letter")] if match["letter"] else pieces


def _house(match: re.Match[str]) -> str:
    """ "214" -> "two one four", "1026" -> "ten twenty-six", "500" -> "five hundred"."""
    digits = match["digits"]
    return pairs(digits) if len(digits) == 4 or digits.endswith("00") else one_by_one(digits)


def _serial(match: re.Match[str]) -> Replacement:
    """ "C2766" -> "C two seven six six"; few letters are read one by one too: "VC836"."""
    letters = " ".join(match["letters"]) if len(match["letters"]) <= 2 else match["letters"]
    return [(f"{letters} ", "letters"), (one_by_one(match["digits"]), "digits")]


def _hyphened(match: re.Match[str]) -> Replacement:
    """ "B-52" -> "B fifty-two"."""
    letters = match["letters"]
    letters = " ".join(letters) if len(letters) <= 2 else letters
    return [
        (f"{letters} ", "letters"),
        (_name(match["digits"]), "digits"),
        (f" {match['tail']}" if match["tail"] else "", "tail"),
    ]


def _bore(match: re.Match[str]) -> str:
    return "thirty aught six" if match["digits"] == "30-06" else pairs(match["digits"])


def _version(match: re.Match[str]) -> str:
    parts = match["parts"].split(".")
    if len(parts) == 4 and not match["v"]:
        return " dot ".join(map(one_by_one, parts))
    return ("version " if match["v"] else "") + " point ".join(map(cardinal, parts))


IDENTIFIERS: Rule = where(
    r"\d",
    [
        rule(r"(?<![\w.])(?:\+\d{1,3}|1)?[ .-]?\(\d{3}\) ?\d{3}[ .-]\d{4}\b", _telephone),
        rule(r"(?<![\w.+])(?:\+?\d{1,3}[ .-])?\d{3}([.-])\d{3}\1\d{4}\b", _telephone),
        rule(r"(?<!\w)\+\d{1,3}(?:[ -]\d{2,5}){2,5}\b", _telephone),
        rule(r"(?<![\w.,$£€-])\d{3}-\d{4}\b(?!-)", _telephone),
        rule(
            r"\b(?:1-)?(?P<area>8\d\d)-(?P<word>[A-Z]{3,})\b",
            lambda m: [
                (f"{'one, ' if m[0].startswith('1-') else ''}{_group(m['area'])}, ", "area"),
                (m["word"].capitalize(), "word"),
            ],
        ),
        rule(r"\b\d{5}-\d{4}\b|\b\d{3}-\d{2}-\d{4}\b|\b\d+(?:-\d+){3,}\b|\b\d{4}(?: \d{4}){3}\b", _telephone),
        rule(r"\b(?P<v>[Vv])?\.?(?P<parts>\d{1,3}(?:\.\d{1,3}){2,})\b", _version),
        rule(rf"(?<=\b[Nn]umber ){NUMBER}(?![\d.,]*\d)", lambda m: _name(m[0]) if len(m[0]) > 9 else None),
        rule(r"(?<=\b[Bb]ox )(?P<digits>\d{3,})(?![\d.,]*\d)", lambda m: one_by_one(m["digits"])),
        rule(r"(?<=\b[Nn]umber )(?P<digits>\d{3,})(?:-(?P<letter>[A-Z])\b)?(?![,.]?\d)", _labelled),
        rule(
            rf"\b(?P<label>{_LABELS}) (?:numbers? |No\.? |#)?(?P<digits>\d{{3,}})(?:-(?P<letter>[A-Z])\b)?(?![,.]?\d)",
            lambda m: (
                None if (said := _labelled(m)) is None else [(m[0][: m.start("digits") - m.start()], "label"), *said]
            ),
        ),
        rule(
            rf"(?<![\d,.$£€-])(?P<digits>\d{{3,5}})(?= (?:{_QUARTER} )?(?:[A-Z][a-z']+ ){{1,3}}{_STREETS}| "
            rf"{_QUARTER} [A-Z][a-z]+)",
            _house,
        ),
        rule(rf"(?<![\w.])\.(?P<digits>30-06|\d\d\d?)(?=[- ]{_GUNS}\b)", _bore),
        rule(
            r"(?<=\b[Aa] )\.(?P<digits>22|25|32|38|45|357|44)(?=[ ,.;-])(?! (?:percent|point|of|inch|second|mile))",
            _bore,
        ),
        rule(r"\b(?P<letters>[A-Z]{1,4})-(?P<digits>\d{1,4})(?P<tail>[A-Z])?\b(?!-)", _hyphened),
        rule(r"(?<=\d)-(?=[A-Z]\b)", lambda m: " "),
        rule(r"\b(?P<letters>[A-Z]{1,3})(?P<digits>\d{3,})\b(?![,.]\d)", _serial),
        rule(r"(?<![\w#])#(?=\d)", lambda m: "number "),
    ],
)

NUMBERS: Rule = where(
    r"\d",
    [
        rule(rf"(?<!\d)(?<!\d,)(?P<number>{NUMBER})(?:st|nd|rd|th)\b", lambda m: ordinal(m["number"])),
        rule(r"(?<=\b[Tt]he )(?P<number>\d*[23])d\b", lambda m: ordinal(m["number"])),
        rule(rf"(?<![\d.])(?P<whole>{NUMBER})?\.(?P<fraction>\d+)(?!\.?\d)", lambda m: plain(m[0])),
        rule(r"(?<=\d)\.(?=\d)", lambda m: " point "),
        rule(r"(?<![\w,])(?P<number>\d{3})'?s\b", lambda m: pairs(m["number"]) + "s"),
        rule(NUMBER, lambda m: cardinal(m[0])),
        rule(r"\d", lambda m: cardinal(m[0])),
    ],
)
