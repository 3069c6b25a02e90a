"""Results of sports and games: "hit .312", "a 10-3-2 record", "a 3-2 count", "45+2'", "Nxf3+"."""

from __future__ import annotations

import re

from tts.text.english.numbers import cardinal, in_pairs
from tts.text.offsets import Replacement
from tts.text.rules import Rule, rule, when
from tts.text.unicode_cleanup import LETTER_A

_BEFORE_AVERAGE = (
    r"(?:hit|hits|hitting|bat|bats|batted|batting|slug(?:s|ged|ging)?|averag(?:e|es|ed|ing)|avg\.?|OBP|AVG|OPS|SLG"
    r"|record"
    r"|percentage|percent|above|below|at|under|over|played|finish(?:es|ed)?|go|going|went)(?: a| at| of| is| was| to)?"
)
_AFTER_AVERAGE = (
    r"(?:(?:career|season|lifetime|team|road|home) )?(?:hitters?|avg|BA|OBP|average|averages|batting|record|teams?|ball"
    r"|season|winning|mark|clip|slugging|on-base|baseball|pace)\b"
)
_PIECES = {"K": "king", "Q": "queen", "R": "rook", "B": "bishop", "N": "knight"}
_MOVE = (
    r"(?<![\w#@/-])(?<![A-Za-z]\.)(?P<piece>[KQRBN])?(?P<from>[a-h]?[1-8]?)(?P<takes>x)?(?P<file>[a-h])(?P<rank>[1-8])"
    r"(?:=(?P<new>[QRBN]))?(?P<check>[+#])?[!?]{0,2}(?![\w@/-]|\.\w)"
)
_CASTLES = re.compile(r"\bO-O(?:-O)?\b")
_MOVES = re.compile(_MOVE)


def _average(match: re.Match[str]) -> Replacement:
    """ ".312" -> "three twelve", ".500" -> "five hundred"."""
    digits = match["digits"]
    words = in_pairs(digits) if digits[0] != "0" else f"oh {in_pairs('1' + digits[1:])[4:]}"
    return [(match["before"], "before"), (words, "digits")] if match["before"] else words


def _triple(match: re.Match[str]) -> str:
    """ "10-3-2" -> "ten three two"."""
    return " ".join(cardinal(number) for number in match[0].split("-"))


def _move(match: re.Match[str]) -> Replacement:
    """ "Nxf3+" -> "knight takes f three check". Without a piece or capture the text needs other moves."""
    plain = not (match["takes"] or match["check"] or match["new"])
    if plain and (
        match["piece"] is None
        or (match["from"] and len(_MOVES.findall(match.string, max(0, match.start() - 60), match.end() + 60)) < 2)
    ):
        return None
    if match["piece"] is None and not match["takes"] and not match["check"] and not match["new"]:
        return None
    words = [_PIECES.get(match["piece"], "")] + [LETTER_A.get(c, c) for c in match["from"]]
    words += ["takes" if match["takes"] else "", LETTER_A.get(match["file"], match["file"]), match["rank"]]
    words += ["promotes to " + _PIECES[match["new"]] if match["new"] else ""]
    words += [{"+": "check", "#": "checkmate"}.get(match["check"] or "", "")]
    return " ".join(filter(None, words))


def _slash_line(match: re.Match[str]) -> str:
    """ ".284/.361/.512" -> "two eighty-four, three sixty-one, five twelve"."""
    return ", ".join(in_pairs(digits) for digits in re.findall(r"\d{3}", match[0]))


_STATISTICS = {
    "PTS": "points", "REB": "rebounds", "AST": "assists", "STL": "steals", "BLK": "blocks", "TDS": "touchdowns",
}  # fmt: skip

SPORTS: Rule = when(
    r"\d",
    [
        rule(r"(?<![\w.])\.[1-9]\d\d(?:/\.[1-9]\d\d){1,2}\b", _slash_line),
        rule(rf"(?<=\d )(?:{'|'.join(_STATISTICS)})\b", lambda m: _STATISTICS[m[0]]),
        rule(
            r"\b(?P<number>\d{1,3})\.(?P<dots>\.\.)?(?=(?:[KQRBN][a-h]?[1-8]?x?|[a-h]x)?[a-h][1-8]\b|O-O)",
            lambda m: f"{m['number']}. ",
        ),
        rule(rf"(?P<before>(?i:\b{_BEFORE_AVERAGE}) )\.(?P<digits>\d{{3}})(?![\d%])", _average),
        rule(rf"(?<![\w.])(?P<before>)\.(?P<digits>\d{{3}})(?= {_AFTER_AVERAGE})", _average),
        rule(r"(?<![\w./,$£€-])(?:\d{1,2}-){2}\d{1,2}(?![\w/-]|[.,]\d)", _triple),
        rule(
            r"(?<![\w./,$£€-])(?P<balls>[0-3])-(?P<strikes>[0-2])(?= (?:count|pitch)\b)",
            lambda m: f"{cardinal(m['balls'])} {cardinal(m['strikes'])}",
        ),
        rule(r"\b(?P<minute>45|90|105|120)'?\+(?P<more>\d{1,2})'", lambda m: f"{m['minute']} plus {m['more']}"),
        rule(_CASTLES.pattern, lambda m: "castles queenside" if len(m[0]) > 3 else "castles kingside"),
        rule(_MOVE, _move, spaced=False),
    ],
)
