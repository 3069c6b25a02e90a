"""Roman numerals, where they are numerals: after rulers, headings and family names, and before a century."""

from __future__ import annotations

import re

from tts.text.english.numbers import cardinal, ordinal, roman
from tts.text.english.rules import Rule, rule, where
from tts.text.offsets import Replacement

#: Bearers of one name after another; after them "I" and "V" are numerals too.
_RULERS = (
    "Albert|Alexander|Alfonso|Amenhotep|Artaxerxes|Baldwin|Benedict|Boniface|Cambyses|Catherine|Charles|Christian|Clement|Constantine"
    "|Cyrus|Darius|David|Edward|Elizabeth|Emmanuel|Ferdinand|Francis|Franz Joseph|Frederick|George"
    "|Gregory|Gustavus|Harold|Henry"
    "|Humbert|Innocent|Isabella|Ivan|James|Joan|John|John Paul|Joseph|Julius|Justinian|Leo|Leopold"
    "|Louis|Malcolm|Margaret|Mary"
    "|Maximilian|Mithridates|Napoleon|Nebuchadnezzar|Nicholas|Otto|Paul|Peter|Philip|Pius|Ptolemy|Rameses|Ramses|Richard|Robert"
    "|Rudolf|Sargon|Selim|Seti|Shalmaneser|Sixtus|Stephen|Theodosius|Thutmose|Urban|Victor|Victoria|Wilhelm|William|Xerxes|Umberto"
)
_HEADINGS = (
    "Chapter|Book|Part|Volume|Vol|Section|Act|Scene|Article|Title|Appendix|Figure|Fig|Table|Type|Phase|Stage|Class|Grade|Level"
    "|World War|War|Super Bowl|Apollo|Gemini|Saturn|Mark|Psalm|Canto|Schedule|Vatican|Plate|Factor|Lesson|Unit|Episode"
    "|Page|Division|Group|Region|Corps|Tier|Case|Exhibit|Letter|Sonnet|Symphony|Olympiad|Rocky|Final Fantasy"
)
#: "I told Charles I would come."
_VERB = (
    r"(?! (?:am|have|had|will|would|shall|should|could|can|may|might|must|did|do|don't|think|thought"
    r"|know|knew|said|saw|told|want|met|see)\b)"
)

#: "Robert I. Bouck", unless the capital begins a sentence: "Charles I. He was beheaded."
_SURNAME = (
    r"\.? (?!(?:The|A|An|In|On|At|He|She|It|They|We|You|His|Her|But|And|When|This|That|There|After|Of|For|King)\b)[A-Z]"
)


def _regnal(match: re.Match[str]) -> Replacement:
    value = roman(match["numeral"])
    return [(f" the {ordinal(str(value))}", "numeral")] if 0 < value < 50 else None


def _heading(match: re.Match[str]) -> Replacement:
    value = roman(match["numeral"])
    return [(cardinal(str(value)), "numeral")] if value else None


ROMAN: Rule = where(
    r"[IVXLivxl]",
    [
        rule(
            rf"(?P<name>\b(?:{_HEADINGS})\.?) (?P<numeral>[IVX]|[IVXLC]{{2,}}|[ivx]+)\b(?!['.]\w)",
            lambda m: [(m["name"] + " ", "name"), *said] if (said := _heading(m)) else None,
        ),
        rule(
            rf"(?P<name>\b(?:{_HEADINGS.lower()})) (?P<numeral>[IVXLC]{{2,}})\b",
            lambda m: [(m["name"] + " ", "name"), *said] if (said := _heading(m)) else None,
            apart=False,
        ),
        rule(
            rf"(?P<name>\b(?:{_RULERS})),? (?P<numeral>[IVX]+)\b(?!['’-]\w)(?!{_SURNAME})(?:\.(?=[,;:)]"
            rf"|\s+[a-z\"']))?{_VERB}",
            lambda m: [(m["name"], "name"), *said] if (said := _regnal(m)) else None,
        ),
        rule(
            r"(?P<name>\b[A-Z][a-z]+(?:,? Jr\.)?) (?P<numeral>II|III|IV|VI|VII|VIII|IX|XI|XII|XIII|XIV|XV|XVI"
            r"|XVII|XVIII)\b(?:\.(?=[,;:)]|\s+[a-z]))?",
            lambda m: [(m["name"], "name"), *said] if (said := _regnal(m)) else None,
        ),
        rule(
            r"\b(?P<numeral>[IVX]{2,})(?:th|st|nd|rd)\b",
            lambda m: ordinal(str(value)) if (value := roman(m["numeral"])) else None,
        ),
        rule(
            r"\b(?P<numeral>[IVX]{1,5})(?=(?:th)? [Cc]entur)",
            lambda m: ordinal(str(value)) if (value := roman(m["numeral"])) else None,
        ),
        rule(
            r"(?:(?<=^)|(?<=\n))(?P<numeral>[IVX]{1,6})\.(?= [A-Z])",
            lambda m: f"{cardinal(str(value))}." if (value := roman(m["numeral"])) else None,
        ),
        rule(r"\b(?P<numeral>II|III|VI|VII|VIII|XI|XII|XIII|XVI|XVII|XVIII)\b", _heading),
    ],
)
