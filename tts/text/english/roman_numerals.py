"""Roman numerals: after rulers and headings, before "century", and in lists.

espeak-ng says the word "roman" before every numeral of more than one letter, so these rules replace all of them.
"""

from __future__ import annotations

import re

from tts.text.english.dictionary import word_list
from tts.text.english.letters import spelled
from tts.text.english.numbers import cardinal, ordinal, roman_to_int, year
from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, any_of, rule, when

_RULERS = rf"(?:{any_of(word_list('rulers'))}|Franz Joseph|John Paul)"
_HEADINGS = any_of(word_list("headings"))
_TITLES = any_of(word_list("titles of rulers"))
#: A verb after "I" shows that it is the pronoun: "I told Charles I would come."
_VERB = (
    r"(?! (?:am|have|had|will|would|shall|should|could|can|may|might|must|did|do|don't|think|thought"
    r"|know|knew|said|saw|told|want|met|see)\b)"
)
#: At the beginning of a sentence a verb after "I" may belong to a ruler: "Elizabeth I did not marry." A verb without an
#: object shows that the name is the object: "Charles I did not like."
_RULED = (
    r"(?= (?:did|had|would|could|might|should|must)\b(?! (?:not |never |always |once )?(?:know|see|like|trust|love"
    r"|hate|remember|expect|understand|believe|recogni[sz]e|blame|miss|want|need|forget|meet|help|met|known|seen|liked"
    r"|forgotten|heard|loved|hated|trusted|expected)\b"
    r"(?:[.,;!?]|$| (?:well|before|at|all|too|from|in|but|and|if|when)\b))"
    r"| (?:said|told|wanted|knew|met|saw|thought) (?:the|an?|his|her|that|no|to marry|to rule|[A-Z][a-z]+)\b)"
)
#: "I" is an initial before a surname, as in "Robert I. Bouck", but not in "Charles I. He was beheaded."
_SURNAME = (
    r"\.? (?!(?:The|A|An|In|On|At|He|She|It|They|We|You|His|Her|But|And|When|This|That|There|After|Of|For|King)\b)[A-Z]"
)
_INITIAL = _SURNAME.replace(r"\.?", r"\.", 1)
#: The full stop of an ordinal, as in "Henry VIII. was king".
_STOP = r"(?:\.(?=[,;:)]|\s+[a-z\"']))?"
#: Words that begin a sentence and are not names: "An IV drip".
_NO_NAME = frozenset(
    ("The", "A", "An", "In", "On", "By", "And", "Or", "For", "Of", "With", "This", "That",
     "These", "Those", "Via", "No", "As", "Is", "Hoboken")
)  # fmt: skip
#: Words after "IV" that show that it means "intravenous".
_DRIP = (
    r"(?= (?:drips?|lines?|bags?|fluids?|antibiotics?|poles?|infusions?|injections?|therapy|access|catheters?"
    r"|medications?|treatments?|push|every|bid|tid|daily|once|stat|STAT|at \d+ ?m[Ll]|needles?|drugs?|tubes?|tubing"
    r"|site|stand|feeding|dose|bolus|in (?:his|her|the|their|my) (?:arm|hand)))"
)
_CENTURY = r"(?=(?:th)?(?:[ -](?:and|to|or|through) (?:the )?[IVX]+(?:th)?)? [Cc][Ee][Nn][Tt][Uu][Rr])"


def _regnal(match: re.Match[str]) -> Replacement:
    value = roman_to_int(match["numeral"])
    name = match["name"].split()[-1]
    if not 0 < value < 50 or name in _NO_NAME or (name == "Malcolm" and value > 4):
        return None
    return [(match["name"], "name"), (f" the {ordinal(str(value))}", "numeral")]


def _two_thrones(match: re.Match[str]) -> Replacement:
    """ "James VI and I" of Scotland and England."""
    numerals = roman_to_int(match["numeral"]), roman_to_int(match["second"])
    if not all(numerals):
        return None
    first, second = (ordinal(str(value)) for value in numerals)
    return [(match["name"], "name"), (f" the {first}", "numeral"), (f" and {second}", "second")]


def _staged(match: re.Match[str]) -> Replacement:
    """ "Stage IIIB" -> "Stage three B"."""
    if not (value := roman_to_int(match["numeral"])):
        return None
    letter = match["letter"].upper()
    return [(f"{match['name']} ", "name"), (cardinal(str(value)), "numeral"), (f" {spelled(letter)}", "letter")]


def _number(match: re.Match[str]) -> Replacement:
    value = roman_to_int(match["numeral"])
    return cardinal(str(value)) if value else None


#: Nouns before a variable.
_VARIABLES = frozenset(["class", "factor", "form", "function", "line", "map", "model", "set", "type", "value"])


def _heading(match: re.Match[str]) -> Replacement:
    """ "CHAPTER I", "vol. ii", "pp. iv-xii". After a lower-case word "I" is the pronoun: "the chapter I read"."""
    value, name = roman_to_int(match["numeral"]), match["name"]
    if not value or (match["numeral"] == "I" and name[0].islower() and match["end"] is None):
        return None
    single = len(match["numeral"]) == 1
    if single and name.lower() in ("number", "no", "no.", "model", "letter", "element", "map") and not name.isupper():
        return None
    if single and match["numeral"].islower() and name.lower() in _VARIABLES:
        return None  # "set x"
    if single and name.lower() in ("generation", "tier", "model", "platform", "series") and match["numeral"] == "X":
        return None
    if name == "mark" and re.search(r"\b(?:question|exclamation) $", match.string[: match.start()][-13:]):
        return None  # of a web address
    return [(f"{name} ", "name"), (cardinal(str(value)), "numeral")]


def _ordinal(match: re.Match[str]) -> Replacement:
    return ordinal(str(value)) if (value := roman_to_int(match["numeral"])) else None


def _listed(match: re.Match[str]) -> Replacement:
    """ "I, II, and III": single letters are numerals if other numerals stand beside them."""
    return re.sub(
        r"\b(?:[IVX]+|[ivx]+)\b", lambda m: cardinal(str(roman_to_int(m[0]))) if roman_to_int(m[0]) else m[0], match[0]
    )


def _enumerated(match: re.Match[str]) -> Replacement:
    """ "(ii)". Of single letters only i, v and x are numerals, unless the text also has "(h)", "(u)" or "(w)"."""
    numeral, text = match["numeral"], match.string
    if len(numeral) == 1 and re.search({"i": r"\(h\)", "v": r"\(u\)", "x": r"\(w\)"}.get(numeral.lower(), ""), text):
        return None
    return [(cardinal(str(value)), "numeral")] if (value := roman_to_int(numeral)) else None


def _year(match: re.Match[str]) -> Replacement:
    value = roman_to_int(match["numeral"])
    return year(str(value)) if value >= 1000 else cardinal(str(value)) if value else None


def _outline(match: re.Match[str]) -> Replacement:
    """ "Section II.A" -> "Section two A", "section iii.b.2" -> "section three b 2"."""
    if not (value := roman_to_int(match["numeral"])):
        return None
    parts = [str(roman_to_int(part) or part) if len(part) > 1 else part for part in match["parts"][1:].split(".")]
    words = " ".join(spelled(part) if part.isalpha() else part for part in parts)
    return [(f"{match['name']} ", "name"), (cardinal(str(value)), "numeral"), (f" {words}", "parts")]


def _range(match: re.Match[str]) -> Replacement:
    """ "IV-VI" -> "four to six"."""
    return _range_of(match[0])


def _range_of(numerals: str) -> str | None:
    ends = [roman_to_int(numeral) for numeral in re.split("[-–—]", numerals)]
    return " to ".join(cardinal(str(value)) for value in ends) if all(ends) else None


_LIST = r"(?<!\w )\b[IVX]{1,3}(?: [IVX]{1,4}){2,}\b"
_LIST += (
    r"|\b[ivx]{1,4}(?:, [ivx]{1,4})*,? (?:and|or|to|&) [ivx]{2,4}\b|\b[ivx]{1,4}, [ivx]{2,4}\b|\b[ivx]{2,4} and [ivx]\b"
)
_LIST += r"|\b[IVX]+(?:, [IVX]+)*,? (?:and|or|to|through|&) [IVX]{2,}\b|\b[IVX]+, [IVX]{2,}\b|\b[IVX]{2,} and [IVX]\b"
#: Numerals before which espeak-ng says "roman".
_TOO_ROMAN = r"(?:X{0,3}(?:I[XV]|VI{1,3}|I{2,3})|X{2,3}I?|X{1,3}V?I{0,3}|XLI?[IXV]I{0,2}|XLI|XLVI{1,3})"

ROMAN: Rule = when(
    r"\b(?:[IVXLCM]{2,}(?:th|st|nd|rd)?|[IVX]{1,4}[A-Ca-c]|[VXvx]|[ivxlc]{2,}|WWII?|I(?![' ][a-z])|i(?<=[a-z] i))\b"
    r"|[A-Z](?:[a-z]+,? I (?=[a-z])|[A-Z]{2}\.? I\b)|\n[IVXivx]+[.)]|\([ivxIVX]\)|^[IVXivx][.,)]",
    [
        rule(r"(?<!page )(?<!pages )(?<!chapter )(?<!pp\. )(?<!p\. )(?<=[a-z!?,.] "
             r")x{2,3}(?=\s*$)", lambda m: " ".join(m[0])),
        rule(
            r"\b[IVXivx]{1,5}(?:-[IVXivx]{1,4}){2,}\b",
            lambda m: " ".join(cardinal(str(roman_to_int(n))) for n in m[0].split("-")),
        ),
        rule(r"\bM[kK]\.? (?P<numeral>[IVX]{1,4})\b", lambda m: f"mark {cardinal(str(roman_to_int(m['numeral'])))}"),
        rule(r"\bWW(?P<numeral>II?)\b", lambda m: f"World War {cardinal(str(len(m['numeral'])))}"),
        rule(r"\b[Vv][Ii](?= (?:editor|keybindings?|mode|command))", lambda m: "V.I."),
        rule(r"\b[IVXivx]{1,5}[-–—](?:[IVX]{2,5}|[ivx]{2,5})\b", _range),
        rule(rf"(?P<name>\b(?i:{_HEADINGS})s?\.?) (?P<numeral>[IVX]{{1,5}}[-–—][VX])\b(?!['.-]\w)",
             lambda m: [(f"{m['name']} ", "name"), (_range_of(m["numeral"]) or m["numeral"], "numeral")]),
        rule(rf"(?P<name>\b(?i:{_HEADINGS})\.?|§+) ?(?P<numeral>[IVXLC]{{1,6}}|[ivxl]{{1,6}})"
             r"(?P<parts>(?:\.(?:[A-Za-z]|\d{1,3}|[ivx]{2,4}))+)(?!\w|['-]\w|\.\w)", _outline),
        rule(r"(?P<name>\b(?i:stages?|types?|class|phase|grade|group|level|tier)) (?P<numeral>I{1,3}|IV|VI{0,3})"
             r"(?P<letter>[A-Ca-c])\b(?!['.-]\w)", _staged),
        rule(rf"\bIV{_DRIP}|{after('[Aa]n|[Bb]y|m[gL]|ml|mcg|NaCl')}IV\b|(?<=\bthe )IV(?=[.,]|$)"
             rf"|(?:(?<='s )|{after('her|his|my|your')})IV(?=[.,]|$| (?:was|is|in|out|came)\b)",
             lambda m: "I.V."),
        rule(r"\b(?P<letters>XXX?)(?=[ -](?:chromosomes?|large|rated|male|female)\b)|\bX[XL]L?\b(?= (?:shirt|size"
             r"|T-shirt))",
             lambda m: " ".join(m[0])),
        rule(
            rf"(?P<name>\b(?i:{_HEADINGS})\.?) (?P<numeral>[IVX]|[IVXLC]{{2,}}|[ivx]{{1,6}}|[ivxlc]{{2,}})\b(?!['.]\w)"
            r"(?P<end>(?=\s*$|[.,:;!?)—]|-[ivx\d]))?",
            _heading,
        ),
        rule(rf"(?:(?<![^\n])|(?<=[.!?] ))(?P<name>{_RULERS}) (?P<numeral>I){_RULED}", _regnal),
        rule(rf"(?P<name>\b{_RULERS}) (?P<numeral>[IVX]{{2,}}) and (?P<second>I(?=\s*(?:$|[,.;:!?)]))|[IVX]{{2,}}\b)"
             r"(?!['’.-]\w)", _two_thrones),
        rule(rf"(?P<name>\b{_RULERS}),? (?P<numeral>[IVX]+)\b(?!['’-]\w)(?!{_SURNAME}){_STOP}{_VERB}", _regnal),
        rule(
            rf"(?P<name>\b(?i:{_RULERS}|(?:{_TITLES}) [A-Z]+)),? (?P<numeral>[IVX]{{2,}}|[VX])\b"
            rf"(?!['’-]\w)(?!{_INITIAL}){_STOP}", _regnal
        ),
        rule(rf"(?P<name>\b(?i:{_RULERS})(?<=[A-Z]{{3}})) (?P<numeral>I)(?=[.,;:)]|$)", _regnal),
        rule(rf"(?P<name>\b{_RULERS}) (?P<numeral>[ivx]{{2,}})\b", _regnal),
        rule(
            rf"(?P<name>\b[A-Z][a-z]+(?:,? Jr\.)?) (?P<numeral>II|III|IV|VI|VII|VIII|IX|XI|XII|XIII|XIV|XV|XVI"
            rf"|XVII|XVIII)\b(?! [Cc]entur){_STOP}",
            _regnal,
        ),
        rule(r"\b(?P<numeral>[IVX]{2,})(?:th|st|nd|rd)\b", _ordinal),
        rule(
            r"(?:^|(?<=\b[Tt]he ))(?P<numeral>[IVX]{2,})(?= (?:Olympi|Winter|Summer|Army|Corps|Congress|Legion"
            r"|International|Dynasty|World|Party|Symposium|Conference|Amendment))",
            _ordinal,
        ),
        rule(rf"\b(?P<numeral>[IVX]{{1,5}}){_CENTURY}", _ordinal),
        rule(r"\b(?P<numeral>[IVX]{2,5}) c\.(?=\s|,|$)", lambda m: (
            f"{ordinal(str(value))} century" if (value := roman_to_int(m["numeral"])) else None), spaced=False),
        rule(r"(?<![^\n])(?![IVX]\. [A-Z]\.)(?P<numeral>[IVX]{1,6})(?=\.\s+[A-Z\"'])", _number),
        rule(r"(?<![^\n])(?P<numeral>[ivx]{1,6})(?=[.)] )(?!\. [a-z]\.)", _number),
        rule(r"(?<![A-Za-z']\()(?<=\()(?P<numeral>[ivxIVX]{1,6})(?=\))", _enumerated),
        rule(_LIST, _listed),
        rule(r"\b(?P<numeral>M[MDCLXVI]{3,})\b", _year),
        rule(rf"\b(?=\w\w)(?P<numeral>{_TOO_ROMAN})\b(?!\.[A-Z])", _number),
        rule(rf"\b(?=\w\w)(?P<numeral>{_TOO_ROMAN.lower()})\b(?!\.[a-z])", _number),
        rule(r"(?<=[a-z]{3})\.(?=,)", lambda m: ""),  # "vol. iii., p. 214"
    ],
)  # fmt: skip
