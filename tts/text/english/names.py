"""Abbreviations before a name, and points of the compass: "Wm. Blake", "Av. Paulista", "5 km SE of town"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts.text.english.dictionary import word_list
from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule

#: Abbreviations before a capitalized word. Their full stop never ends a sentence there.
_BEFORE_NAME = {
    "Sta": "Santa", "Sto": "Santo", "Ste": "Sainte", "Sr": "Senor", "Sra": "Senora", "Srta": "Senorita",
    "Bro": "brother", "Br": "brother", "Dcn": "deacon",
    "Sis": "sister", "Cllr": "councilor", "Ens": "ensign", "Asst": "assistant", "Assoc": "associate",
    "Dir": "director", "Spc": "specialist", "Cpt": "captain", "Ven": "venerable", "Bp": "bishop", "Abp": "archbishop",
    "Card": "cardinal", "Dep": "deputy", "Sec": "secretary", "Cong": "congressman", "Mx": "mix", "Mons": "monsieur",
    "Cdre": "commodore", "Comdr": "commander", "Wm": "William", "Geo": "George", "Chas": "Charles", "Thos": "Thomas",
    "Jas": "James", "Jos": "Joseph", "Jno": "John", "Robt": "Robert", "Benj": "Benjamin", "Saml": "Samuel",
    "Edw": "Edward", "Danl": "Daniel", "Pt": "Point", "Lk": "Lake", "Pto": "Puerto", "Natl": "national",
    "Intl": "international", "Cty": "county",
}  # fmt: skip
#: Streets before their names, also with a small word between: "Av. da Liberdade".
_STREETS = {
    "Av": "Avenida", "Avda": "Avenida", "Ave": "Avenue", "Bd": "Boulevard", "Blvd": "Boulevard", "Pl": "Place",
    "Pza": "Plaza", "Pça": "Praça", "Rte": "Route", "Ctra": "Carretera",
}  # fmt: skip
_INSTITUTIONS = {"Inst": "Institute", "Bd": "Board", "Mus": "Museum", "Acad": "Academy", "Soc": "Society"}
_COUNTIES = "Mayo|Cork|Kerry|Clare|Galway|Donegal|Antrim|Durham|Down|Meath|Sligo|Wicklow|Kildare|Tyrone|Armagh|Wexford"
_JOBS = (
    "Accountants?|Account|Administrators?|Advis[eo]rs?|Analysts?|Architects?|Associates?|Backend|Business|Citizens?|Consultants?"
    "|Counsel|Data|Designers?|Developers?|DevOps|Directors?|Editors?|Engineering|Engineers?|Executives?|Fellow|Financial|Frontend"
    "|Full|HR|IT|Lecturers?|Legal|Living|Management|Managers?|Managing|Marketing|Members?|Nurses?|Officers?|Partners?|Policy"
    "|Producers?|Product|Program|Project|QA|Quality|Research|Researchers?|Sales|Scientists?|Security|Software|Specialists?"
    "|Staff|Systems?|Technical|Technicians?|Test|UX|VP|Vice|Web|Writers?"
)
#: Other abbreviations with the words that must follow them.
_BEFORE_WORDS = {
    "Sr": (_JOBS, "senior"),
    "Rt": ("Hon|Rev", "right"), "So": ("Carolina|Dakota", "south"), "No": ("Carolina|Dakota|Ireland", "north"),
    "Assoc": ("Press", "associated"), "Cat": ("No|Nr", "catalog"), "Co": (_COUNTIES, "County"),
}  # fmt: skip
_LITTLE = r"(?:d[aeo]s?|del|du|l[ao]s?|el)\b|d'|l'"
_NUMBERS = r"(?!(?i:one|two|three|four|five|six|seven|eight|nine|ten)\b)"
_ABBREVIATION = re.compile(
    r"(?<![\w.])(?:(?P<words>"
    + "|".join(rf"{word}\.(?=\s+(?:{then})\b)" for word, (then, _) in _BEFORE_WORDS.items())
    + rf")|(?P<kind>{any_of(_INSTITUTIONS)})\.(?=\s+of\b)"
    rf"|(?P<street>{any_of(_STREETS)})\.(?=\s+(?:(?P<little>{_LITTLE})|[A-ZÀ-Þ][a-zà-ÿ']))"
    rf"|(?P<name>{any_of(_BEFORE_NAME)})\.(?=\s+{_NUMBERS}(?:[A-ZÀ-Þ][a-zà-ÿ'.])))"
)
_BEGINNERS = word_list("sentence beginners")
_NEXT = re.compile(r"\s+(\w+)")
#: The rest of a name, or "the": then a street's abbreviation ends it, as in "Sunset Blvd. Then" and "the Blvd. Then".
_NAME_BEFORE = re.compile(
    r"(?:\b(?!(?:Take|On|In|At|From|To|Near|Along|Off|Cross|Visit|Follow|Via|And|The)\s)[A-Z][\w'.]*"
    r"|\d(?:st|nd|rd|th)|\b[Tt]he)\s+$"
)


def _matches(text: str) -> Iterator[re.Match[str]]:
    return (m for m in _ABBREVIATION.finditer(text) if _spoken(m) is not None)


def name_periods(text: str) -> set[int]:
    """Positions of the full stops in ``text`` that belong to an abbreviation before a name."""
    return {m.end() - 1 for m in _matches(text)}


def _spoken(match: re.Match[str]) -> str | None:
    """The words for an abbreviation, or None if it ends a sentence."""
    if match["words"]:
        return _BEFORE_WORDS[match["words"][:-1]][1]
    if match["kind"]:
        return _INSTITUTIONS[match["kind"]]
    word = match["street"] or match["name"]
    following = _NEXT.match(match.string, match.end())
    if following is not None and following[1] in _BEGINNERS and not match["little"]:
        return None
    before = match.string[max(0, match.start() - 24) : match.start()]
    if (match["street"] or word == "Sr") and _NAME_BEFORE.search(before):
        return None
    return _STREETS[word] if match["street"] else _BEFORE_NAME[word]


SIDES = {"NE": "northeast", "NW": "northwest", "SE": "southeast", "SW": "southwest"}
SIDES |= {"N": "north", "S": "south", "E": "east", "W": "west"}
_TWO = r"(?:NE|NW|SE|SW)\b(?![-'’/&]\w|\.\w)"
_DISTANCE = r"(?:\d ?(?:k?m|mi)\.?|kilomet(?:er|re)s?|met(?:er|re)s|miles?|blocks?|hours?|minutes?|degrees)"
_TOWARD = (
    r"(?:(?:[Ff]rom|[Tt]o|[Ii]n|[Oo]n|[Tt]owards?) the|[Tt]owards?|[Ff]ac(?:es?|ing)|[Hh]ead(?:s|ed|ing)?"
    r"|[Gg]o(?:es|ing)?|went|[Bb]l(?:ows?|ew|owing)|[Tt]urn(?:s|ed|ing)?|[Dd]ue|[Ff]ar|[Dd]rove|[Mm]ov(?:es?|ed|ing))"
)
_PARTS = (
    r"(?:corner|side|coast|slopes?|face|quadrant|walls?|edge|section|suburbs?|part|portion|tip|end|direction|quarter"
    r"|border|region|area|entrance|exit|flank|ridge|shore|gate|tower)"
)
_REGIONS = (
    r"(?:Asian?|England|London|Portland|Texas|Florida|Michigan|Alaska|Minnesota|Oregon|Washington|Europe|Africa|India"
    r"|China|Australia|Brazil|Iowa|Ohio|Kansas|Georgia|Arkansas|Queensland|Calgary|Atlanta|Seattle|Missouri|Nigeria)"
)
_ROADS = r"(?:St|Street|Ave|Avenue|Blvd|Boulevard|Rd|Road|Dr|Drive|Ln|Lane|Ct|Court|Pl|Place|Way|Pkwy|Hwy)"
_COUNTRIES = (
    r"(?=\s(?:Carolinas?|Dakotas?|Koreans?|Koreas?|Virginia|Africans?|Africa|Americans?|America|Ireland|Irish|Germany"
    r"|German|Yorkshire|Pole|Atlantic|Pacific|London|Wales|Sudan|Macedonia|Indies|Timor|Anglia|Bank)\b)"
)


def _side(match: re.Match[str]) -> Replacement:
    """ "5 km SE of town" -> "5 km southeast of town"."""
    return [(match["before"], "before"), (SIDES[match["side"]], "side")]


#: Part of `tts.text.english.abbreviations.ABBREVIATIONS`, so that most texts skip both with one test.
NAMES: tuple[Rule, ...] = (
    rule(_ABBREVIATION.pattern, _spoken, spaced=False),
    rule(r"\bC/ ?(?=[A-ZÀ-Þ][a-zà-ÿ]+)", lambda m: "Calle "),
    rule(rf"(?<![\w.-] )(?<![\w.-])(?P<side>[NSEW])\.{_COUNTRIES}", lambda m: SIDES[m["side"]].capitalize()),
    rule(rf"(?<=[a-z,] )(?P<side>[NSEW])\.{_COUNTRIES}", lambda m: SIDES[m["side"]].capitalize()),
    rule(
        rf"\b(?P<side>{_TWO})(?P<to> (?:to|and) (?:the )?)(?P<other>{_TWO})",
        lambda m: [(SIDES[m["side"]], "side"), (m["to"], "to"), (SIDES[m["other"]], "other")],
    ),
    rule(rf"(?P<before>\b{_DISTANCE} )(?P<side>{_TWO})", _side),
    rule(rf"(?P<before>\b{_TOWARD} )(?P<side>{_TWO})(?! [A-Z\d])", _side),
    rule(
        rf"(?P<before>\b\d{{2,5}} )(?P<side>{_TWO})(?= (?:\d+(?:st|nd|rd|th)\b|(?:[A-Z][a-z]+ ){{1,2}}{_ROADS}\b))",
        lambda m: [(m["before"], "before"), (SIDES[m["side"]].capitalize(), "side")],
    ),
    rule(
        rf"(?<!Phone )(?<!Watch )(?<!\w)(?P<side>{_TWO})(?= (?:{_PARTS}|{_REGIONS}|of)\b)",
        lambda m: SIDES[m["side"]],
    ),
)
