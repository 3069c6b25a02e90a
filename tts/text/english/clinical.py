"""Short forms of medical notes and prescriptions: "q8h", "60 y/o", "pt c/o pain x3 days", "h/o"."""

from __future__ import annotations

import re

from tts.text.english.numbers import cardinal
from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, any_of, rule, when
from tts.text.unicode_cleanup import LETTER_A

_EVERY = {"h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "w": "week", "wk": "week", "min": "minute"}
#: Short form -> words.
_WORDS = {
    "h/o": "history of", "s/p": "status post", "r/o": "rule out", "R/O": "rule out", "p/w": "presents with",
    "Hx": "History", "dx": "diagnosis", "Dx": "Diagnosis", "tx": "treatment", "Tx": "Treatment",
    "sx": "symptoms", "Sx": "Symptoms", "fx": "fracture", "Fx": "Fracture", "rx": "prescription",
}  # fmt: skip
_PATIENT = re.compile(r"\b(?:[Pp]t|[Pp]atient|male|female|man|woman|y/o|who)\.? $")


def _every(match: re.Match[str]) -> Replacement:
    """ "q8h" -> "every eight hours", "q4-6h" -> "every four to six hours"."""
    first, last, unit = match["first"], match["last"], _EVERY[match["unit"].lower()]
    if first == "1" and not last:
        return f"every {unit}"
    return f"every {cardinal(first)}{f' to {cardinal(last)}' if last else ''} {unit}s"


def _complains(match: re.Match[str]) -> Replacement:
    before = match.string[max(0, match.start() - 12) : match.start()]
    return "complains of" if _PATIENT.search(before) else None


CLINICAL: Rule = when(
    r"[\d/]|\bPt\b",
    [
        rule(
            r"\b[Qq]\.? ?(?P<first>\d{1,2})(?:[-–](?P<last>\d{1,2}))? ?(?P<unit>[Hh]|hrs?|[Dd]|w|wk|min)\b",
            _every,
        ),
        rule(r"(?<=\d)[ -]?(?:[yY]/?[oO]\b(?![-'])|y\.o\.)", lambda m: "-year-old", spaced=False),
        rule(
            r"(?P<age>\b\d{2}) ?(?P<sex>[FM])\b(?= (?:w/|with|p/w|c/o|presents|presenting|s/p|h/o))",
            lambda m: [(m["age"], "age"), ("-year-old " + ("female" if m["sex"] == "F" else "male"), "sex")],
        ),
        rule(
            r"\b(?P<side>[RL])(?= (?:hand|arm|leg|foot|knee|hip|shoulder|eye|ear|side|lung|breast|wrist|ankle|elbow"
            r"|kidney|lower|upper|femur|thigh|hemisphere)\b)",
            lambda m: {"R": "right", "L": "left"}[m["side"]],
        ),
        rule(r"\b(?P<what>[WH])t\b\.?(?=:? \d)", lambda m: {"W": "weight", "H": "height"}[m["what"]]),
        rule(rf"{after('no|old')}fx\b", lambda m: "fracture"),
        rule(r"\bHbA1[cC]\b", lambda m: f"H B {LETTER_A['A']} one C"),
        rule(r"\bK/(?P<per>[uμµ]L)\b", lambda m: "thousand per microliter"),
        rule(r"\bc/o\b", _complains),
        rule(
            rf"(?<![\w/'.-])(?:{any_of(_WORDS)})(?= (?:of|with|for|include[sd]?)\b|:)|(?<![\w/'.-])[hrsR]/[opO](?= "
            r"[A-Za-z])",
            lambda m: _WORDS[m[0]],
        ),
        rule(
            r"\b(?P<patient>[Pp])t\b\.?(?= (?:c/o|complains|is|was|has|had|with|denies|denied|presents|presented"
            r"|reports|reported|states|stated|will|to|w/)\b)",
            lambda m: f"{m['patient']}atient",
            spaced=False,
        ),
        rule(
            r"\bPt\.?(?= [A-Z][a-z]+ (?:was (?:seen|admitted|discharged|given|treated)|presents|presented|denies|denied"
            r"|reports|reported|complains|complained|tolerated|c/o)\b)",
            lambda m: "patient",
            spaced=False,
        ),
        rule(
            r"(?<=[a-z.B] )x ?(?P<number>\d{1,2}) ?(?P<unit>d(?=\b)|days?|weeks?|wks?|months?|years?|yrs?|hours?"
            r"|hrs?)\b",
            lambda m: [
                ("for ", 0),
                (m["number"], "number"),
                (" days" if m["unit"] == "d" else " " + m["unit"], "unit"),
            ],
        ),
    ],
)
