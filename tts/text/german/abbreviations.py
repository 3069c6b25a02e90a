"""German abbreviations, and the full stops that belong to a word or an ordinal number."""

from __future__ import annotations

import re

from tts.text.rules import Rule, any_of, rule, when

#: Abbreviation -> words. The keys have no spaces; the text may have them: "z. B.", "z.B.".
WORDS = {
    "z.B.": "zum Beispiel", "d.h.": "das heißt", "u.a.": "unter anderem", "u.U.": "unter Umständen",
    "o.ä.": "oder ähnlich", "i.d.R.": "in der Regel", "z.T.": "zum Teil", "v.a.": "vor allem",
    "s.o.": "siehe oben", "s.u.": "siehe unten", "v.Chr.": "vor Christus", "n.Chr.": "nach Christus",
    "o.Ä.": "oder Ähnliches", "u.Ä.": "und Ähnliches", "i.e.": "das heißt", "a.D.": "außer Dienst",
    "m.E.": "meines Erachtens", "z.Zt.": "zurzeit", "u.v.m.": "und vieles mehr", "usw.": "und so weiter",
    "usf.": "und so fort", "bzw.": "beziehungsweise", "ca.": "zirka", "vgl.": "vergleiche",
    "evtl.": "eventuell", "ggf.": "gegebenenfalls", "etc.": "et cetera", "inkl.": "inklusive",
    "exkl.": "exklusive", "max.": "maximal", "min.": "minimal", "Mio.": "Millionen", "Mrd.": "Milliarden",
    "Tel.": "Telefon", "Abb.": "Abbildung", "Kap.": "Kapitel", "Jh.": "Jahrhundert", "St.": "Sankt",
    "Str.": "Straße", "Std.": "Stunden", "Min.": "Minuten", "Sek.": "Sekunden", "zzgl.": "zuzüglich",
    "abzgl.": "abzüglich", "geb.": "geboren", "gest.": "gestorben", "Nr.": "Nummer", "Dr.": "Doktor",
    "Prof.": "Professor", "Hr.": "Herr", "Fr.": "Frau", "Dipl.": "Diplom", "Ing.": "Ingenieur", "Bd.": "Band",
    "Nrn.": "Nummern", "Anm.": "Anmerkung", "Art.": "Artikel", "Abs.": "Absatz", "bes.": "besonders",
    "sog.": "sogenannt", "sogenn.": "sogenannt", "Tsd.": "Tausend", "Jhd.": "Jahrhundert",
    "verh.": "verheiratet", "gegr.": "gegründet",
}  # fmt: skip
MONTH_NAMES = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"),
    *("August", "September", "Oktober", "November", "Dezember"),
)
MONTHS = {"Jan": "Januar", "Feb": "Februar", "Apr": "April", "Aug": "August", "Sept": "September", "Sep": "September"}
MONTHS |= {"Okt": "Oktober", "Nov": "November", "Dez": "Dezember", "Mrz": "März", "Jun": "Juni", "Jul": "Juli"}
DAYS = {
    "Mo": "Montag",
    "Di": "Dienstag",
    "Mi": "Mittwoch",
    "Do": "Donnerstag",
    "Fr": "Freitag",
    "Sa": "Samstag",
    "So": "Sonntag",
}
MONTH = any_of([*MONTH_NAMES, *(f"{short}." for short in MONTHS), *MONTHS])
#: Words before an ordinal number: "der 3. Mai", "am 3. Mai", "im 19. Jahrhundert".
ARTICLES = (
    "der|die|das|den|dem|des|am|im|vom|zum|zur|beim|ins|ab|bis|seit|jeder|jeden|jedem|jede|jedes|diesem"
    "|dieser|sein|seinem|seinen|ihrem|ihren"
)

_LETTER = "A-Za-zÄÖÜäöüß"
_PATTERNS = {re.escape(word).replace(r"\.", r"\. ?").removesuffix(" ?"): word for word in WORDS}
_WORD = re.compile(rf"(?<![{_LETTER}])(?:{'|'.join(sorted(_PATTERNS, key=len, reverse=True))})")
_KEYS = {word.replace(" ", ""): words for word, words in WORDS.items()}
_STRASSE = re.compile(rf"(?<=[{_LETTER}])str\.(?=\s|$|,)")
_ENDS = re.compile(
    r"(?P<end>(?=\s*[\"')]*\s*$)|(?=\s+[\"'(]?(?:Der|Die|Das|Er|Sie|Es|Wir|Ich|Ein|Eine|Dann|Da"
    r"|Und|Aber|Doch|Im|In|Am)\b))?"
)
_RANK = re.compile(
    rf"(?<![^\s(])\d{{1,3}}\.(?=\s+(?:{MONTH}|Jahrhundert|Jh\.))"
    rf"|\b(?i:{ARTICLES})\s+\d{{1,3}}\.(?=\s+[{_LETTER}])|\b\d{{1,2}}\.\d{{1,2}}\.(?=\s*(?:\d|[a-zäöü]|[–-]))"
    r"|\bS\.(?=\s*\d)|\b[A-ZÄÖÜ][a-zäöü]+ [IVX]+\.(?=\s+[a-zäöü])"
)
_DOTTED = re.compile(rf"(?<![{_LETTER}])(?:[{_LETTER}]\.){{2,}}|(?<![{_LETTER}.])[A-ZÄÖÜ]\.(?=\s+[A-ZÄÖÜ][a-zäöüß])")


_MAY_END = (
    "usw.",
    "usf.",
    "etc.",
    "Str.",
    "Jh.",
    "Min.",
    "Std.",
    "Sek.",
    "Mio.",
    "Mrd.",
    "v. Chr.",
    "n. Chr.",
    "u.a.",
    "u. a.",
)
_BEGINNER = re.compile(r"\s+[\"'(]?(?:Der|Die|Das|Er|Sie|Es|Wir|Ich|Ein|Eine|Dann|Da|Und|Aber|Doch|Im|In|Am)\b")


def inner_stops(text: str) -> set[int]:
    """Positions of the full stops in ``text`` that end no sentence: of abbreviations, initials and ordinal numbers."""
    if "." not in text:
        return set()
    ends = {m.end() - 1 for m in _WORD.finditer(text) if m[0] in _MAY_END and _BEGINNER.match(text, m.end())}
    matches = [m for pattern in (_WORD, _RANK, _DOTTED, _STRASSE) for m in pattern.finditer(text)]
    inner = {i for m in matches for i in range(m.start(), m.end()) if text[i] == "."}
    return inner - ends - {len(text.rstrip(" \t\r\n\"')]”’»“")) - 1}


def _expand(match: re.Match[str]) -> str | None:
    """The words for an abbreviation. A full stop that also ends the sentence stays. "5 min." is a measure."""
    if match["word"] == "min." and match.string[: match.start()].rstrip()[-1:].isdigit():
        return None
    words = _KEYS[match["word"].replace(" ", "")]
    return f"{words}." if match["end"] is not None else words


ABBREVIATIONS: Rule = when(
    rf"[{_LETTER}]\.",
    [
        rule(rf"(?<![{_LETTER}])(?P<word>S\.)(?=\s*\d)", lambda m: "Seite"),
        rule(rf"(?P<word>{_WORD.pattern}){_ENDS.pattern}", _expand, spaced=False),
        rule(_STRASSE.pattern, lambda m: "straße", spaced=False),
        rule(rf"(?<![{_LETTER}])(?P<day>{any_of(DAYS)})\.(?=,|\s+\d)", lambda m: DAYS[m["day"]], spaced=False),
    ],
)
