"""Years, decades, dates and times of day."""

from __future__ import annotations

import re

from tts.text.english.abbreviations import DAYS, MONTH_NAMES, MONTHS
from tts.text.english.numbers import cardinal, decade, ordinal, pairs, year
from tts.text.english.rules import Rule, one_of, rule, where
from tts.text.offsets import Replacement

MONTH = one_of([*MONTH_NAMES, *MONTHS])
YEAR = r"(?:1[0-9]\d\d|20\d\d)"
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH_NUMBER = r"(?:0?[1-9]|1[0-2])"
#: After one of these, four digits are a year even if a plural follows: "in 1812 ships were built".
_OF_TIME = (
    r"(?:[Ii]n|of|[Ss]ince|[Bb]y|[Ff]rom|[Uu]ntil|till|[Bb]efore|[Aa]fter|[Dd]uring|early|late|mid"
    r"|year|[Tt]he|and|between|dated|circa|spring|summer|fall|autumn|winter)"
)


def month_name(name: str) -> str:
    """ "Nov" -> "November"."""
    return MONTHS.get(name, name)


def _numeric(match: re.Match[str]) -> Replacement:
    month = MONTH_NAMES[int(match["month"]) - 1]
    return [(f"{month} ", "month"), (f"{cardinal(match['day'].lstrip('0'))}, ", "day"), (_year(match["year"]), "year")]


def _day_first(match: re.Match[str]) -> Replacement:
    month = MONTH_NAMES[int(match["month"]) - 1]
    day = ordinal(match["day"])
    return [(f"{day} of ", "day"), (f"{month}, ", "month"), (_year(match["year"]), "year")]


def _day_month(match: re.Match[str]) -> Replacement:
    before = "" if match["the"] else "the "
    return [(f"{before}{ordinal(match['day'])} of ", "day"), (month_name(match["month"]), "month")]


def _year(digits: str) -> str:
    return year(digits) if len(digits) == 4 else cardinal(digits) if digits[0] != "0" else f"oh {cardinal(digits[1:])}"


def _clock(match: re.Match[str]) -> Replacement:
    hour, minute, second, half = match["hour"], match["minute"], match["second"], match["half"]
    words = cardinal(str(int(hour)))
    if minute and minute != "00":
        words += f" {'oh ' if minute[0] == '0' else ''}{cardinal(str(int(minute)))}"
    elif minute and not half and not second:
        words += " o'clock" if 1 <= int(hour) <= 12 and hour[0] != "0" else " hundred"
    if second:
        words += f" and {cardinal(str(int(second)))} second{'' if int(second) == 1 else 's'}"
    pieces: list[tuple[str, str | int]] = [(words, "time")]
    return [*pieces, (f" {half[0].lower()}.m.", "half")] if half else pieces


def _hours(match: re.Match[str]) -> Replacement:
    hour, minute = match["hour"], match["minute"]
    words = f"oh {cardinal(hour[1])}" if hour[0] == "0" else cardinal(hour)
    low = "hundred" if minute == "00" else f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute)
    return f"{words} {low}"


def _before_plural(match: re.Match[str]) -> Replacement:
    """ "1063 sleeping cells" are counted; "the 1780 riots" are dated."""
    return None if match["time"] else [(cardinal(match["number"]), "number")]


_HALF = r"(?:\s?(?P<half>[AaPp]\.\s?[Mm]\.|[AaPp][Mm]\b))"
_PLURAL = (
    r"(?:[a-z-]+ )?(?!(?:was|is|has|as|his|its|this|thus|yes|does|us|unless|across|towards|besides"
    r"|perhaps|always|less|messieurs)\b)[a-z]{2,}(?<![su])s\b"
)

DATES: Rule = where(
    r"\d",
    [
        rule(rf"\b(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b", _numeric),
        rule(rf"(?<![\d/])(?P<month>{_MONTH_NUMBER})/(?P<day>{DAY})/(?P<year>\d{{4}}|\d\d)(?![\d/])", _numeric),
        rule(rf"(?<![\d/])(?P<day>{DAY})/(?P<month>{_MONTH_NUMBER})/(?P<year>\d{{4}}|\d\d)(?![\d/])", _day_first),
        rule(rf"(?<![\d.])(?P<day>{DAY})\.(?P<month>{_MONTH_NUMBER})\.(?P<year>{YEAR})(?![\d])", _day_first),
        rule(
            rf"\b(?P<the>the )?(?P<day>{DAY})[ -](?P<month>{MONTH})\b\.?(?=,? (?:{YEAR})\b"
            rf"|-{YEAR}\b)(?:,?[ -](?P<year>{YEAR}))",
            lambda m: [*_day_month(m), (f", {year(m['year'])}", "year")],
        ),
        rule(
            rf"\b(?P<month>{MONTH}) ?[-—] ?(?P<last>{MONTH})\b",
            lambda m: [(month_name(m["month"]), "month"), (" to ", 0), (month_name(m["last"]), "last")],
        ),
        rule(
            rf"\b(?P<month>{one_of(MONTHS)})\b\.?(?= (?:{DAY}|{YEAR})(?:st|nd|rd|th)?\b)",
            lambda m: month_name(m["month"]),
        ),
    ],
)

TIMES: Rule = where(
    r"\d",
    [
        rule(r"(?<=:\d\d)\s?[-–—]\s?(?=\d?\d:\d\d)", lambda m: " to "),
        rule(
            rf"(?<![\d:.])(?P<time>(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)(?![\d:]){_HALF}?",
            _clock,
        ),
        rule(rf"(?<![\d:.])(?P<time>(?P<hour>0?[1-9]|1[0-2])(?:\.(?P<minute>[0-5]\d))?(?P<second>)){_HALF}", _clock),
        rule(r"\b(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)(?= ?(?:hours|hrs)\b)", _hours),
        rule(r"(?<=\d) ?: ?(?=\d)", lambda m: " to "),
    ],
)

YEARS: Rule = where(
    r"\d",
    [
        rule(r"(?<!\w)'?(?P<year>1\d\d0|20\d0|[2-9]0)'?s\b", lambda m: decade(m["year"])),
        rule(r"(?<![\w.,$£€])'(?P<year>\d\d)\b(?![\w'\"])", lambda m: _year(m["year"])),
        rule(
            r"(?<![\d,.])(?P<year>\d{3,4})(?= ?(?:B\. ?C\.|BC\b|BCE\b|A\. ?D\.|AD\b|CE\b))", lambda m: pairs(m["year"])
        ),
        rule(r"(?<=\b[Ii]n )(?P<year>[1-9]\d\d)(?=[,;)]| [A-Z][a-z]|\.?$)", lambda m: pairs(m["year"])),
        rule(rf"(?:\b(?P<time>{_OF_TIME}) )?(?<![\d,.$£€-])(?P<number>1\d{{3}})(?= {_PLURAL})", _before_plural),
        rule(
            rf"\b(?<![\d,.])(?P<first>{YEAR}) to (?P<last>\d\d)\b(?![\d,.:/-]?\d|%)",
            lambda m: [(year(m["first"]), "first"), (" to ", 0), (_year(m["last"]), "last")],
        ),
        rule(rf"(?<![\d,.]){YEAR}(?![,.]?\d)(?=\b|[a-z])", lambda m: year(m[0])),
    ],
)
WEEKDAY: Rule = where(
    r"\d", [rule(rf"\b(?P<day>{one_of(DAYS)})\.?,?(?= (?:{MONTH}|\d))", lambda m: f"{DAYS[m['day']]},")]
)
