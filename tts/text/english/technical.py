"""Names of technology with digits: "x64", "v120.0.6099.109", "802.11ac", "F-16s", ".45 cal", "2-1/2", "in D min."."""

from __future__ import annotations

import re

from tts.text.english.letters import spelled
from tts.text.english.numbers import cardinal, digit_by_digit, in_pairs, plural
from tts.text.offsets import Replacement
from tts.text.rules import Rule, rule

_FRACTION = r"(?:1/2|[13]/4|[12]/3|[1357]/8|\d{1,2}/(?:16|32))(?![\d/])"


def _aircraft(match: re.Match[str]) -> Replacement:
    """ "F-16s" -> "F sixteens"."""
    letters = match["letters"]
    letters = spelled(letters) if len(letters) <= 2 else letters
    return [(f"{letters} ", "letters"), (plural(in_pairs(match["digits"])), "digits")]


def _version(match: re.Match[str]) -> Replacement:
    """ "v120.0.6099" -> "version one hundred twenty point zero point six zero nine nine"."""
    parts = (cardinal(part) if len(part) < 4 else digit_by_digit(part) for part in match["parts"].split("."))
    return "version " + " point ".join(parts)


def _wireless(match: re.Match[str]) -> Replacement:
    letters = spelled(match["letters"].upper()) if match["letters"] else ""
    return f"eight oh two point eleven {letters}".rstrip()


#: Part of `tts.text.english.identifiers.IDENTIFIERS`.
TECHNICAL: tuple[Rule, ...] = (
    rule(r"(?<= )x(?P<bits>64|86)\b(?!-)", lambda m: f"x {cardinal(m['bits'])}"),
    rule(r"\b[vV]\.?(?=[\d.]{0,18}\d{4})(?P<parts>\d{1,4}(?:\.\d{1,5}){2,4})\b(?!\.\d)", _version),
    rule(r"\b802\.11(?P<letters>[a-z]{1,2})?\b", _wireless),
    rule(r"\b(?P<letters>[A-Z]{1,3})-(?P<digits>\d{1,3})s\b", _aircraft),
    rule(
        r"(?<![\w.])\.(?P<digits>\d\d\d?)(?:-| )?cal\b\.?|(?<![\w.])\.(?P<rifle>22) ?LR\b",
        lambda m: f"{in_pairs(m['digits'])} caliber" if m["digits"] else f"{in_pairs(m['rifle'])} L R",
    ),
    rule(r"(?<=\d) ?ga\b\.?(?! [A-Z])", lambda m: " gauge"),
    rule(r"\b(?P<digits>30-06)(?= (?:rifle|Springfield|rounds?|ammo|cartridges?)\b|$)", lambda m: "thirty aught six"),
    rule(r"(?<=\d/[3-9])(?:rds?|ths?)\b", lambda m: "", spaced=False),
    rule(rf"(?<![\w/.$£€-])(?P<whole>\d{{1,2}})-(?={_FRACTION})", lambda m: f"{m['whole']} ", spaced=False),
)
#: Part of `tts.text.english.abbreviations.ABBREVIATIONS`.
KEYS: tuple[Rule, ...] = (
    rule(
        r"(?P<key>\b[A-G](?:[#♭]|-flat|-sharp| flat| sharp)?) (?P<mode>min|maj)\b\.?",
        lambda m: [(f"{m['key']} ", "key"), ({"min": "minor", "maj": "major"}[m["mode"]], "mode")],
    ),
)
