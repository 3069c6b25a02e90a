"""E-mail addresses, web addresses, file paths, hashtags and similar identifiers."""

from __future__ import annotations

import re

from tts.text.english.numbers import digit_by_digit
from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, rule, when
from tts.text.unicode_cleanup import LETTER_A

SIGNS = {
    ".": "dot", "/": "slash", "\\": "backslash", "-": "dash", "_": "underscore", ":": "colon", "?": "question mark",
}  # fmt: skip
SIGNS |= {"=": "equals", "&": "and", "%": "percent", "#": "hash", "@": "at", "+": "plus", "~": "tilde"}
_SUFFIXES = (
    "com|org|net|edu|gov|mil|int|io|ai|co|uk|us|de|fr|eu|ca|au|info|biz|dev|app|html|htm|php|pdf|txt"
    "|doc|docx|png|jpg|csv"
)
_SUFFIXES += "|pptx|zip|exe|py|js|json|yaml|md|wav|mp3|xml|xls|xlsx|log|cfg|sh"
_PART = re.compile(r"\d+|[^\W\d_]+|.", re.DOTALL)


def spell(address: str) -> str:
    """ "a_b.com/x1" -> "a underscore b dot com slash x one"."""
    words = []
    for part in _PART.findall(address):
        if part.isdigit():
            words.append(digit_by_digit(part) if len(part) > 2 or part[0] == "0" else part)
        else:
            words.append(SIGNS.get(part) or LETTER_A.get(part, part))
    return " ".join(words)


#: Ends of names in capitals that are read as words.
_SAID = ("COM", "ORG", "NET", "GIF", "ZIP", "JPEG")


def _address(match: re.Match[str]) -> Replacement:
    address = match["address"].rstrip(".,;:!?)'\"")
    rest = match["address"][len(address) :]
    words = spell(re.sub(r"/$", "", address))
    return [(words + rest, "address")] if address else None


def _hashtag(match: re.Match[str]) -> Replacement:
    words = re.sub(
        r"(?<=[a-z])(?=[A-Z\d])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?!(?:st|nd|rd|th)(?![a-z]))(?=[A-Za-z])|_",
        " ",
        match["tag"],
    )
    if match["tag"][0].isdigit():
        words = re.sub(r"\b[A-Z][a-z]+", lambda word: word[0].lower(), words)
    return [("hashtag ", "sign"), (words, "tag")]


def _mention(match: re.Match[str]) -> Replacement:
    return [("at ", "sign"), (spell(match["name"]), "name")]


def _port(match: re.Match[str]) -> Replacement:
    host = match["host"]
    words = " dot ".join(map(digit_by_digit, host.split("."))) if host[0].isdigit() else host
    return [
        (words, "host"),
        (" colon ", "colon"),
        (digit_by_digit(match["port"]), "port"),
        (f" {spell(match['path'] or '')}", "path"),
    ]


def _mask(match: re.Match[str]) -> Replacement:
    words = " dot ".join(map(digit_by_digit, match["host"].split(".")))
    return [(words, "host"), (" slash ", "slash"), (match["bits"], "bits")]


def _color(match: re.Match[str]) -> Replacement:
    """ "#FF5733" -> "hash F F 5 7 3 3"."""
    return [("hash ", "sign"), (" ".join(match["value"].upper()), "value")]


ADDRESSES: Rule = when(
    r"[@/\\#]|\w\.\w|www|localhost|[0-9A-Fa-f][:-][0-9A-Fa-f]|\b0x|\bISO ",
    [
        rule(
            r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b",
            lambda m: ", ".join(" ".join(p.upper()) for p in re.split("[:-]", m[0])),
        ),
        rule(r"\b0x(?P<value>[0-9A-Fa-f]{1,16})\b", lambda m: f"zero x {' '.join(m['value'].upper())}"),
        rule(r"(?:(?<=\bISO \d{4})|(?<=\bISO \d{5})):(?=\d{4}\b)", lambda m: ", "),
        rule(
            r"(?<![\w.])(?P<host>\d+\.\d+\.\d+\.\d+"
            r"|localhost)(?P<colon>:)(?P<port>\d{2,5})\b(?P<path>/[\w./-]{0,99}\w)?",
            _port,
        ),
        rule(r"(?<![\w.])(?P<host>\d+\.\d+\.\d+\.\d+)(?P<slash>/)(?P<bits>\d\d?)\b", _mask),
        rule(r"(?<=\))\.(?=(?:pptx?|docx?|xlsx?|pdf|jpe?g|png|txt|mp[34]|zip)\b)", lambda m: " dot "),
        rule(r"(?<!\w)(?P<sign>#)(?P<value>(?=[0-9A-Fa-f]*\d)(?=[0-9A-Fa-f]*[A-Fa-f])[0-9A-Fa-f]{6})\b", _color),
        rule(
            r"\s?<(?P<address>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})>",
            lambda m: [(", ", 0), (spell(m["address"]), "address")],
            spaced=False,
        ),
        rule(r"(?<!\w)(?P<address>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)", _address),
        rule(r"\b(?:https?|ftp)://(?P<address>[^\s<>\"')]+)", _address, re.IGNORECASE),
        rule(r"\b(?P<address>www\.[^\s<>\"')]+)", _address, re.IGNORECASE),
        rule(
            rf"(?<![\w./@\\])(?P<address>(?:[A-Za-z0-9][\w-]*\.)+(?:{_SUFFIXES})(?:/[^\s<>\"',;()]*"
            rf"|[?#][\w=&%.+-]{{1,99}})?)(?![\w.]*\w)",
            _address,
        ),
        rule(
            r"(?<![\w./@\\-])(?P<name>[A-Z][A-Z\d_-]{1,40})\.(?P<end>COM|ORG|NET|EDU|GOV|PNG|JPE?G|GIF|PDF|DOCX?|TXT"
            r"|CSV|ZIP|MP[34]|MOV|XLSX?)\b(?!\.\w)",
            lambda m: f"{spell(m['name'])} dot {m['end'].lower() if m['end'] in _SAID else ' '.join(m['end'])}",
        ),
        rule(
            r"(?<![\w.:/])(?P<address>(?:~|\.{1,2})?/(?:[\w.+-]+/)+[\w.+-]*|/[a-z][\w.-]*[a-z](?=\s|$)"
            r"|[A-Za-z]:\\[\w.\\ +-]*[\w])",
            _address,
        ),
        rule(
            rf"(?i:{after('order|confirmation|conf[.]|case|ticket|item|part|invoice|room|model|unit')})"
            r"#(?=[A-Z]{1,4}-?\d)",
            lambda m: "number ",
        ),
        rule(r"(?<![\w#])#s\b", lambda m: "numbers"),
        rule(rf"{after('[Pp]ress|[Hh]it|[Dd]ial|the')}#(?=[.,]?(?:\s|$))", lambda m: "pound"),
        rule(r"(?<!\w)(?P<sign>#)(?P<tag>[A-Za-z_]\w*|\d+[A-Za-z]\w*)", _hashtag),
        rule(r"(?<![\w@])(?P<sign>@)(?P<name>[A-Za-z_]\w+)", _mention),
    ],
)
