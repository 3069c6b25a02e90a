"""English abbreviations, and where a full stop is part of a word rather than the end of a sentence."""

from __future__ import annotations

import re

#: Written before a name; the full stop after them never ends a sentence.
TITLES = {
    "Mr": "mister",
    "Mrs": "missus",
    "Ms": "miz",
    "Dr": "doctor",
    "Prof": "professor",
    "Rev": "reverend",
    "Hon": "honorable",
    "Gen": "general",
    "Col": "colonel",
    "Maj": "major",
    "Capt": "captain",
    "Lt": "lieutenant",
    "Sgt": "sergeant",
    "Gov": "governor",
    "Sen": "senator",
    "Rep": "representative",
    "Pres": "president",
    "St": "saint",
    "Mt": "mount",
    "Ft": "fort",
    "Messrs": "messieurs",
}

#: Written after a name or inside a sentence; a capital after their full stop begins a sentence.
WORDS = {
    "Jr": "junior",
    "Sr": "senior",
    "Esq": "esquire",
    "Co": "company",
    "Ltd": "limited",
    "Inc": "incorporated",
    "Corp": "corporation",
    "Bros": "brothers",
    "Ave": "avenue",
    "Blvd": "boulevard",
    "Rd": "road",
    "etc": "et cetera",
    "vs": "versus",
    "approx": "approximately",
    "dept": "department",
    "est": "estimated",
    "min": "minutes",
    "vol": "volume",
    "Vol": "volume",
}

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTHS = {name[:3]: name for name in MONTH_NAMES if name != "May"} | {"Sept": "September"}

#: Before a number only.
BEFORE_NUMBER = {"No": "number", "Nos": "numbers", "p": "page", "pp": "pages", "Fig": "figure", "Ch": "chapter"}

#: "U.S.", "a.m.", and the initial of "J. Smith", with the full stop that belongs to the word. The pronoun I and
#: the letter of "plan B." look alike; only initials followed by a capitalised word are taken for one.
DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}|\b[A-HJ-Z]\.(?=\s+[A-Z])")


def inner_stops(text: str) -> set[int]:
    """Positions of the full stops in ``text`` that belong to a word, such as those of "Mr." and "U.S."

    The last full stop of the text always ends a sentence, and so does one after "a.m." or "p.m." before a capital.
    """
    inner = {i for m in DOTTED.finditer(text) for i in range(m.start(), m.end()) if text[i] == "."}
    inner |= {m.end() - 1 for m in _ABBREVIATION_STOP.finditer(text)}
    outer = {m.end() - 1 for m in _CLOCK_STOP.finditer(text)} | {len(text.rstrip(_CLOSERS)) - 1}
    return inner - outer


_CLOSERS = " \t\r\n\"')]”’»"
_CLOCK_STOP = re.compile(r"\b[apAP]\.[mM]\.(?=\s+[\"“']?[A-Z])")
_ABBREVIATION_STOP = re.compile(
    rf"\b(?:{'|'.join(TITLES)})\.(?=\s)"
    rf"|\b(?:{'|'.join([*WORDS, *MONTHS, *BEFORE_NUMBER])})\.(?=\s+(?:[a-z0-9]|[A-Z]{{1,2}}\d)|,)"
)
