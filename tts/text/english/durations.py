"""Spans of time and shortened large numbers: "2h 15m", "1.2m users", "300k jobs"."""

from __future__ import annotations

import re

from tts.text.english.dictionary import word_list
from tts.text.english.numbers import cardinal, plain
from tts.text.offsets import Replacement
from tts.text.rules import DECIMAL, Rule, one_of, rule, where

_UNITS = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
_SCALES = {
    "k": "thousand",
    "K": "thousand",
    "m": "million",
    "M": "million",
    "b": "billion",
    "B": "billion",
    "t": "trillion",
}
_COUNTED = one_of(word_list("count nouns"))
_PART = (
    r"(?:(?P<d>\d{1,3})\s?d(?:ays?)?)?\s?(?:(?P<h>\d{1,3})\s?h(?:rs?|ours?)?)?\s?(?:(?P<m>\d{1,3})\s?m(?:ins?"
    r"|inutes?)?)?"
)
_PART += r"\s?(?:(?P<s>\d{1,3})\s?s(?:ecs?|econds?)?)?"
_NOT_METERS = re.compile(
    r" (?!tall|wide|long|deep|high|away|apart|across|above|below|thick|of)(?:[a-z]+ )?(?:" + _COUNTED + r")\b"
)
_WAITS = (
    r"(?:for|took|takes?|after|within|every|wait(?:ed|s)?|last(?:ed|s)?|in just|only|runs?|ran|another|under"
    r"|exactly|about)"
)


def _duration(match: re.Match[str]) -> Replacement:
    """ "2h 15m" -> "two hours fifteen minutes"; one part alone could be another unit."""
    parts = [(name, match[name]) for name in "dhms" if match[name]]
    if len(parts) < 2:
        return None
    return [
        (f"{' ' if i else ''}{cardinal(number)} {_UNITS[name]}{'' if number == '1' else 's'}", name)
        for i, (name, number) in enumerate(parts)
    ]


def _scaled(match: re.Match[str]) -> Replacement:
    """ "300k jobs", "2m people", "5M views"; "a 10k run", "a 4K screen" and "2 m of rope" are something else."""
    number, letter = match["number"], match["letter"]
    counted = _NOT_METERS.match(match.string, match.end())
    if letter in "mbtB" and not counted:
        return None
    if letter == "K" and not counted and number in ("2", "4", "5", "8", "16"):
        return [(number, "number"), (" K", "letter")]
    if letter == "k" and number == "401":
        return "four oh one k"
    if letter == "k" and number in ("2", "4", "8") and _SCREEN.match(match.string, match.end()):
        return [(number, "number"), (" k", "letter")]
    if letter in "kK" and re.match(
        r" (?:run|race|walk|swim|runs|races|time|marathon|runner|runners|gold)\b", match.string[match.end() :]
    ):
        return [(number, "number"), (" k", "letter")]
    return [(plain(number.replace(",", "")), "number"), (f" {_SCALES[letter]}", "letter")]


def _scaled_range(match: re.Match[str]) -> Replacement:
    said = _scaled(match)
    return None if said is None or isinstance(said, str) else [(match["first"], "first"), (" to ", 0), *said]


_SCREEN = re.compile(
    r" (?:videos?|tvs?|monitors?|resolution|displays?|screens?|footage|cameras?|content|hdr|quality|images?|gaming)\b",
    re.I,
)


def _seconds(match: re.Match[str]) -> Replacement:
    return [(match["before"], "before"), (cardinal(match["number"]), "number"), (" seconds", "unit")]


DURATIONS: Rule = where(
    r"\d\s?[dhms]|\d\s?[kKMbBt]\b",
    [
        rule(rf"(?<![\w.$£€:-]){_PART}(?![\w]|\.\d)(?<=[dhmsnrc])", _duration),
        rule(r"(?<![\w.$£€:-])(?P<h>\d{1,2})h(?P<m>[0-5]\d)(?P<d>)(?P<s>)(?!\w)", _duration),
        rule(rf"(?P<before>\b{_WAITS} )(?P<number>\d{{1,4}})(?P<unit>s)\b(?! of)", _seconds),
        rule(r"(?<![\w'.$£€-])(?P<before>)(?P<number>[1-9][1-9])s\b(?<!\bthe \d\ds)|(?<![\w'.$£€-])(?P<wait>)\d\ds"
             r"(?= (?:timeout|delay|interval|clip|video|break|window|countdown|timer|limit|ad|spot|pause)\b)",
             lambda m: f"{cardinal(m[0][:-1])} seconds"),
        rule(rf"(?<![\w.$£€:/–—-])(?P<number>{DECIMAL})(?P<letter>[kKMmbBt])(?![\w'])", _scaled),
        rule(rf"(?<![\w.$£€:/])(?P<first>{DECIMAL})\s?[-–—]\s?(?P<number>{DECIMAL})(?P<letter>[kKMmbBt])(?![\w'])",
             _scaled_range),
    ],
)  # fmt: skip
