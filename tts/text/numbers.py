"""English numbers as words: small pure functions, each rewriting one kind of number and leaving the rest.

`spell_numbers` applies them in an order in which the special comes before the general, and leaves no digit behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from num2words import num2words

from tts.text.abbreviations import MONTH_NAMES

#: Longer runs of digits are read one by one, as are those that begin with a zero: they are names, not amounts.
LONGEST_NUMBER = 15

CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
}
MEASURES = {
    "km": "kilometers",
    "cm": "centimeters",
    "mm": "millimeters",
    "kg": "kilograms",
    "mg": "milligrams",
    "mph": "miles per hour",
    "lb": "pounds",
    "lbs": "pounds",
    "oz": "ounces",
    "ft": "feet",
    "kHz": "kilohertz",
    "Hz": "hertz",
    "MHz": "megahertz",
    "GHz": "gigahertz",
    "KB": "kilobytes",
    "MB": "megabytes",
    "GB": "gigabytes",
    "°C": "degrees Celsius",
    "°F": "degrees Fahrenheit",
    "°": "degrees",
}
FRACTIONS = {"2": ("half", "halves"), "4": ("quarter", "quarters")}

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
MONTH = "|".join(MONTH_NAMES)
UNIT = "|".join(sorted(MEASURES, key=len, reverse=True))
YEAR = r"(?:1[1-9]\d\d|20\d\d)"


def cardinal(digits: str) -> str:
    """ "1,234" -> "one thousand two hundred thirty-four"; very long or zero-led runs are read digit by digit."""
    digits = digits.replace(",", "")
    if len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits.startswith("0")):
        return one_by_one(digits)
    return num2words(int(digits)).replace(",", "").replace(" and ", " ")


def ordinal(digits: str) -> str:
    """ "21" -> "twenty-first"."""
    digits = digits.replace(",", "")
    if len(digits) > LONGEST_NUMBER:
        return one_by_one(digits)
    return num2words(int(digits), to="ordinal").replace(",", "").replace(" and ", " ")


def year(digits: str) -> str:
    """ "1905" -> "nineteen oh-five", "2007" -> "two thousand seven"."""
    if digits[1:3] == "00":
        return cardinal(digits)
    return num2words(int(digits), to="year").replace(" and ", " ")


def one_by_one(digits: str) -> str:
    """ "007" -> "zero zero seven"."""
    return " ".join(num2words(int(d)) for d in digits)


def decimal(whole: str, fraction: str) -> str:
    """ "3", "14" -> "three point one four"."""
    return f"{cardinal(whole) + ' ' if whole else ''}point {one_by_one(fraction)}"


def spell_numbers(text: str) -> str:
    """Every digit of ``text`` as English words; assumes plain ASCII digits."""
    for rule in RULES:
        text = rule(text)
    return text


def _rule(pattern: str, spell: Callable[[re.Match[str]], str], flags: int = 0) -> Callable[[str], str]:
    """A function that replaces each match of ``pattern`` by ``spell(match)``, kept apart from neighbouring letters."""
    compiled = re.compile(pattern, flags | re.ASCII)

    def apply(text: str) -> str:
        def replace(match: re.Match[str]) -> str:
            before, after = text[: match.start()][-1:], text[match.end() :][:1]
            words = spell(match)
            return (" " if before.isalnum() else "") + words + (" " if after.isalnum() else "")

        return compiled.sub(replace, text)

    return apply


def _plain(number: str) -> str:
    whole, point, fraction = number.partition(".")
    return decimal(whole, fraction) if point and fraction else cardinal(whole)


def _money(match: re.Match[str]) -> str:
    sign, whole, fraction, scale = match["sign"], match["whole"], match["fraction"], match["scale"]
    one, many, cent, cents = CURRENCIES[sign]
    if scale:
        return f"{_plain(whole + ('.' + fraction if fraction else ''))} {scale} {many}"
    if fraction and len(fraction) != 2:
        return f"{decimal(whole, fraction)} {many}"
    large = f"{cardinal(whole)} {one if whole == '1' else many}"
    if not fraction or fraction == "00":
        return large
    small = f"{cardinal(fraction.lstrip('0'))} {cent if fraction == '01' else cents}"
    return small if whole == "0" else f"{large} {small}"


def _clock(match: re.Match[str]) -> str:
    hour, minute = match["hour"], match["minute"]
    hours = cardinal(str(int(hour)))
    if minute == "00":
        return hours if match["half"] else f"{hours} o'clock"
    return f"{hours} {'oh ' if minute[0] == '0' else ''}{cardinal(str(int(minute)))}"


def _date(match: re.Match[str]) -> str:
    words = f"{match['month']} {ordinal(match['day'])}"
    return words + (f", {year(match['year'])}" if match["year"] else "")


def _iso_date(match: re.Match[str]) -> str:
    month = MONTH_NAMES[int(match["month"]) - 1]
    return f"{month} {ordinal(match['day'].lstrip('0'))}, {year(match['year'])}"


def _fraction(match: re.Match[str]) -> str:
    top, bottom = match["top"], match["bottom"]
    if not 2 <= int(bottom) <= 100 or int(top) >= int(bottom):
        return f"{cardinal(top)} over {cardinal(bottom)}"
    one, many = FRACTIONS.get(bottom, (ordinal(bottom), ordinal(bottom) + "s"))
    whole = f"{cardinal(match['whole'])} and " if match["whole"] else ""
    return f"{whole}{cardinal(top)} {one if top == '1' else many}"


def _decade(match: re.Match[str]) -> str:
    words = year(match["year"]) if len(match["year"]) == 4 else cardinal(match["year"])
    return (words[:-1] + "ies") if words.endswith("y") else words + "s"


RULES: tuple[Callable[[str], str], ...] = (
    _rule(rf"\b(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b", _iso_date),
    _rule(r"\b\d{3}-(?:\d{3}-)?\d{4}\b", lambda m: ", ".join(one_by_one(part) for part in m[0].split("-"))),
    _rule(r"(?<=\d)\s?[-–—]\s?(?=[$£€¥₹]?\d)", lambda m: "to"),
    _rule(
        rf"(?P<sign>[$£€¥₹])\s?(?P<whole>{NUMBER})(?:\.(?P<fraction>\d+))?(?:\s(?P<scale>hundred|thousand|[mbtr]+illion)\b)?",
        _money,
    ),
    _rule(
        rf"\b(?P<month>{MONTH}) (?P<day>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\b(?!,\d{{3}}|[.:/%]?\d)"
        rf"(?:,? (?P<year>{YEAR})\b)?",
        _date,
    ),
    _rule(r"\b(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)\b(?=(?P<half>\s?[ap]\.?m\b)?)", _clock, re.IGNORECASE),
    _rule(rf"(?<!\d)(?P<number>{NUMBER}(?:\.\d+)?)\s?%", lambda m: f"{_plain(m['number'])} percent"),
    _rule(
        rf"(?<!\d)(?P<number>{NUMBER}(?:\.\d+)?)\s?(?P<unit>{UNIT})(?![A-Za-z])",
        lambda m: f"{_plain(m['number'])} {MEASURES[m['unit']]}",
    ),
    _rule(rf"(?P<number>{NUMBER})(?:st|nd|rd|th)\b", lambda m: ordinal(m["number"])),
    _rule(r"'?\b(?P<year>[1-9]0|1\d\d0|20\d0)'?s\b", _decade),
    _rule(r"(?<![\d/.])(?:(?P<whole>\d{1,4}) )?(?P<top>\d{1,3})/(?P<bottom>[1-9]\d{0,2})(?![\d/.])", _fraction),
    _rule(r"(?<![\w.])[-−](?=\.?\d)", lambda m: "minus"),
    _rule(rf"(?<![\d.])(?P<whole>{NUMBER})?\.(?P<fraction>\d+)(?!\.?\d)", lambda m: decimal(m["whole"], m["fraction"])),
    _rule(r"(?<=\d)\.(?=\d)", lambda m: "point"),
    _rule(r"(?<=[A-Z])\d{3,}\b(?![,.]\d)", lambda m: one_by_one(m[0])),  # a serial number
    _rule(rf"\b(?<![\d,]){YEAR}\b(?!,\d)", lambda m: year(m[0])),
    _rule(NUMBER, lambda m: cardinal(m[0])),
)
