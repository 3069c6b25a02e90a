"""Formulas of chemistry and mathematics: "H2SO4", "Fe³⁺", "E=mc^2", "n>=3", "a->b"."""

from __future__ import annotations

import re

from tts.text.english.abbreviations import FACTORIAL
from tts.text.english.compound_units import UNITS_AND_NOTES
from tts.text.english.dictionary import is_word, word_list
from tts.text.english.latex import LATEX
from tts.text.english.letters import spelled
from tts.text.english.long_numbers import SERVICE_CODES
from tts.text.english.money_and_units import MEASURES, PER
from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, any_of, rule, when
from tts.text.unicode_cleanup import LETTER_A

_ELEMENTS = (
    "He|Li|Be|Ne|Na|Mg|Al|Si|Cl|Ar|Ca|Sc|Ti|Cr|Mn|Fe|Co|Ni|Cu|Zn|Ga|Ge|As|Se|Br|Kr|Rb|Sr|Zr|Nb|Mo|Tc|Ru|Rh|Pd|Ag"
    "|Cd|In|Sn|Sb"
    "|Te|Xe|Cs|Ba|La|Ce|Nd|Sm|Eu|Gd|Tb|Dy|Er|Yb|Hf|Ta|Re|Os|Ir|Pt|Au|Hg|Tl|Pb|Bi|Po|Ra|Th|Pu|Am|[HBCNOFPSKVYIWU]"
)
_COUNT = r"(?:\d{1,2}|[₀-₉]{1,2})"
_GROUP = rf"(?:(?:{_ELEMENTS}){_COUNT}?|\((?:(?:{_ELEMENTS}){_COUNT}?)+\){_COUNT}?)"
_CHARGE = (
    r"(?:\^?\{?(?:\d|[²³⁴])?[+⁺]\}?|\^?\{?(?:\d|[²³⁴])?⁻\}?|\^\{?\d?-\}?|(?:(?<=[\d₀-₉a-z])|(?<=OH)|"
    r"(?<=CN))-(?=[\s.,;:)]|$))"
)
_FORMULA = rf"(?<![\w.#$£€/&-])(?P<body>{_GROUP}+)(?P<charge>{_CHARGE})?(?![\w/&]|-\w|\.\d)"
#: Chemical formulas without a digit. Other letters without a digit could be abbreviations.
_KNOWN = word_list("chemical formulas")
_GASES = word_list("gases")
_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉²³⁴⁺⁻", "0123456789234+-")
_SYMBOL = re.compile(rf"{_ELEMENTS}|\d+|[()]")
_DIGIT = re.compile(r"[\d₀-₉]")


def _formula(match: re.Match[str]) -> Replacement:
    body, charge = match["body"], match["charge"]
    symbols = [part for part in _SYMBOL.findall(body) if part[0].isalpha()]
    sure = len(symbols) > 1 and _DIGIT.search(body) and body not in ("B2B", "B2C", "P2P", "WW1", "WW2")
    ion = charge and (len(charge) > 1 or len(body) > 1 or "⁺" in charge or "⁻" in charge)
    if not (sure or ion or body in _KNOWN or body in _GASES) or (body == "HI" and not charge):
        return None
    words = " ".join(spelled(part) if part[0].isalpha() else part for part in _SYMBOL.findall(body.translate(_PLAIN)))
    pieces = [(words.replace("( ", "").replace(" )", "").replace("(", "").replace(")", ""), "body")]
    return [*pieces, (_charged(charge), "charge")] if charge else pieces


def _charged(charge: str) -> str:
    plain = charge.translate(_PLAIN).strip("^{}")
    return f" {plain[:-1]} {'plus' if plain.endswith('+') else 'minus'} ".replace("  ", " ")


_FUNCTIONS = word_list("functions")
_POWER = r"(?:\^-?[\dA-Za-z]{1,3})?[²³]?"
_VARIABLE = rf"(?:[α-ωΔ] ?)?[A-Za-z]{{1,3}}{_POWER}|[α-ωΔ]{_POWER}"
_OPERAND = (
    rf"(?:\([^()\n=]{{1,30}}\)|{_VARIABLE}|-?\d{{1,9}}(?:\.\d{{1,9}})?(?![eE][-+]?\d)(?:[A-Za-z]{{1,2}})?{_POWER})"
)
_SIDE = rf"{_OPERAND}(?:\s?[-+*/×÷−·]\s?{_OPERAND}){{0,8}}"
_EQUATION = rf"(?<![\w.$£€?&/=<>-])(?P<left>{_SIDE})(?P<equals>\s?=\s?)(?P<right>{_SIDE})(?![\w=/]|\.\w)"
_OPERATORS = {"-": " minus ", "−": " minus ", "/": " over ", "*": " times ", "·": " times "}
_TERM = re.compile(r"(?P<sign>(?<=[\w)²³])\s?[-−/*·]\s?(?=[\w(]))|(?P<letters>(?<![A-Za-z])[A-Za-z]{2,3}(?![A-Za-z]))")


def _side(side: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match["sign"]:
            return _OPERATORS[match["sign"].strip()]
        letters = match["letters"]
        return letters if letters.lower() in _FUNCTIONS else " ".join(letters)

    return re.sub(r"(?<=\d)(?=[A-Za-z])", " ", _TERM.sub(replace, side))


def _equation(match: re.Match[str]) -> Replacement:
    left, right = match["left"], match["right"]
    if re.fullmatch("[A-Za-z]{2,}", left) and re.fullmatch("[A-Za-z]{2,}", right) and is_word(left) + is_word(right):
        return None  # "us=we" is no formula
    if len(left) > 2 and left.isalpha() and is_word(left):  # "max=5"
        return [(left, "left"), (" equals ", "equals"), (_side(right), "right")]
    return [(_side(left), "left"), (" equals ", "equals"), (_side(right), "right")]


def _over(match: re.Match[str]) -> Replacement:
    """ "(x-1)/n" -> "(x minus one) over n"."""
    words = re.sub(r"(?<=\b[a-z\d])\s?[-−]\s?(?=[a-z\d]\b)|(?<=\d)\s?[-−]\s?(?=\d)", " minus ", match["sum"])
    return [(words, "sum"), (" over ", 0)]


_RATIOS = "ratio|relation|mapping|split|mix|proportion"


def _ratio(match: re.Match[str]) -> Replacement:
    """ "an a:b ratio", "1:n": "to" for the colon."""
    parts = [(part, name) for name in ("first", "second", "third") if (part := match[name])]
    pieces: list[tuple[str, str | int]] = []
    for part, name in parts:
        pieces += [(" to ", 0)] * bool(pieces) + [(LETTER_A.get(part, part), name)]
    return pieces


_NAMES_OF_FUNCTIONS = {"sin": "sine", "cos": "cosine", "tan": "tangent", "ln": "L N", "sqrt": "the square root"}
#: Units that may occur without a number: "mg/kg".
_UNITS = (
    *("mol", "mmol", "kg", "g", "mg", "mcg", "μg", "ng", "km", "m", "cm", "mm", "ft", "lb", "L", "mL", "ml"),
    *("J", "kJ", "cal", "kcal", "kWh", "W", "N", "bits", "MB", "GB"),
)


def _bare_unit(match: re.Match[str]) -> Replacement:
    many = {"N": "newtons", "bits": "bits"}.get(match["unit"]) or MEASURES[match["unit"]][1]
    one = PER[match["per"]]
    if match["power"]:
        power = match["power"][-1] in "2²"
        kind = ("square" if power else "cubic") if match["per"] != "s" else ""
        one = f"{kind} {one}" if kind else f"{one} {'squared' if power else 'cubed'}"
    return [(many, "unit"), (f" per {one}", "per")]


_SIGNS = {
    "∆": "delta",
    "∑": "the sum of", "∏": "the product of", "∫": "the integral of", "∂": "partial", "∇": "nabla", "∈": "in",
    "∉": "not in", "⊂": "a subset of", "⊆": "a subset of", "∪": "union", "∩": "intersection", "∀": "for all",
    "∃": "there exists", "¬": "not", "∧": "and", "∨": "or", "∝": "proportional to", "≡": "is equivalent to",
    "≅": "is about", "≃": "is about", "∼": "about", "≪": "is much less than", "≫": "is much greater than",
    "∅": "the empty set", "∛": "the cube root of", "∴": "therefore,", "∵": "because", "⊥": "perpendicular to",
    "∥": "parallel to", "∠": "angle", "↔": "to and from", "⇔": "if and only if", "⇒": "implies", "∗": "times",
    "♭": "flat", "♯": "sharp", "♮": "natural", "℧": "mhos", "ℏ": "h bar", "ℓ": "l",
}  # fmt: skip
#: The position before a comparison sign without a left operand: "<5", "children <5", "he is <5", but not "p < 5".
_NO_OPERAND = r"(?<![\w)%]\s)(?<![\w)%])|(?<=[A-Za-z]{2})\s?"
_NUMBER_AHEAD = r"(?=[-$£€]?\.?\d)"

SCIENCE: Rule = when(
    r"[#≈\\♥❤♩_|=<>!*^√∆∑∏∫∂∇∈∉⊂⊆∪∩∀∃¬∧∨∝≡≅≃∼≪≫∅∛∴∵⊥∥∠↔⇔⇒∗→⟶←·⋅∙•Ω℧ℏℓ♭♯♮⁺⁻₀-₉⁰¹²³⁴-⁹α-ωΑ-Ω]|[A-Z][a-z]?(?:\d|[+-](?!\w))"
    r"|[a-z][A-Z]|\w(?:['’′]{0,2}\([-\w(]|:[a-zA-Z]\b)|\+(?:/?-|\d{1,3} -\d)|&&|\d(?: - -\d|\)\s?[-–—]|[xyzabnt] - \d)"
    r"|\)(?:\s?/?\s?\(|/[a-z\d])|[ijkn]--|[A-Za-z\d]/[a-zLμ]|\b[A-Z]{1,2}[a-z]\b",
    [
        *UNITS_AND_NOTES,
        *SERVICE_CODES,
        *LATEX,
        rule(
            r"(?<=[\w)²³])\s/\s(?=\(?[A-Za-z\d]{1,3}(?:\^|²|³))|(?<=[\w²³]\))\s?/\s?(?=\(\w)|(?<=\w)/(?=∂)",
            lambda m: " over ",
        ),
        rule(r"(?<=\)\([a-z\d])\s?[-−]\s?(?=[a-z\d]\))|(?<=\([a-z\d])\s?[-−]\s?(?=[a-z\d]\)\()", lambda m: " minus "),
        rule(r"(?P<sum>\([^()\n]{1,20}[-+−*][^()\n]{1,20}\))\s?/\s?(?=\d|[a-z]\b)", _over),
        rule(
            r"\b(?P<name>P|Pr)\((?=[^()\n]{0,24}[<>=≤≥])(?P<event>[^()|\n]{1,24})\)(?!\w)",
            lambda m: [(f"{m['name']} of ", "name"), (m["event"], "event")],
        ),
        rule(r"(?<=\b[ijkn])--(?=[;,)]|\s*$| (?:and|or)\b)", lambda m: " minus minus"),
        rule(
            rf"(?<![\w:.@/])(?P<first>[a-z]|\d{{1,2}}|[A-Z](?=:[A-Z\d:]{{1,5}} (?:{_RATIOS})))"
            rf":(?P<second>[a-z]\b|(?<=\d:)[A-Z]\b|(?<=[a-z]:)\d\b|[A-Z\d](?= (?:{_RATIOS})))"
            r"(?::(?P<third>[a-z\d])\b)?(?![\w:/\\'])",
            _ratio,
        ),
        rule(rf"{after('I|we')}(?:<3|[♥❤]\ufe0f?)(?= ?\w)", lambda m: "love"),
        rule(
            rf"(?:(?<=[!.:)] )|{after('you|u|ya|it|this|him|her|much|all|cute|miss|love|so|guys|mom|too|night')})<3+"
            r"(?=\s*[.!]*\s*$)|(?<![\w)] )(?<![\w)])<3+(?= (?:you|u|ya|y'all|him|them|my|this)\b)",
            lambda m: "heart",
        ),
        rule(r"(?<=[\w,\"'] )_{2,}(?=[\s.,?!;:\"'])|^_{2,}(?= [a-z])", lambda m: "blank"),
        rule(r"(?<=\d)\+(?=\d{1,2}⁄\d)", lambda m: " "),
        rule(
            r"(?P<label>\b(?i:figs?|figures?|tables?|panels?|parts?|questions?|items?|sections?|exercises?"
            r"|problems?)\.? \d{1,3}[a-h])[-–](?=[a-h]\b)",
            lambda m: f"{m['label']} to ",
        ),
        rule(
            r"(?<![\w.])(?P<name>[fghyuv])(?P<primes>['’′]{1,2})\((?P<argument>[a-z\d])\)",
            lambda m: f"{m['name']} {'double ' if len(m['primes']) > 1 else ''}prime of {m['argument']}",
        ),
        rule(
            r"∫_\{?(?P<low>-?[\w∞]{1,3})\}?\^\{?(?P<high>-?[\w∞]{1,3})\}?",
            lambda m: f"the integral from {m['low']} to {m['high']} of ",
        ),
        rule(r"(?<=[-+=*] )(?P<top>[a-z])/(?P<bottom>[a-z])\b(?!/)", lambda m: f"{m['top']} over {m['bottom']}"),
        rule(r"♩(?= ?=)", lambda m: "quarter note"),
        rule(r"(?<!\w)\*(?=\d{2}\b)", lambda m: "star "),
        rule(r"(?:(?<=\+\d)|(?<=\+\d\d)|(?<=\+\d{3})) -(?=\d)", lambda m: " minus "),
        rule(r"(?<=\d\))\s?[-–—]\s?(?=\(\d)", lambda m: " to "),
        rule(r"(?<=\bSELECT )\*(?= FROM\b)", lambda m: "star"),
        rule(r"(?<=[(\s])!(?=[A-Za-z_(])", lambda m: "not "),
        rule(r"(?<=\d) - (?=-\d)", lambda m: " minus "),
        rule(r"(?:(?<=\^[a-z\d])|(?<=\^\d\d)|(?<=[a-z][²³])|(?<=\d[xyzabnt]))\s?[-−]\s?(?=\d*[a-z]\b|\d{1,4}\b(?![-/]))",
             lambda m: " minus "),
        rule(r"(?<=[\w)])\s?&&\s?(?=[\w(!])", lambda m: " and "),
        rule(r"(?<=[\w)])\s?\|\|\s?(?=[\w(!])", lambda m: " or "),
        rule(r"(?<=[α-λν-ωΑ-ΨϕΔ])(?=[A-Za-z])|(?<=\b[A-Za-z])(?=[α-λν-ωΑ-Ψϕ])", lambda m: " "),
        rule(
            r"\blog_?\{?(?P<base>\d{1,2}|[₀-₉]{1,2}|[a-z])\}?\s?\((?P<argument>[^()\n]{1,20})\)",
            lambda m: [
                ("log base ", 0),
                (m["base"].translate(_PLAIN), "base"),
                (f" of {m['argument']}", "argument"),
            ],
        ),
        rule(
            r"\b(?P<name>P|Pr|E)\((?P<event>[^()|\n]{1,20})\|(?P<given>[^()|\n]{1,20})\)",
            lambda m: [
                (f"{m['name']} of ", "name"),
                (LETTER_A.get(m["event"], m["event"]), "event"),
                (" given ", 0),
                (LETTER_A.get(m["given"], m["given"]), "given"),
            ],
        ),
        rule(
            r"(?<![\w|])\|(?P<inner>-?[A-Za-z\d](?:[\w+*/^ -]{0,15}[\w²³])?)\|(?![\w|])",
            lambda m: f"the absolute value of {m['inner']}",
        ),
        rule(r"\b(?:sin|cos|tan)(?=[²³]? ?[α-ω]|[²³]? [xyzt]\b|[²³])", lambda m: _NAMES_OF_FUNCTIONS[m[0]],
             spaced=False),
        rule(r"\b(?P<name>sin|cos|tan|log|ln|exp|sqrt)\((?P<argument>[^()\n]{1,20})\)",
             lambda m: [(f"{_NAMES_OF_FUNCTIONS.get(m['name'], m['name'])} of ", "name"), (m["argument"], "argument")]),
        rule(rf"(?<![\w/.$£€μµ])(?<!\d )(?P<unit>{any_of(_UNITS)})/(?P<per>{any_of(PER)})(?<!W/L)"
             r"(?P<power>[²³]|\^[23])?(?![\w/'.²³^]|\s\d)", _bare_unit),
        rule(r"(?<![\w/.])(?P<top>[abxympn]|\d{1,2})/(?P<bottom>[abxynq])(?![\w/.])", lambda m: (
            None if m[0] in ("a/a", "n/a", "b/a") else [(LETTER_A.get(m["top"], m["top"]), "top"), (" over ", 0),
            (LETTER_A.get(m["bottom"], m["bottom"]), "bottom")])),
        rule(_FORMULA, _formula),
        rule(r"(?<=\w)\s?(?:<->|<=>)\s?(?=\w)", lambda m: " if and only if "),
        rule(r"(?<=\b\w)\s?[→⟶]\s?(?=\w\b|∞)", lambda m: " goes to "),
        rule(r"\s?(?:-+>|→|⟶)\s?", lambda m: " to "),
        rule(r"(?<=[\w)])\s?=>\s?(?=[\w(])", lambda m: " implies "),
        rule(r"(?<=[\w)])\s?<-+\s?(?=[A-Za-z])|\s?←\s?", lambda m: " from "),
        rule(FACTORIAL.pattern, lambda m: f"{m['operand']} factorial "),
        rule(r"(?<=[\w)²³∞])\s?≈\s?", lambda m: " is about "),
        rule(r"(?<![\w.])O\((?P<argument>1|(?=[^()]{0,12}\b[nmkN])[\w+*^² ]{1,12}(?:\([\w+ ]{1,8}\))?)\)",
             lambda m: [("O of ", 0), (m["argument"], "argument")]),
        rule(r"\s?>=\s?", lambda m: " at least "),
        rule(r"\s?<=\s?", lambda m: " at most "),
        rule(r"\s?(?:!=|<>)\s?", lambda m: " is not "),
        rule(r"\s?:=\s?|(?<=[\w)])\s?={2,3}\s?(?=[\w(-])", lambda m: " equals "),
        rule(rf"(?:\+/?-|±)\s?{_NUMBER_AHEAD}", lambda m: " plus or minus "),
        rule(rf"(?:{_NO_OPERAND})<\s?{_NUMBER_AHEAD}", lambda m: " less than "),
        rule(rf"(?:{_NO_OPERAND})>\s?{_NUMBER_AHEAD}", lambda m: " more than "),
        rule(r"(?<=[\w)])\s?\*\*\s?(?=[-\w(])", lambda m: " to the power of "),
        rule(r"(?<=\b\w|[\d)])\s?[*⋅∙·]\s?(?=\w\b|[\d(])", lambda m: " times "),
        rule(_EQUATION, _equation),
        rule(r"(?<=[\w)])\^(?=[A-Za-z(])", lambda m: " to the power of "),
        rule(r"(?<![\w.])(?P<name>[fghFGHPT])\((?P<argument>[a-z]|[A-Z]|-?\d{1,4}|[a-zA-Z\d], ?[a-zA-Z\d]"
             r"|[a-z] ?[-+] ?[a-z\d])\)(?!\d)", lambda m: [(m["name"] + " of ", "name"), (m["argument"], "argument")]),
        rule(r"\bA(?=[♭♯♮])", lambda m: LETTER_A["A"], spaced=False),
        rule(r"(?P<sign>[∑∏∫])(?=\s?of\b)", lambda m: f" {_SIGNS[m['sign']].removesuffix(' of')} "),
        rule(f"[{''.join(_SIGNS)}]", lambda m: f" {_SIGNS[m[0]]} "),
    ],
)  # fmt: skip
