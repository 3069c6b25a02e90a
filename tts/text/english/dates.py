"""Years, decades, dates and times of day."""

from __future__ import annotations

import re

from tts.text.english.abbreviations import DAYS, MONTH_NAMES, MONTHS
from tts.text.english.long_numbers import COMPACT_DATES
from tts.text.english.money_and_units import SHILLINGS
from tts.text.english.numbers import cardinal, decade, digit_by_digit, in_pairs, ordinal, year
from tts.text.offsets import Pieces, Replacement
from tts.text.rules import Rule, any_of, rule, when

MONTH = any_of([*MONTH_NAMES, *MONTHS])
YEAR = r"(?:1[0-9]\d\d|20\d\d)"
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH_NUMBER = r"(?:0?[1-9]|1[0-2])"
#: After one of these words, four digits are a year even if a plural follows: "in 1812 ships were built".
_OF_TIME = (
    r"(?:[Ii]n|of|[Ss]ince|[Bb]y|[Ff]rom|[Uu]ntil|till|[Bb]efore|[Aa]fter|[Dd]uring|early|late|mid"
    r"|year|[Tt]he|and|between|dated|circa|spring|summer|fall|autumn|winter)"
)


def month_name(name: str) -> str:
    """ "Nov" -> "November"."""
    return MONTHS.get(name, name)


def _numeric(match: re.Match[str]) -> Pieces:
    month = MONTH_NAMES[int(match["month"]) - 1]
    return [(f"{month} ", "month"), (f"{cardinal(match['day'].lstrip('0'))}, ", "day"), (_year(match["year"]), "year")]


def _by_country(match: re.Match[str]) -> Replacement:
    """ "15-03-2024" must begin with the day. The next rule reads an ambiguous date in the American order."""
    return _day_first(match) if int(match["day"]) > 12 else None


def _day_first(match: re.Match[str]) -> Replacement:
    month = MONTH_NAMES[int(match["month"]) - 1]
    day = ordinal(match["day"])
    return [(f"{day} of ", "day"), (f"{month}, ", "month"), (_year(match["year"]), "year")]


def _day_month(match: re.Match[str]) -> Pieces:
    before = "" if match["the"] else "the "
    return [(f"{before}{ordinal(match['day'])} of ", "day"), (month_name(match["month"]), "month")]


def _day_of_month(match: re.Match[str]) -> Replacement:
    """ "on 12 Feb" -> "on the twelfth of February"."""
    pieces = [(f"the {ordinal(match['day'])} of ", "day"), (month_name(match["month"]), "month")]
    return [(match["before"], "before"), *pieces] if match["before"] else pieces


def _stamp(match: re.Match[str]) -> Replacement:
    """ "2024-03-15T14:30:00Z": the date and the time of day. Zero seconds are left out."""
    zone = match["zone"] or ""
    second = match["second"] or ""
    time = f"{match['hour']}:{match['minute']}" + (f":{second}" if second.strip("0") else "")
    pieces = _numeric(match)
    words = _TIME_OF_DAY.sub(lambda m: "".join(words for words, _ in _clock(m)), time)
    pieces = [*pieces, (f", {words}", "time")]
    if len(zone) > 1:
        hours, sign = str(int(zone[1:3])), "plus" if zone[0] == "+" else "minus"
        pieces.append((f" {sign} {cardinal(hours)} hour{'' if hours == '1' else 's'}", "zone"))
    return pieces


def _expiry(match: re.Match[str]) -> Replacement:
    """ "exp. 09/27" is month and year, as on a card."""
    label = "expires" if match["label"].lower() == "exp" else match["label"]
    return [
        (label, "label"),
        (f" {MONTH_NAMES[int(match['month']) - 1]} ", "month"),
        (year(f"20{match['year']}"), "year"),
    ]


def _month_of_year(match: re.Match[str]) -> Replacement:
    """ "2020-12" is a month. "2010-11" is a month too, except in a span of years: "the 2010-11 season"."""
    month, year_ = match["month"], match["year"]
    if (month[0] != "0" and int(month) > int(year_[2:])) or _SPAN.match(match.string, match.end()):
        return None
    if _SPAN_BEFORE.search(match.string[max(0, match.start() - 20) : match.start()]):
        return None
    return [(f"{MONTH_NAMES[int(month) - 1]} ", "month"), (year(year_), "year")]


_SPAN = re.compile(
    r"\s+(?:season|academic|school|fiscal|financial|campaign|term|winter|budget|edition|league|tour|cup)"
)
_SPAN_BEFORE = re.compile(r"(?i:\b(?:seasons?|between|years|fiscal|FY|of the|the)\s+)$")


def _iso_week(match: re.Match[str]) -> Replacement:
    """ "2021-W05" -> "week five, twenty twenty-one"; "2021-W05-1" begins with the Monday."""
    week = f"week {cardinal(match['week'].lstrip('0'))}, "
    day = [(f"{_WEEKDAYS[int(match['day']) - 1]}, ", "day")] if match["day"] else []
    return [*day, (week, "week"), (year(match["year"]), "year")]


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _day_and_month(match: re.Match[str]) -> Replacement:
    """ "On 12/25 we met": a date if a word before it needs a date, or if the day is an unlikely denominator."""
    month, day = int(match["month"]), int(match["day"])
    if match[0] == "9/11":
        return None
    before = match.string[max(0, match.start() - 24) : match.start()]
    asked = _ASKS_FOR_DATE.search(before)
    if _CHANGED_BY.search(before) or match.string.startswith(" of ", match.end()):
        return None
    listed = match.start() == 0 and _LINE_OF_ACCOUNT.match(match.string, match.end())
    if not asked and not listed and not (day > 12 and day not in (16, 20) and month <= 12 and match["day"][0] != "0"):
        return None
    if _UNIT_AFTER.match(match.string, match.end()) and not asked:
        return None
    return [(f"{MONTH_NAMES[month - 1]} ", "month"), (cardinal(str(day)), "day")]


def _range_of_dates(match: re.Match[str]) -> Replacement:
    """ "4/1-4/15": two dates, if one of the days is an unlikely denominator or a word before it needs a date."""
    if max(int(match["day"]), int(match["next_day"])) <= 12 and not _ASKS_FOR_DATE.search(
        match.string[: match.start()][-24:]
    ):
        return None
    return [
        (f"{MONTH_NAMES[int(match['month']) - 1]} {cardinal(match['day'].lstrip('0'))}", "month"),
        (" to ", 0),
        (f"{MONTH_NAMES[int(match['next_month']) - 1]} {cardinal(match['next_day'].lstrip('0'))}", "next_month"),
    ]


_ASKS_FOR_DATE = re.compile(
    r"(?i:\b(?:on|by|since|until|till|before|after|from|thru|recd\.?|received|shipped|sent|paid|posted|opened|wk of|due"
    r"|dated?|through|starting|ending|beginning|mon|tues?|wed|thurs?|fri|sat|sun|monday|tuesday|wednesday|thursday"
    r"|friday|saturday|sunday|deadline|birthday|week of|effective|arrives?|available|leaves?|departs?)[.,:]?\s+)$"
    r"|\d/\d\d?\s?(?:[-–—]|to)\s?$"
)
_LINE_OF_ACCOUNT = re.compile(
    r" (?!(?:CUPS?|TSP|TBSP|TEASPOONS?|TABLESPOONS?|LBS?|OZ|INCH|FT|FG|PT|QT|GAL|PINTS?|POUNDS?|MILES?|OF|THE)\b)"
    r"[A-Z]{2}"
)
_CHANGED_BY = re.compile(
    r"\b(?:fell|falls?|rose|rises?|cuts?|reduced?|increased?|grew|grows?|down|up|dropped|decreased?|shrank|shrunk|shrinks?"
    r"|divided|multiplied|wider|longer|shorter|larger|smaller|trimmed|scaled)(?: \w+)? by $"
)
_UNIT_AFTER = re.compile(r"\s?(?:inch|in\b|\"|cup|mile|of (?:a|an|the|all)\b|tsp|tbsp|teaspoon|tablespoon)")


def _range_of_days(match: re.Match[str]) -> Replacement:
    """ "May 1-3" and "May 1st-3rd" -> "May first to third"."""
    return [
        (month_name(match["month"]) + " ", "month"),
        (ordinal(match["first"]), "first"),
        (" to ", 0),
        (ordinal(match["last"]), "last"),
    ]


def _year(digits: str) -> str:
    return year(digits) if len(digits) == 4 else cardinal(digits) if digits[0] != "0" else f"oh {cardinal(digits[1:])}"


def _clock(match: re.Match[str]) -> Pieces:
    hour, minute, second, half = match["hour"], match["minute"], match["second"], match["half"]
    words = cardinal(str(int(hour)))
    fraction = match.groupdict().get("fraction")
    if hour in ("00", "24") and minute == "00" and not (second or "").strip("0"):
        return [("midnight", "time")]
    if minute and minute != "00":
        words += f" {'oh ' if minute[0] == '0' else ''}{cardinal(str(int(minute)))}"
    elif minute and not half and not second:
        words += " o'clock" if 1 <= int(hour) <= 12 else " hundred"
    if second:
        part = f" point {digit_by_digit(fraction)}" if fraction else ""
        words += f" and {cardinal(str(int(second)))}{part} second{'' if int(second) == 1 and not part else 's'}"
    pieces: list[tuple[str, str | int]] = [(words, "time")]
    return [*pieces, (f" {half[0].lower()}.m.", "half")] if half else pieces


def _elapsed(match: re.Match[str]) -> Replacement:
    """ "a time of 2:15:30" -> "a time of two hours fifteen minutes thirty seconds"."""
    parts = [(name, int(match[name])) for name in ("hour", "minute", "second") if int(match[name])]
    words = [(f" {cardinal(str(n))} {name}{'' if n == 1 else 's'}", name) for name, n in parts]
    return [(match["before"].rstrip(), "before"), *words] if parts else None


def _hours(match: re.Match[str]) -> Replacement:
    hour, minute = match["hour"], match["minute"]
    words = f"oh {cardinal(hour[1])}" if hour[0] == "0" else cardinal(hour)
    low = "hundred" if minute == "00" else f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute)
    return f"{words} {low}"


def _before_plural(match: re.Match[str]) -> Replacement:
    """ "1063 sleeping cells" has a count; "the 1780 riots" has a year."""
    return None if match["time"] else [(cardinal(match["number"]), "number")]


def _hour_range(match: re.Match[str]) -> Replacement:
    """A span of hours: "9am-5pm", "9-11am", "10-11:30 p.m."."""
    pieces: list[tuple[str, str | int]] = []
    for name in ("first", "last"):
        hour, _, minute = match[name].partition(":")
        words = cardinal(str(int(hour)))
        if minute.strip("0"):
            words += f" {'oh ' if minute[0] == '0' else ''}{cardinal(str(int(minute)))}"
        half = match[f"{name}_half"]
        pieces += [(words, name), (f" {half[0].lower()}.m." if half else "", f"{name}_half"), (" to ", 0)]
    return pieces[:-1]


_HALF = r"(?:\s?(?P<half>[AaPp]\.\s?[Mm]\.|[AaPp][Mm]\b))"
_PLURAL = (
    r"(?:[a-z-]+ )?(?!(?:was|is|has|as|his|its|this|thus|yes|does|us|unless|across|towards|besides"
    r"|perhaps|always|less|messieurs)\b)[a-z]{2,}(?<![su])s\b"
)

_LETTERS_OF_DAYS = {"M": "Monday", "T": "Tuesday", "Tu": "Tuesday", "W": "Wednesday", "Th": "Thursday", "F": "Friday"}
_SHORT_DAYS = any_of(set(DAYS) - {"Sun", "Sat"})
_DAYS = any_of([*DAYS, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])
_TIME_OF_DAY = re.compile(r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?P<half>)")

DATES: Rule = when(
    rf"\d|\b(?:{any_of(MONTHS)}|{_DAYS}|M/W|Tu?/Th)\b|[a-z][-–—](?:{any_of(MONTH_NAMES)})",
    [
        *SHILLINGS,
        rule(
            rf"(?P<before>\b(?i:on|next|last|this|every|each|until|since|by|from|for) )(?P<day>{_SHORT_DAYS})\b\.?"
            r"(?=[,;:?!)]|\s+(?:[a-z]|\d)|\s*$)",
            lambda m: [(m["before"], "before"), (DAYS[m["day"]], "day")],
            spaced=False,
        ),
        rule(
            r"\b(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<zone>Z)\b",
            lambda m: [(str(_hours(m)), "hour"), (" Zulu", "zone")],
        ),
        rule(rf"\b(?P<day>{_DAYS})\.(?=, (?:{_DAYS})|,? & |,? and )", lambda m: DAYS.get(m["day"], m["day"])),
        rule(rf"(?<=[,&] )(?P<day>{_SHORT_DAYS})\.(?= &| and|,)", lambda m: DAYS[m["day"]]),
        rule(
            rf"(?<![\w/])(?:M/W(?:/F)?|Tu?/Th|(?:{_SHORT_DAYS}|Sat)(?:/(?:{_SHORT_DAYS}|Sat|Sun))+)(?![\w/])",
            lambda m: " ".join(_LETTERS_OF_DAYS.get(day) or DAYS[day] for day in m[0].split("/")),
        ),
        rule(r"^(?:Mon|Tues?|Wed|Thu|Thurs?|Fri)\.?$", lambda m: DAYS[m[0].rstrip(".")]),
        rule(r"\bM-F(?=,? \d|:)|(?<=\d )M-F\b|(?<=[ap]m )M-F\b", lambda m: "Monday to Friday"),
        rule(rf"(?<=\b\d{{4}})\s?[-–—]\s?(?=(?:\d{{1,2}} )?(?:{MONTH})\b)", lambda m: " to "),
        rule(r"(?<=/\d{4})\s?[-–—]\s?(?=\d{1,2}/\d)|(?<=\d0s)\s?[-–—]\s?(?=\d\d)", lambda m: " to "),
        rule(
            rf"(?<=[A-Za-z] \d)\s?[-–—]\s?(?=(?:{MONTH}) \d)|(?<=[A-Za-z] \d\d)\s?[-–—]\s?(?=(?:{MONTH}) \d)",
            lambda m: " to ",
        ),
        rule(
            rf"\b(?P<day>{DAY})(?P<month>(?i:{MONTH}))(?P<year>{YEAR})\b",
            lambda m: [
                (f"{ordinal(m['day'])} of ", "day"),
                (month_name(m["month"].capitalize()), "month"),
                (f", {year(m['year'])}", "year"),
            ],
        ),
        rule(r"(?<='\d\d)\s?[-–—]\s?(?='\d\d\b)|(?<='\d\ds)\s?[-–—]\s?(?='\d\ds\b)", lambda m: " to "),
        rule(r"(?<=\bQ[1-4])'(?=\d\d\b)", lambda m: " '"),
        rule(
            r"\b(?P<what>FY|CY|Q[1-4]) ?'?(?P<year>(?:19|20)\d\d)\b",
            lambda m: [(" ".join(m["what"]) + " ", "what"), (year(m["year"]), "year")],
        ),
        rule(
            rf"\b(?P<year>{YEAR})-?(?P<month>0[1-9]|1[0-2])-?(?P<day>0[1-9]|[12]\d|3[01])(?:T|T?(?<=\d) )"
            rf"(?P<time>(?P<hour>[01]\d|2[0-3]):?"
            rf"(?P<minute>[0-5]\d)(?::?(?P<second>[0-5]\d)(?:[.,]\d+)?)?)\s?(?P<zone>Z|[+-]\d\d:?\d\d)?(?![\w:])",
            _stamp,
        ),
        *COMPACT_DATES,
        rule(
            rf"\b(?P<year>{YEAR})(?P<sep>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=sep)(?P<day>{DAY})\b(?![-/.]?\d)", _numeric
        ),
        rule(rf"(?<![\w/.-])(?P<day>{DAY})-(?P<month>{_MONTH_NUMBER})-(?P<year>{YEAR})(?![\w-])", _by_country),
        rule(rf"(?<![\w/.-])(?P<month>{_MONTH_NUMBER})-(?P<day>{DAY})-(?P<year>{YEAR})(?![\w-])", _numeric),
        rule(rf"(?<![\d.])(?P<month>{_MONTH_NUMBER})\.(?P<day>1[3-9]|2\d|3[01])\.(?P<year>{YEAR})(?![\d])", _numeric),
        rule(
            r"\b(?P<label>(?i:exp(?:iry|iration)?(?: date)?|expires(?= 0)|valid (?:thru|through|until|to)|good thru))"
            r"\b[.:]{0,2} ?(?P<month>0[1-9]|1[0-2])/(?P<year>[2-4]\d)(?![/\d]|\.\d)",
            _expiry,
        ),
        rule(rf"(?<![\w/-])(?P<year>{YEAR})-?W(?P<week>0[1-9]|[1-4]\d|5[0-3])(?:-(?P<day>[1-7]))?(?![\w-])", _iso_week),
        rule(r"(?:(?<=BC)|(?<=BCE))\s?[-–—]\s?(?=(?:AD |CE )?\d)", lambda m: " to "),
        rule(rf"(?<![\w/-])(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])(?![\w/-]|[.,]\d)", _month_of_year),
        rule(rf"(?<![\w/.$£€-])(?P<month>0?[1-9]|1[0-2])[-/](?P<year>{YEAR})(?![\w/-]|[.,]\d)", _month_of_year),
        rule(rf"(?<![\w/.$£€-])(?P<year>{YEAR})/(?P<month>0[1-9]|1[0-2])(?![\w/-]|[.,]\d)", _month_of_year),
        rule(
            rf"(?<![\d/.$£€-])(?P<month>0?[1-9]|1[0-2])/(?P<day>{DAY})\s?[-–—]\s?(?P<next_month>0?[1-9]|1[0-2])/"
            rf"(?P<next_day>{DAY})(?![\d/\"%])",
            _range_of_dates,
        ),
        rule(
            rf"(?<![\d/.$£€-])(?P<month>0?[1-9]|1[0-2])/(?P<day>{DAY})(?![\d/\"%]|\.\d|['’]\d)(?!\s?(?:hours|days)\b)",
            _day_and_month,
        ),
        rule(rf"(?<![\d/])(?P<month>{_MONTH_NUMBER})/(?P<day>{DAY})/(?P<year>\d{{4}}|\d\d)(?![\d/])", _numeric),
        rule(rf"(?<![\d/])(?P<day>{DAY})/(?P<month>{_MONTH_NUMBER})/(?P<year>\d{{4}}|\d\d)(?![\d/])", _day_first),
        rule(rf"(?<![\d.])(?P<day>{DAY})\.(?P<month>{_MONTH_NUMBER})\.(?P<year>{YEAR})(?![\d])", _day_first),
        rule(
            rf"\b(?P<the>the )?(?P<day>{DAY})[ -](?P<month>{MONTH})\b\.?(?=,? (?:{YEAR})\b"
            rf"|-{YEAR}\b)(?:,?[ -](?P<year>{YEAR}))",
            lambda m: [*_day_month(m), (f", {year(m['year'])}", "year")],
        ),
        rule(
            rf"(?P<before>(?i:^|\b(?:on|from|until|till|to|by|since|before|after|and|of|due|dated) ))"
            rf"(?P<day>{DAY}) (?P<month>{MONTH})\b(?!\.?,? \d|[-'’]|\.\w)(?=[.,;:!?)]|$| [a-z])",
            _day_of_month,
        ),
        rule(
            rf"\b(?P<month>{MONTH})\.? (?P<first>\d\d?)(?:st|nd|rd|th)? ?[-–—] ?(?P<last>\d\d?)(?:st|nd|rd|th)?\b"
            rf"(?![-\d.:/]\d)",
            _range_of_days,
        ),
        rule(
            rf"\b(?P<month>{MONTH}) ?[-—] ?(?P<last>{MONTH})\b",
            lambda m: [(month_name(m["month"]), "month"), (" to ", 0), (month_name(m["last"]), "last")],
        ),
        rule(
            rf"\b(?P<month>{any_of(MONTHS)})\b\.?(?= (?:{DAY}|{YEAR})(?:st|nd|rd|th)?\b)",
            lambda m: month_name(m["month"]),
        ),
        rule(
            rf"(?P<before>(?i:\b(?:in|since|until|by|last|next|this|early|late|mid|from|of|and|to))[ -])"
            rf"(?P<month>{any_of(set(MONTHS) - {'Mar'})})\b(?!\.\w|['\w])(?=[,;.?!)]"
            rf"|$| (?:and|to|the|we|he|she|it|they|I|is|was)\b)",
            lambda m: [(m["before"], "before"), (month_name(m["month"]), "month")],
            spaced=False,
        ),
        rule(
            rf"\b(?P<first>{_DAYS})\.? ?(?:[-–—&]|to|through|thru|and) ?(?P<last>{_DAYS})\b(?!['’])",
            lambda m: [
                (DAYS.get(m["first"], m["first"]), "first"),
                (" and " if " and " in m[0] or "&" in m[0] else " to ", 0),
                (DAYS.get(m["last"], m["last"]), "last"),
            ],
        ),
    ],
)

TIMES: Rule = when(
    r"\d",
    [
        rule(
            r"(?<![\d:.$£€/-])(?P<first>(?:0?[1-9]|1[0-2])(?::[0-5]\d)?)(?P<first_half>)\s?[-–—]\s?"
            r"(?P<last>(?:0?[1-9]|1[0-2])(?::[0-5]\d)?)\s?(?P<last_half>[AaPp]\.\s?[Mm]\.|[AaPp][Mm]\b)",
            _hour_range,
        ),
        rule(r"(?i:(?<=\d[ap]m)|(?<=\d [ap]m)|(?<=[ap]\.m\.))\s?[-–—]\s?(?=(?:noon|midnight)\b)", lambda m: " to "),
        rule(r"(?i:(?<=\bnoon)|(?<=\bmidnight))\s?[-–—]\s?(?=\d)", lambda m: " to "),
        rule(
            r"(?<![\w:.$£€/-])(?P<first>(?:0?[1-9]|1[0-2])(?::[0-5]\d)?)(?P<first_half>[ap])\s?[-–—]\s?(?P<last>"
            r"(?:0?[1-9]|1[0-2])(?::[0-5]\d)?)(?P<last_half>[ap])\b(?!\.)",
            _hour_range,
        ),
        rule(r"(?i:(?<=\d[ap]m)|(?<=\d [ap]m)|(?<=[ap]\.m\.))\s?[-–—]\s?(?=\d)", lambda m: " to "),
        rule(r"(?<=:\d\d)\s?[-–—]\s?(?=\d?\d(?::\d\d|\b(?![\d:.])))", lambda m: " to "),
        rule(r"(?<![\w:.$£€/-])(?P<first>\d{1,2})\s?[-–—]\s?(?=\d{1,2}:\d\d\b(?!:))", lambda m: f"{m['first']} to "),
        rule(r"(?<=\b(?:GMT|UTC))\s?[-−](?=\d)", lambda m: " minus "),
        rule(r"(?<=:\d\d)\s?h\b", lambda m: " "),
        rule(r"(?<=\d:\d\d)(?P<half>[ap])\b(?![.'’-])", lambda m: f"{m['half']}m", spaced=False),
        rule(
            r"(?P<before>\b(?:(?:[Tt]ime|[Dd]uration|length|record|runtime|total|average|pace)s?(?: is| was|:| of)"
            r"|finish(?:ed|es|ing)? in|ran (?:it )?in|lasted|lasts|took|takes|after) )(?P<hour>\d{1,2}):"
            r"(?P<minute>[0-5]\d):(?P<second>[0-5]\d)(?![\d:.,]\d|\s?[AaPp]\.?[Mm])",
            _elapsed,
        ),
        rule(
            rf"(?<![\d:.])(?P<time>(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\."
            rf"(?P<fraction>\d{{1,3}}))?)?)(?![\d:]|,\d{{3}}\b){_HALF}?",
            _clock,
        ),
        rule(rf"(?<![\d:.])(?P<time>(?P<hour>0?[1-9]|1[0-2])(?:\.(?P<minute>[0-5]\d))?(?P<second>)){_HALF}", _clock),
        rule(r"\b(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)(?= ?[-–—] ?\d{4} ?(?:hours|hrs)\b)", _hours),
        rule(r"(?<=[a-z])\s?[-–—]\s?(?=\d{4} ?(?:hours|hrs)\b)", lambda m: " to "),
        rule(r"\b(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)(?= ?(?:hours|hrs)\b)", _hours),
        rule(
            r"(?P<before>\b(?:at|by|from|until|till|before|after|since|around|to) )(?P<hour>0\d)(?P<minute>[0-5]\d)\b"
            r"(?![-–.,:/]?\d| \d)",
            lambda m: [(m["before"], "before"), (str(_hours(m)), "hour")],
        ),
        rule(r"(?<=\d) ?: ?(?=\d)", lambda m: " to "),
    ],
)

YEARS: Rule = when(
    r"\d",
    [
        rule(r"(?<!\w)'?(?P<year>1\d\d0|20\d0|[2-9]0)'?s\b", lambda m: decade(m["year"])),
        rule(r"(?<![\w.,$£€])'(?P<year>\d\d)\b(?![\w'\"])", lambda m: _year(m["year"])),
        rule(
            r"(?<![\d,.])(?P<year>\d{3,4})(?= ?(?:B\. ?C\.|BC\b|BCE\b|A\. ?D\.|AD\b|CE\b))",
            lambda m: in_pairs(m["year"]),
        ),
        rule(r"(?<=\b[Ii]n )(?P<year>[1-9]\d\d)(?=[,;)]| [A-Z][a-z]|\.?$)", lambda m: in_pairs(m["year"])),
        rule(rf"(?:\b(?P<time>{_OF_TIME}) )?(?<![\d,.$£€-])(?P<number>1\d{{3}})(?= {_PLURAL})", _before_plural),
        rule(
            rf"\b(?<![\d,.])(?P<first>{YEAR}) to (?P<last>\d\d)\b(?![\d,.:/-]?\d|%)",
            lambda m: [(year(m["first"]), "first"), (" to ", 0), (_year(m["last"]), "last")],
        ),
        rule(rf"(?<![\d,.]){YEAR}(?![,.]?\d)(?=\b|[a-z])", lambda m: year(m[0])),
    ],
)
WEEKDAY: Rule = when(
    r"\d", [rule(rf"\b(?P<day>{any_of(DAYS)})\.?,?(?= (?:{MONTH}|\d))", lambda m: f"{DAYS[m['day']]},")]
)
