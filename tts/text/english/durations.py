"""Durations and abbreviated large numbers: "2h 15m", "1.2m users", "300k jobs"."""

from __future__ import annotations

import re

from tts.text.english.dictionary import word_list
from tts.text.english.money_and_units import CODES
from tts.text.english.numbers import cardinal, number_to_words
from tts.text.offsets import Replacement
from tts.text.rules import DECIMAL, Rule, any_of, rule, when

_UNITS = {"y": "year", "mo": "month", "w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}
_SCALES = {
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "b": "billion", "B": "billion", "t": "trillion",
    "T": "trillion", "mn": "million", "mln": "million",
}  # fmt: skip
_COUNTED = any_of(word_list("count nouns"))
_PART = (
    r"(?:(?P<y>\d{1,3})\s?y(?:rs?|ears?)?)?\s?(?:(?P<mo>\d{1,2})\s?mo(?:nths?|s)?)?\s?(?:(?P<w>\d{1,3})\s?w(?:ks?"
    r"|eeks?)?)?\s?(?:(?P<d>\d{1,3})\s?d(?:ays?)?)?\s?(?:(?P<h>\d{1,3})\s?h(?:rs?"
    r"|ours?)?)?\s?(?:(?P<m>\d{1,3})\s?m(?:ins?|inutes?)?)?"
)
_PART += r"\s?(?:(?P<s>\d{1,3})\s?s(?:ecs?|econds?)?)?"
_NOT_METERS = re.compile(
    r" (?!tall|wide|long|deep|high|away|apart|across|above|below|thick|of)(?:[a-z]+ )?(?:" + _COUNTED + r")\b"
)
#: Nouns after a duration: "a 5h drive", "30s timeout".
_LASTING = (
    "timeout|delay|interval|clip|video|break|window|countdown|timer|limit|ad|spot|pause|drive|ride|flight|trip|hike"
    "|shift|meeting|session|journey|wait|nap|workout|commute|layover|recording"
)
#: "a 1h30m delay": a noun that follows makes the units singular.
_WHOSE = re.compile(r"(?i:(?<![\w'])(?:an?|the|this|that|his|her|my|our|their|its|each|every) )$")
_NOUN = re.compile(r" ([a-z][a-z-]+)")
_NO_NOUNS = word_list("not after an attributive unit")
_WAITS = (
    r"(?:for|took|takes?|after|within|in|every|wait(?:ed|s)?|last(?:ed|s)?|in just|only|runs?|ran|another|under"
    r"|exactly|about)"
)


def _duration(match: re.Match[str]) -> Replacement:
    """ "2h 15m" -> "two hours fifteen minutes". A single part stays, because it could be another unit."""
    parts = [(name, match[name]) for name in _UNITS if match.groupdict().get(name)]
    if len(parts) < 2:
        return None
    noun = _WHOSE.search(match.string[: match.start()][-12:]) and _NOUN.match(match.string, match.end())
    one = ("1", "01") if not noun or noun[1] in _NO_NOUNS else (number for _, number in parts)
    single = frozenset(one)
    return [
        (
            f"{' ' if i else ''}{cardinal(number.lstrip('0') or '0')} {_UNITS[name]}{'' if number in single else 's'}",
            name,
        )
        for i, (name, number) in enumerate(parts)
    ]


def _scaled(match: re.Match[str]) -> Replacement:
    """Read "300k jobs", "2m people" and "5M views" as large numbers, but not "a 10k run" or "2 m of rope"."""
    number, letter = match["number"], match["letter"]
    counted = _NOT_METERS.match(match.string, match.end())
    if letter in ("m", "b", "t", "T", "B", "mn", "mln") and not counted:
        return None
    if _MONEY_FOLLOWS.match(match.string, match.end()) or _MONEY_BEFORE.search(match.string[: match.start()][-5:]):
        return None  # `tts.text.english.money_and_units` reads "1.5M USD"
    if letter == "M" and number == "3" and not counted:
        return [(number, "number"), (" M", "letter")]  # the company
    if letter == "K" and not counted and number in ("2", "4", "5", "8", "16"):
        return [(number, "number"), (" K", "letter")]
    if letter in "kK" and number == "401":
        return "four oh one k"
    if letter == "k" and number in ("2", "4", "8") and _SCREEN.match(match.string, match.end()):
        return [(number, "number"), (" k", "letter")]
    if letter in "kK" and number in ("3", "5", "8", "10", "15") and not counted and _is_race(match):
        return [(number, "number"), (f" {letter.lower()}", "letter")]
    if letter in "kK" and re.match(
        r" (?:run|race|walk|swim|runs|races|time|marathon|runner|runners|gold)\b", match.string[match.end() :]
    ):
        return [(number, "number"), (" k", "letter")]
    return [(number_to_words(number.replace(",", "")), "number"), (f" {_SCALES[letter]}", "letter")]


def _is_race(match: re.Match[str]) -> bool:
    """Whether "a 10k" is a distance, not ten thousand: after "ran", or after "a" without a noun."""
    text, (start, end) = match.string, match.span()
    before = text[max(0, start - 24) : start]
    return bool(
        _RUNS.search(before) or (_ONE.search(before) and not _OWED.search(before) and _NO_NOUN.match(text, end))
    )


_RUNS = re.compile(
    r"(?i:\b(?:ran|run|running|runs|jog|jogged|jogging|race|raced|racing|walk|walked|swam)"
    r"(?: (?:an?|the|my|her|his|in))* )$"
)
_ONE = re.compile(r"(?i:(?<![\w'])(?:an?|my|his|her|our|first|second|charity|fun|another|next|last|and) )$")
_OWED = re.compile(r"(?i:\b(?:owe|owes|owed|pay|pays|paid|cost|costs|spent|won|lost|earn|earns|made|charged)\b.*)$")
_NO_NOUN = re.compile(
    r"\s*(?:$|[.,;:!?)])| (?:today|tomorrow|yesterday|tonight|on|in|at|this|next|last|every|for|with|and|or|when|before"
    r"|after|without|tops|is|was|training|together)\b"
)


def _scaled_range(match: re.Match[str]) -> Replacement:
    words = _scaled(match)
    return None if words is None or isinstance(words, str) else [(match["first"], "first"), (" to ", 0), *words]


_MONEY_FOLLOWS = re.compile(rf" ?(?:{any_of(code for code in CODES if code.isalpha())})\b")
_MONEY_BEFORE = re.compile(rf"\b(?:{any_of(code for code in CODES if code.isalpha())}) $")
_SCREEN = re.compile(
    r" (?:videos?|tvs?|monitors?|resolution|displays?|screens?|footage|cameras?|content|hdr|quality|images?|gaming)\b",
    re.I,
)


def _seconds(match: re.Match[str]) -> Replacement:
    return [(match["before"], "before"), (cardinal(match["number"]), "number"), (" seconds", "unit")]


def _ago(match: re.Match[str]) -> Replacement:
    text, (start, end) = match.string, match.span()
    attribute = re.search(r"\b(?:an?|the|his|her|their|our) $", text[:start][-7:]) and re.match(r" [a-z]", text[end:])
    single = attribute or match["number"] == "1"
    return [(cardinal(match["number"]), "number"), (f" {_UNITS[match['unit']]}{'' if single else 's'}", "unit")]


DURATIONS: Rule = when(
    r"\d\s?[dhmsyw]|\d\s?[kKMbBtT]\b|~",
    [
        rule(r"(?<![\w~])~\s?(?=[$£€¥₹]?\d)", lambda m: "about "),
        rule(r"(?<![\w.$£€:-])(?P<number>\d{1,4})(?P<unit>mo|[ywdhms])"
             r"(?= (?:ago|later|left|old|remaining|earlier|to go)\b)", _ago),
        rule(
            rf"(?<![\w.$£€:/-])(?P<first>{DECIMAL}[kKMB])(?P<to>\s?[-–—]\s?)(?={DECIMAL}[kKMB]\b)",
            lambda m: [(m["first"], "first"), (" to ", "to")],
        ),
        rule(rf"(?<![\w.$£€:-]){_PART}(?![\w]|\.\d)(?<=[dhmsnrcowky])", _duration),
        rule(
            rf"(?<![\w.$£€:-])(?P<number>\d{{1,4}})\s?(?P<unit>[hms])(?= (?:{_LASTING})\b)",
            lambda m: [(cardinal(m["number"]), "number"), (f" {_UNITS[m['unit']]}", "unit")],
        ),
        rule(r"(?<![\w.$£€:-])(?P<h>\d{1,2})h(?P<m>[0-5]\d)(?P<d>)(?P<s>)(?!\w)", _duration),
        rule(rf"(?P<before>\b{_WAITS} )(?P<number>\d{{1,4}})(?P<unit>s)\b(?! of)", _seconds),
        rule(r"(?<![\w'.$£€-])(?P<number>\d{1,3})(?P<unit>mo)\b", _ago),
        rule(r"(?<![\w'.$£€-])(?<!£\d )(?<!£\d\d )(?<!£\d\d\d )(?P<before>)(?P<number>[1-9][1-9])s\b(?<!\bthe \d\ds)",
             lambda m: f"{cardinal(m[0][:-1])} seconds"),
        rule(rf"(?<![\w.$£€:/–—-])(?P<number>{DECIMAL})(?P<letter>ml?n|[kKMmbBtT])(?![\w'])", _scaled),
        rule(rf"(?<![\w.$£€:/])(?P<first>{DECIMAL})\s?[-–—]\s?(?P<number>{DECIMAL})(?P<letter>[kKMmbBt])(?![\w'])",
             _scaled_range),
    ],
)  # fmt: skip
