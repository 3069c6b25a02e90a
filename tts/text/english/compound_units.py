"""Units with a middle dot or a negative power, "kN·m", "m·s⁻²", and small raised numbers after words, "bank²"."""

from __future__ import annotations

import re

from tts.text.english.dictionary import MAX_LETTERS, is_word, word_list
from tts.text.english.money_and_units import MEASURES
from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule

#: Units that occur only in compounds, or have other names elsewhere.
_REGULAR = {
    "N": "newton", "A": "ampere", "K": "kelvin", "C": "coulomb", "s": "second", "T": "tesla", "F": "farad",
    "H": "henry", "rad": "radian", "min": "minute", "l": "liter", "h": "hour", "sr": "steradian", "cd": "candela",
    "W": "watt", "MN": "meganewton", "mN": "millinewton", "cN": "centinewton",
}  # fmt: skip
#: Unit -> (singular, plural).
_NAMES = {unit: names for unit, names in MEASURES.items() if re.fullmatch("[A-Za-zμΩ°]+", unit) and unit != "mi"}
_NAMES |= {unit: (name, f"{name}s") for unit, name in _REGULAR.items()}
_NAMES |= {"lb": ("pound", "pounds"), "lbf": ("pound-force", "pounds-force"), "ft": ("foot", "feet")}
_POWER = r"(?:[⁻−][¹²³⁴]|[²³⁴]|\^\(?[-−]?[1-4]\)?|-[1-4](?!\d))?"
_FACTOR = rf"(?:{any_of(_NAMES)}){_POWER}"
_PRODUCT = rf"{_FACTOR}(?:\s?[·⋅∙•]\s?{_FACTOR}| (?:{any_of(_NAMES)})(?:[⁻−][¹²³⁴]|\^-[1-4]))*"
_COMPOUND = (
    r"(?=.{1,40}[·⋅∙•⁻^])"  # lets a text without these signs skip the rule
    rf"(?<![A-Za-z_./^·⋅∙•])(?P<top>{_PRODUCT})(?:/(?:\((?P<group>{_PRODUCT})\)|(?P<bottom>{_PRODUCT})))?(?![\w·⋅∙(])"
)
_PARTS = re.compile(rf"(?P<unit>{any_of(_NAMES)})(?P<power>{_POWER})(?=$|[\s·⋅∙•])")
_DIGITS = str.maketrans("¹²³⁴⁻−", "1234--")
_POWERS = {"2": " squared", "3": " cubed", "4": " to the fourth"}
_NUMBER_BEFORE = re.compile(r"\d\s?$")
_ONE_BEFORE = re.compile(r"(?<![\d.,])1\s?$|\b(?i:an?) [\d.,]+[ -]?$")
_NOUN_AFTER = re.compile(r" [a-z]{3,}")


def _one(unit: str, power: str) -> str:
    """The name of one unit: "m", "3" -> "cubic meter", "s", "2" -> "second squared"."""
    name = _NAMES[unit][0]
    length = name.endswith(("meter", "foot")) and power in ("2", "3")
    return f"{'square' if power == '2' else 'cubic'} {name}" if length else name + _POWERS.get(power, "")


def _compound(match: re.Match[str]) -> Replacement:
    """ "50 kN·m" -> "50 kilonewton meters", "W/(m·K)" -> "watts per meter kelvin"."""
    top, bottom = match["top"], match["group"] or match["bottom"] or ""
    if not re.search(r"[·⋅∙•⁻]|\^\(?-", top + bottom):
        return None
    factors = [(m["unit"], m["power"].translate(_DIGITS).strip("^()")) for m in _PARTS.finditer(top)]
    before = match.string[max(0, match.start() - 16) : match.start()]
    if not (_NUMBER_BEFORE.search(before) or any(len(unit) > 1 for unit, _ in factors) or match["group"]):
        return None
    over = [(m["unit"], m["power"].translate(_DIGITS).strip("^()")) for m in _PARTS.finditer(bottom)]
    one = _ONE_BEFORE.search(before)
    single = one is not None and (one[0].lstrip()[0] == "1" or _NOUN_AFTER.match(match.string, match.end()))
    above = [factor for factor in factors if not factor[1].startswith("-")]
    words = [
        _NAMES[unit][i == len(above) and not single] + _POWERS.get(power, "")
        for i, (unit, power) in enumerate(above, 1)
    ]
    words += [f"per {_one(unit, power[1:])}" for unit, power in factors if power.startswith("-")]
    words += ["per"] * bool(over) + [_one(unit, power) for unit, power in over]
    return (" " if before[-1:].isdigit() else "") + " ".join(words)


_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_PLAIN = str.maketrans(_RAISED, "0123456789")
#: Words that have powers: "10 meters²".
_WITH_POWER = word_list("functions") | {name for names in MEASURES.values() for name in names}
_ENTRY = re.compile(r"(?:^|\n)\s*$|\b(?:[Ss]ee|cf\.|[Uu]nder|[Ss]ense|[Cc]ompare|also|than|of)\s+$")


def _sense_or_note(match: re.Match[str]) -> Replacement:
    """ "bank²" in a dictionary is "bank two"; in a sentence the raised number is the mark of a note and is not read."""
    word, mark, text = match["word"], match["mark"], match.string
    if word in _WITH_POWER or not (is_word(word) or (len(word) > MAX_LETTERS and word.islower())):
        return None
    entry = word.islower() and _ENTRY.search(text[max(0, match.start() - 12) : match.start()])
    if entry or re.search(rf"\b{word}[{_RAISED}]", text[: match.start()] + text[match.end() :]):
        return [(word, "word"), (f" {mark.translate(_PLAIN)} ", "mark")]
    return [(word, "word"), (" ", "mark")] if text[match.end() :][:1].isalnum() else [(word, "word")]


#: Part of `tts.text.english.science.SCIENCE`.
UNITS_AND_NOTES: tuple[Rule, ...] = (
    rule(rf"(?<=[a-z.,!?][.,;:!?\"”’])[{_RAISED}]+(?:[,–-][{_RAISED}]+)*(?=\s|$)", lambda m: "", spaced=False),
    rule(_COMPOUND, _compound, spaced=False),
    rule(
        rf"(?<![\w\d])(?P<word>[A-Za-z]{{3,}})(?P<mark>[{_RAISED}]{{1,2}})(?![\w{_RAISED}])",
        _sense_or_note,
        spaced=False,
    ),
)
