"""Passages of books and laws: "Gen. 1:1", "1 Cor. 13", "Thm. 4.2", "8vo", "9th Cir.", "Fed. R. Civ. P. 12"."""

from __future__ import annotations

import re

from tts.text.english.numbers import digit_by_digit, in_pairs
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
_BOOKS = {
    *_SCRIPTURE.values(),
    *_LETTERS_TO.values(),
    "John",
    "Mark",
    "Luke",
    "Acts",
    "Sura",
    "Qur'an",
    "Quran",
    "Koran",
}
_NUMBERED_BOOKS = {*_LETTERS_TO, *_LETTERS_TO.values(), "John"}
_FIRST = {"1": "First", "2": "Second", "3": "Third", "I": "First", "II": "Second", "III": "Third"}
#: Abbreviations before a number whose full stop does not end a sentence.
STOPS = (
    r"\bEx\.(?=\s+(?:[A-Z]\b|\d))|(?<=\d[a-z] )Cir\.|(?<=th )Cir\.|\bcl\.(?=\s+\d)"
    r"|\b(?:Ps|Thm|Prop|Lem|Def|[Pp]robs?)\.(?=\s+(?:[A-Z]\b|\d))"
    r"|\b(?:Gen|Exod|Lev|Deut|Prov|Isa|Jer|Ezek|Matt|Rom|Eph|Phil|Heb|Cor|Thess|Tim|Pet|Sam|Kgs|Chr)\.(?=\s+\d)"
)


def _verse(match: re.Match[str]) -> Replacement:
    """ "Genesis 1:1" -> "Genesis one one"."""
    chapter, verse = in_pairs(match["chapter"]), in_pairs(match["verse"])
    last = [(" to ", "to"), (" ".join(map(in_pairs, match["last"].split(":"))), "last")] if match["last"] else []
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
        rule(
            rf"(?<![\d:.] )(?<![\w.])(?P<number>[123]|I{{1,3}}) (?P<book>{any_of(_NUMBERED_BOOKS)})\.?(?= \d{{1,3}}\b)",
            lambda m: [(f"{_FIRST[m['number']]} ", "number"), (_LETTERS_TO.get(m["book"], m["book"]), "book")],
            spaced=False,
        ),
        rule(
            r"(?<=\bISSN )(?P<first>\d{4})-(?P<last>\d{3}[\dX])\b",
            lambda m: [
                (digit_by_digit(m["first"]), "first"),
                (", " + digit_by_digit(m["last"]) + (" X" if m["last"].endswith("X") else ""), "last"),
            ],
        ),
        rule(r"\bPs\.(?= \d)", lambda m: "Psalm", spaced=False),
        rule(
            rf"\b(?P<book>{any_of(_BOOKS)})(?P<gap> )(?P<chapter>\d{{1,3}}):(?P<verse>\d{{1,3}})"
            r"(?:(?P<to>\s?[-–—]\s?)(?P<last>\d{1,3}(?::\d{1,3})?))?(?!\d|:)(?! ?[ap]\.?m)",
            _verse,
        ),
        rule(
            r"\b(?P<word>Thm|Prop|Lem|Def|[Pp]robs?)\.(?= \d)", lambda m: _MATHEMATICAL[m["word"].lower()], spaced=False
        ),
        rule(r"\b(?P<size>4to|8vo|12mo|16mo)\b\.?", lambda m: _BOOK_SIZES[m["size"]]),
    ],
)
