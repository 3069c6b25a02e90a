"""German dates, times of day, years and ordinal numbers."""

from __future__ import annotations

import re

from tts.text.german.abbreviations import ARTICLES, MONTH, MONTH_NAMES, MONTHS
from tts.text.german.numbers import cardinal, counted, ordinal, year
from tts.text.offsets import Replacement
from tts.text.rules import Rule, rule, when

_DAY, _MONTH_NUMBER, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[1-9]\d\d|20\d\d)"
_LETTER = "A-Za-zÄÖÜäöüß"
_BEFORE = rf"(?:(?P<before>(?i:{ARTICLES}))(?P<gap>\s+))?"
#: After these words an ordinal number ends in -n. After an article it ends in -e, otherwise in -r: "dritter Mai".
_WITH_N = "den dem des am im vom zum zur beim ab bis seit jeden jedem diesem dieser seinem seinen ihrem ihren".split()  # noqa: SIM905


def _ending(before: str | None) -> str:
    if before is None:
        return "r"
    return "n" if before.lower() in _WITH_N else ""


def _month(name: str) -> str:
    return MONTHS.get(name.rstrip("."), name)


def _written(match: re.Match[str]) -> Replacement:
    """ "am 3. Mai" -> "am dritten Mai", "der 3. Mai", "3. Mai"."""
    before = [(match["before"] + " ", "before")] if match["before"] else []
    return [*before, (ordinal(match["day"], _ending(match["before"])), "day"), (f" {_month(match['month'])}", "month")]


def _numeric(match: re.Match[str]) -> Replacement:
    """ "am 3.5.1984" -> "am dritten Mai neunzehnhundertvierundachtzig"."""
    before = [(match["before"] + " ", "before")] if match["before"] else []
    pieces = [
        *before,
        (ordinal(match["day"].lstrip("0"), _ending(match["before"])), "day"),
        (f" {MONTH_NAMES[int(match['month']) - 1]}", "month"),
    ]
    if match["year"]:
        pieces.append((f" {year(match['year']) if len(match['year']) == 4 else cardinal(match['year'])}", "year"))
    return pieces


def _iso(match: re.Match[str]) -> Replacement:
    """ "2024-03-15" -> "fünfzehnter März zweitausendvierundzwanzig"."""
    month = MONTH_NAMES[int(match["month"]) - 1]
    return f"{ordinal(match['day'].lstrip('0'), 'r')} {month} {year(match['year'])}"


def _clock(match: re.Match[str]) -> Replacement:
    """ "14:30 Uhr" -> "vierzehn Uhr dreißig"."""
    hour, minute, second = match["hour"], match["minute"], match["second"]
    words = f"{counted(str(int(hour)))} Uhr"
    if minute and int(minute):
        words += f" {cardinal(str(int(minute)))}"
    if second and int(second):
        words += f" und {counted(str(int(second)))} Sekunde{'' if int(second) == 1 else 'n'}"
    return words


def _decade(match: re.Match[str]) -> Replacement:
    """ "1980er" -> "neunzehnhundertachtziger"."""
    decade = match["decade"]
    return f"{year(decade) if len(decade) == 4 else cardinal(decade)}er"


def _rank(match: re.Match[str]) -> Replacement:
    """ "im 19. Jahrhundert" -> "im neunzehnten Jahrhundert"."""
    return [(match["before"] + " ", "before"), (ordinal(match["day"], _ending(match["before"])), "day")]


def _regnal(match: re.Match[str]) -> Replacement:
    """ "Ludwig XIV." -> "Ludwig der Vierzehnte"."""
    from tts.text.english.numbers import roman_to_int

    value = roman_to_int(match["numeral"])
    if not value:
        return None
    words = ordinal(str(value))
    return [(match["name"], "name"), (f" der {words[0].upper()}{words[1:]}", "numeral")]


DATES: Rule = when(
    r"\d|[IVX]\.",
    [
        rule(r"(?P<name>\b[A-ZÄÖÜ][a-zäöüß]+) (?P<numeral>[IVX]{1,6})\.(?=[\s,;:)]|$)", _regnal),
        rule(rf"\b(?P<year>{_YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b", _iso),
        rule(rf"{_BEFORE}(?<![\d.])(?P<day>{_DAY})\. ?(?P<month>{_MONTH_NUMBER})\. ?(?P<year>{_YEAR}|\d\d)"
             rf"(?![\d.])", _numeric),
        rule(rf"{_BEFORE}(?<![\d.])(?P<day>{_DAY})\.(?P<month>{_MONTH_NUMBER})\.(?P<year>)(?!\d)", _numeric),
        rule(rf"{_BEFORE}(?<![\d.])(?P<day>{_DAY})\. (?P<month>{MONTH})(?![{_LETTER}])", _written),
        rule(rf"(?P<before>\b(?i:{ARTICLES}))\s+(?P<day>\d{{1,3}})\.(?= [{_LETTER}])", _rank),
        rule(r"(?<=\d) ?[-–—] ?(?=\d\d?(?:[:.]\d\d)? Uhr)", lambda m: " bis "),
        rule(r"(?<![\d:.])(?P<hour>[01]?\d|2[0-4])[:.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?: ?Uhr"
             r"| ?h)\b", _clock),
        rule(r"(?<![\d:.,])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![\d:])", _clock),
        rule(r"(?<![\d:.,])(?P<hour>[01]?\d|2[0-4])(?P<minute>)(?P<second>) Uhr\b", _clock),
        rule(rf"(?<![\d.,])(?P<first>{_YEAR}) ?[-–—/] ?(?P<last>{_YEAR})(?![\d.,]\d)",
             lambda m: [(year(m["first"]), "first"), (" bis ", 0), (year(m["last"]), "last")]),
        rule(r"(?<![\d.,])(?P<decade>1[1-9]\d0|20\d0|[2-9]0)er\b", _decade),
        rule(r"(?<![\d.,$£€-])1[1-9]\d\d(?![\d%]|[.,]\d| ?[€$£])", lambda m: year(m[0])),
    ],
)  # fmt: skip
