"""Passages of books and laws: "Gen. 1:1", "1 Cor. 13", "Thm. 4.2", "8vo", "9th Cir.", "Fed. R. Civ. P. 12"."""

from __future__ import annotations

import re

from tts.text.english.numbers import cardinal
from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule, when

#: Books of the Bible before chapter and verse. Some abbreviations are titles elsewhere: "Gen. 1:1", "Rev. 3:16".
_SCRIPTURE = {
    "Gen": "Genesis", "Exod": "Exodus", "Ex": "Exodus", "Lev": "Leviticus", "Num": "Numbers", "Deut": "Deuteronomy",
    "Josh": "Joshua", "Judg": "Judges", "Ps": "Psalm", "Prov": "Proverbs", "Eccl": "Ecclesiastes", "Isa": "Isaiah",
    "Jer": "Jeremiah", "Ezek": "Ezekiel", "Dan": "Daniel", "Hos": "Hosea", "Mic": "Micah", "Zech": "Zechariah",
    "Mal": "Malachi", "Matt": "Matthew", "Mt": "Matthew", "Mk": "Mark", "Lk": "Luke", "Jn": "John", "Rom": "Romans",
    "Gal": "Galatians", "Eph": "Ephesians", "Phil": "Philippians", "Col": "Colossians", "Heb": "Hebrews",
    "Jas": "James", "Rev": "Revelation",
}  # fmt: skip
_LETTERS_TO = {"Cor": "Corinthians", "Thess": "Thessalonians", "Tim": "Timothy", "Pet": "Peter", "Sam": "Samuel"}
_LETTERS_TO |= {"Kgs": "Kings", "Chr": "Chronicles", "Jn": "John"}
_MATHEMATICAL = {"thm": "theorem", "prop": "proposition", "lem": "lemma", "def": "definition", "prob": "problem"}
_MATHEMATICAL |= {"probs": "problems"}
_BOOK_SIZES = {"4to": "quarto", "8vo": "octavo", "12mo": "duodecimo", "16mo": "sixteenmo"}
#: Abbreviations of American law, longest first.
_LAW = {
    "Fed. R. Civ. P.": "Federal Rule of Civil Procedure", "Fed. R. Crim. P.": "Federal Rule of Criminal Procedure",
    "Fed. R. Evid.": "Federal Rule of Evidence", "Pub. L.": "Public Law", "Id. at": "Id at",
}  # fmt: skip
_SERIES = {"2d": "second", "3d": "third", "4th": "fourth"}
_BOOKS = {*_SCRIPTURE.values(), *_LETTERS_TO.values(), "John", "Mark", "Luke", "Acts", "Sura"}
#: Abbreviations before a number whose full stop does not end a sentence.
STOPS = (
    r"\bEx\.(?=\s+(?:[A-Z]\b|\d))|(?<=\d[a-z] )Cir\.|(?<=th )Cir\.|\bcl\.(?=\s+\d)"
    r"|\b(?:Ps|Thm|Prop|Lem|Def|[Pp]robs?)\.(?=\s+(?:[A-Z]\b|\d))"
    r"|\b(?:Gen|Exod|Lev|Deut|Prov|Isa|Jer|Ezek|Matt|Rom|Eph|Phil|Heb|Cor|Thess|Tim|Pet|Sam|Kgs|Chr)\.(?=\s+\d)"
)


def _verse(match: re.Match[str]) -> Replacement:
    """ "Genesis 1:1" -> "Genesis one one"."""
    chapter, verse = cardinal(match["chapter"]), cardinal(match["verse"])
    last = [(" to ", "to"), (cardinal(match["last"]), "last")] if match["last"] else []
    return [(match["book"], "book"), (" ", "gap"), (chapter, "chapter"), (f" {verse}", "verse"), *last]


CITATIONS: Rule = when(
    r"\d|Ex\. [A-Z]",
    [
        rule(rf"\b(?P<law>{any_of(_LAW)})(?=\s+(?:No\. )?\d)", lambda m: _LAW[m["law"]], spaced=False),
        rule(r"\bEx\.(?=\s+(?:[A-Z]\b|\d))", lambda m: "Exhibit"),
        rule(r"(?<=\d[a-z] )Cir\.|(?<=th )Cir\.", lambda m: "Circuit"),
        rule(r"\bcl\.(?=\s+\d)", lambda m: "clause"),
        rule(r"\bF\.(?P<series>[23]d|4th)\b", lambda m: f"F {_SERIES[m['series']]}"),
        rule(rf"\b(?P<book>{any_of(_SCRIPTURE)})\.?(?= \d{{1,3}}:\d)", lambda m: _SCRIPTURE[m["book"]], spaced=False),
        rule(rf"(?<=\b[12] )(?P<book>{any_of(_LETTERS_TO)})\.?(?= \d)", lambda m: _LETTERS_TO[m["book"]], spaced=False),
        rule(r"\bPs\.(?= \d)", lambda m: "Psalm", spaced=False),
        rule(
            rf"\b(?P<book>{any_of(_BOOKS)})(?P<gap> )(?P<chapter>\d{{1,3}}):(?P<verse>\d{{1,3}})"
            r"(?:(?P<to>\s?[-–—]\s?)(?P<last>\d{1,3}))?(?!\d|:)(?! ?[ap]\.?m)",
            _verse,
        ),
        rule(
            r"\b(?P<word>Thm|Prop|Lem|Def|[Pp]robs?)\.(?= \d)", lambda m: _MATHEMATICAL[m["word"].lower()], spaced=False
        ),
        rule(r"\b(?P<size>4to|8vo|12mo|16mo)\b\.?", lambda m: _BOOK_SIZES[m["size"]]),
    ],
)
