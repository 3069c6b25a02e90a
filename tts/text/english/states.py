"""Abbreviated states of America: "Dallas, Tex.", "Wash. and Ore.", "in Minn. today", "Cal. Penal Code"."""

from __future__ import annotations

import re

from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, any_of, rule

#: Abbreviation -> state.
STATES = {
    "Ala": "Alabama", "Ariz": "Arizona", "Ark": "Arkansas", "Calif": "California", "Cal": "California",
    "Colo": "Colorado", "Conn": "Connecticut", "Del": "Delaware", "Fla": "Florida", "Ga": "Georgia", "Ill": "Illinois",
    "Ind": "Indiana", "Kan": "Kansas", "Ky": "Kentucky", "La": "Louisiana", "Md": "Maryland", "Mass": "Massachusetts",
    "Mich": "Michigan", "Minn": "Minnesota", "Miss": "Mississippi", "Mo": "Missouri", "Mont": "Montana",
    "Neb": "Nebraska", "Nev": "Nevada", "Okla": "Oklahoma", "Ore": "Oregon", "Pa": "Pennsylvania",
    "Penn": "Pennsylvania", "Tenn": "Tennessee", "Tex": "Texas", "Va": "Virginia", "Vt": "Vermont",
    "Wash": "Washington", "Wis": "Wisconsin", "Wyo": "Wyoming",
}  # fmt: skip
_STATE = rf"(?:{any_of(STATES)})\."
#: These are words or names too, so they need more of a context.
_NAMES = frozenset(["Cal", "Del", "La", "Mo", "Pa", "Penn", "Tex", "Miss"])
_WORDS = frozenset(["Ark", "Ill", "Ind", "Mass", "Mont", "Ore", "Wash"])
SURE = set(STATES) - _NAMES - _WORDS
_SURE, _OTHERS = any_of(SURE), any_of(_WORDS)
_JOINED = rf"\b{_STATE}(?:, {_STATE}){{0,9}},? (?:and|or|to|&) {_STATE}"
_REGION = "[Ii]n|[Aa]cross|[Tt]hroughout|[Nn]orthern|[Ss]outhern|[Ee]astern|[Ww]estern|[Cc]entral|[Rr]ural|[Uu]pstate"
_PLACE = f"{_REGION}|[Nn]ear|[Ff]rom|[Oo]f|[Tt]o"
_END = r"(?P<end>(?=\s*[\"')]*\s*$)|(?=\s+[\"'(]?[A-Z]))?"
_KINDS_OF_CODE = {
    "Gov": "Government", "Civ": "Civil", "Crim": "Criminal", "Veh": "Vehicle", "Bus": "Business", "Lab": "Labor",
    "Fam": "Family", "Educ": "Education", "Evid": "Evidence",
}  # fmt: skip
_CODES = rf"Penal|Gen|Ann|Rev|Stats?|Const|Code|Super|App|Ct|{any_of(_KINDS_OF_CODE)}|{any_of(_KINDS_OF_CODE.values())}"
#: Abbreviations whose full stop does not end a sentence.
STOPS = rf"\b(?:{any_of(STATES)})\.(?=\s+(?:{_CODES})\b)|\b(?:{any_of(_KINDS_OF_CODE)})\.(?=\s+Code\b)"


def _state(match: re.Match[str]) -> Replacement:
    """The state, and a full stop if its own ends the sentence."""
    return STATES[match["state"]] + ("." if match["end"] is not None else "")


def _joined(match: re.Match[str]) -> Replacement:
    """ "Wash. and Ore." -> "Washington and Oregon"."""
    ends = re.match(r"\s*[\"')]*\s*$|\s+[\"'(]?[A-Z]", match.string[match.end() :])
    return re.sub(r"\b([A-Z][a-z]+)\.", lambda m: STATES[m[1]], match[0]) + ("." if ends else "")


#: Part of `tts.text.english.abbreviations.ABBREVIATIONS`.
STATE_NAMES: tuple[Rule, ...] = (
    rule(rf"\b(?P<kind>{any_of(_KINDS_OF_CODE)})\.(?=\s+Code\b)", lambda m: _KINDS_OF_CODE[m["kind"]], spaced=False),
    rule(_JOINED, _joined, spaced=False),
    rule(rf"\b(?P<state>{any_of(STATES)})\.(?=\s+(?:{_CODES})\b)", lambda m: STATES[m["state"]], spaced=False),
    rule(rf"{after(_PLACE)}(?P<state>{_SURE})\.{_END}(?=\W|$)", _state, spaced=False),
    rule(rf"{after(_REGION)}(?P<state>{_OTHERS})\.(?=,|\s+[a-z])", lambda m: STATES[m["state"]], spaced=False),
    rule(rf"(?<=, )(?P<state>{any_of(STATES)})\.{_END}", _state, spaced=False),
)
