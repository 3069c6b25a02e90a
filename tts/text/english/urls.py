"""What was written for machines: mail addresses, web addresses, file paths, hashtags."""

from __future__ import annotations

import re

from tts.text.english.numbers import one_by_one
from tts.text.english.rules import Rule, rule, where
from tts.text.offsets import Replacement

SIGNS = {
    ".": "dot",
    "/": "slash",
    "\\": "backslash",
    "-": "dash",
    "_": "underscore",
    ":": "colon",
    "?": "question mark",
}
SIGNS |= {"=": "equals", "&": "and", "%": "percent", "#": "hash", "@": "at", "+": "plus", "~": "tilde"}
_SUFFIXES = (
    "com|org|net|edu|gov|mil|int|io|ai|co|uk|us|de|fr|eu|ca|au|info|biz|dev|app|html|htm|php|pdf|txt"
    "|doc|docx|png|jpg|csv"
)
_SUFFIXES += "|zip|exe|py|js|json|yaml|md|wav|mp3|xml|xls|xlsx|log|cfg|sh"
_PART = re.compile(r"\d+|[^\W\d_]+|.", re.DOTALL)


def spell(address: str) -> str:
    """ "a_b.com/x1" -> "a underscore b dot com slash x one"."""
    words = []
    for part in _PART.findall(address):
        if part.isdigit():
            words.append(one_by_one(part) if len(part) > 2 or part[0] == "0" else part)
        else:
            words.append(SIGNS.get(part, part))
    return " ".join(words)


def _address(match: re.Match[str]) -> Replacement:
    address = match["address"].rstrip(".,;:!?)'\"")
    rest = match["address"][len(address) :]
    said = spell(re.sub(r"/$", "", address))
    return [(said + rest, "address")] if address else None


def _hashtag(match: re.Match[str]) -> Replacement:
    words = re.sub(r"(?<=[a-z])(?=[A-Z\d])|(?<=[A-Z])(?=[A-Z][a-z])|_", " ", match["tag"])
    return [("hashtag ", "sign"), (words, "tag")]


def _mention(match: re.Match[str]) -> Replacement:
    return [("at ", "sign"), (spell(match["name"]), "name")]


ADDRESSES: Rule = where(
    r"[@/\\#]|\w\.\w|www",
    [
        rule(r"(?<!\w)(?P<address>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)", _address),
        rule(r"\b(?:https?|ftp)://(?P<address>[^\s<>\"')]+)", _address, re.IGNORECASE),
        rule(r"\b(?P<address>www\.[^\s<>\"')]+)", _address, re.IGNORECASE),
        rule(
            rf"(?<![\w./@\\])(?P<address>(?:[A-Za-z0-9][\w-]*\.)+(?:{_SUFFIXES})(?:/[^\s<>\"',;()]*)?)(?![\w.]*\w)",
            _address,
        ),
        rule(
            r"(?<![\w.:/])(?P<address>(?:~|\.{1,2})?/(?:[\w.+-]+/)+[\w.+-]*|/[a-z][\w.-]*[a-z](?=\s|$)"
            r"|[A-Za-z]:\\[\w.\\ +-]*[\w])",
            _address,
        ),
        rule(r"(?<!\w)(?P<sign>#)(?P<tag>[A-Za-z_]\w*)", _hashtag),
        rule(r"(?<![\w@])(?P<sign>@)(?P<name>[A-Za-z_]\w+)", _mention),
    ],
)
