"""English abbreviations, and where a full stop is part of a word rather than the end of a sentence."""

from __future__ import annotations

import re

from tts.text.english.rules import Rule, one_of, rule, where

#: Written before a name; the full stop after them never ends a sentence.
TITLES = {
    "Mr": "mister",
    "Mrs": "missus",
    "Ms": "miz",
    "Dr": "doctor",
    "Drs": "doctors",
    "Prof": "professor",
    "Rev": "reverend",
    "Revd": "reverend",
    "Hon": "honorable",
    "Gen": "general",
    "Col": "colonel",
    "Maj": "major",
    "Capt": "captain",
    "Cmdr": "commander",
    "Lt": "lieutenant",
    "Sgt": "sergeant",
    "Cpl": "corporal",
    "Pvt": "private",
    "Adm": "admiral",
    "Gov": "governor",
    "Sen": "senator",
    "Rep": "representative",
    "Pres": "president",
    "Supt": "superintendent",
    "Insp": "inspector",
    "Det": "detective",
    "Atty": "attorney",
    "St": "saint",
    "Mt": "mount",
    "Ft": "fort",
    "Messrs": "messieurs",
    "Mme": "madame",
    "Mlle": "mademoiselle",
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
    "Hwy": "highway",
    "Pkwy": "parkway",
    "Apt": "apartment",
    "Dept": "department",
    "Univ": "university",
    "Assn": "association",
    "etc": "et cetera",
    "vs": "versus",
    "viz": "namely",
    "approx": "approximately",
    "dept": "department",
    "est": "estimated",
    "min": "minutes",
    "vol": "volume",
    "Vol": "volume",
    "vols": "volumes",
    "ed": "edition",
    "govt": "government",
    "misc": "miscellaneous",
}

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTHS = {name[:3]: name for name in MONTH_NAMES if name != "May"} | {"Sept": "September"}
DAYS = {"Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday"}
DAYS |= {"Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday"}

#: Before a number only.
BEFORE_NUMBER = {"No": "number", "Nos": "numbers", "no": "number", "nos": "numbers", "p": "page", "pp": "pages"}
BEFORE_NUMBER |= {
    "Fig": "figure",
    "fig": "figure",
    "figs": "figures",
    "Ch": "chapter",
    "ch": "chapter",
    "Sec": "section",
}
BEFORE_NUMBER |= {
    "sec": "section",
    "Art": "article",
    "art": "article",
    "par": "paragraph",
    "ca": "circa",
    "Rte": "route",
}
BEFORE_NUMBER |= {"vol": "volume", "Vol": "volume", "Pt": "part", "pt": "part", "ext": "extension", "Ext": "extension"}

#: After a comma: "Dallas, Tex."
STATES = {"Ala": "Alabama", "Ariz": "Arizona", "Ark": "Arkansas", "Calif": "California", "Cal": "California"}
STATES |= {
    "Colo": "Colorado",
    "Conn": "Connecticut",
    "Del": "Delaware",
    "Fla": "Florida",
    "Ga": "Georgia",
    "Ill": "Illinois",
}
STATES |= {
    "Ind": "Indiana",
    "Kan": "Kansas",
    "Ky": "Kentucky",
    "La": "Louisiana",
    "Md": "Maryland",
    "Mass": "Massachusetts",
}
STATES |= {
    "Mich": "Michigan",
    "Minn": "Minnesota",
    "Miss": "Mississippi",
    "Mo": "Missouri",
    "Mont": "Montana",
    "Neb": "Nebraska",
}
STATES |= {
    "Nev": "Nevada",
    "Okla": "Oklahoma",
    "Ore": "Oregon",
    "Pa": "Pennsylvania",
    "Penn": "Pennsylvania",
    "Tenn": "Tennessee",
}
STATES |= {
    "Tex": "Texas",
    "Va": "Virginia",
    "Vt": "Vermont",
    "Wash": "Washington",
    "Wis": "Wisconsin",
    "Wyo": "Wyoming",
}
POSTAL = {
    "AL": "Alabama",
    "AZ": "Arizona",
    "CA": "California",
    "CO": "Colorado",
    "FL": "Florida",
    "GA": "Georgia",
    "IL": "Illinois",
}
POSTAL |= {
    "MA": "Massachusetts",
    "MD": "Maryland",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MO": "Missouri",
    "NC": "North Carolina",
}
POSTAL |= {"NJ": "New Jersey", "NV": "Nevada", "NY": "New York", "OH": "Ohio", "PA": "Pennsylvania", "TN": "Tennessee"}
POSTAL |= {"TX": "Texas", "VA": "Virginia", "WA": "Washington", "WI": "Wisconsin", "DC": "D.C."}

#: "U.S.", "a.m.", and the initial of "J. Smith", with the full stop that belongs to the word. The pronoun I and
#: the letter of "plan B." look alike; only initials followed by a capitalised word are taken for one.
DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}|\b[A-HJ-Z]\.(?=\s+[A-Z])")


def abbreviation_periods(text: str) -> set[int]:
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
    rf"\b(?:{one_of(TITLES)})\.(?=\s)"
    rf"|\b(?:{one_of({*WORDS, *MONTHS, *BEFORE_NUMBER, *STATES, 'v', 'cf', 'al'})})\.(?=\s+(?:[a-z0-9]"
    rf"|[A-Z]{{1,2}}\d)|,)"
)

_LONG = WORDS | MONTHS
_END = r"(?P<end>(?=\s*[\"')]*\s*$)|(?=\s+[\"'(]?[A-Z]))?"


def _stop(word: str, end: str | None) -> str:
    """A full stop that also ended the sentence is kept."""
    return word + ("." if end is not None else "")


#: "Mrs. Smith, Oct. 5" -> "missus Smith, October 5".
ABBREVIATIONS: Rule = where(
    r"[A-Za-z]\.|&c|/|\b(?:Mrs?|Ms|Dr|No|[A-Z]{2})\b",
    [
        rule(r"\be\. ?g\.,?", lambda m: "for example,", apart=False),
        rule(r"\bi\. ?e\.,?", lambda m: "that is,", apart=False),
        rule(rf"&c\b\.?{_END}", lambda m: _stop("et cetera", m["end"])),
        rule(r"\bet al\.(?! ?[A-Z])", lambda m: "et al"),
        rule(r"\bcf\.", lambda m: "compare", apart=False),
        rule(r"\b(?:w/o|W/O)\b", lambda m: "without"),
        rule(r"\bw/(?= ?\w)", lambda m: "with "),
        rule(r"\bc/o\b", lambda m: "care of"),
        rule(r"\b[nN]/[aA]\b", lambda m: "not applicable"),
        rule(r"(?<=[A-Z][a-z] |[a-z]{2} )v\.(?= [A-Z])", lambda m: "versus", apart=False),
        rule(r"\bc(?:a|irc)?\.(?= ?\d{3,4}\b)", lambda m: "circa "),
        rule(r"(?<=\b[A-Z]\. )Ph\.? ?D\.?(?= )|\bPh\. ?D\b\.?(?=,|\s+[a-z])", lambda m: "P.H.D."),
        rule(r"(?<=[a-z0-9] )St\.(?P<end>)(?=\s*$)", lambda m: "street.", apart=False),
        rule(r"(?<=[a-z] )St\.(?=,|;|\)|\s+(?:[a-z]|and|near|in|N\.|S\.))", lambda m: "street", apart=False),
        rule(r"(?<=\b\dth )St\.(?=\W)|(?<=\d(?:st|nd|rd) )St\.(?=\W)", lambda m: "street", apart=False),
        rule(
            rf"(?<=[A-Z][a-z]{{3}} |[a-z]{{4}} )Dr\.{_END}(?=\s*$|,|\s+(?:in|near|at|and|is|was|to)\b)",
            lambda m: _stop("drive", m["end"]),
            apart=False,
        ),
        rule(rf"(?<=, )({one_of(STATES)})\.{_END}", lambda m: _stop(STATES[m[1]], m["end"]), apart=False),
        rule(rf"(?<=[a-z], )({one_of(POSTAL)})\b(?=,|\.|\s*$| \d{{5}}|\s+[a-z])", lambda m: POSTAL[m[1]], apart=False),
        rule(
            rf"\b({one_of(TITLES)})\.(?=\s+['\"]?[\w&])|\b(Mr|Mrs|Ms|Dr)(?=\s+[A-Z])",
            lambda m: TITLES[m[1] or m[2]],
            apart=False,
        ),
        rule(
            rf"\b({one_of(BEFORE_NUMBER)})\.(?=\s*#?[A-Z]{{0,2}}\d|\s+[IVXL]{{2,}}\b)",
            lambda m: BEFORE_NUMBER[m[1]],
            apart=False,
        ),
        rule(r"\bNo(?= [1-9])(?! \d+ (?:people|men|women|persons)\b)", lambda m: "number", apart=False),
        rule(rf"\b({one_of(_LONG)})\.{_END}", lambda m: _stop(_LONG[m[1]], m["end"]), apart=False),
    ],
)
