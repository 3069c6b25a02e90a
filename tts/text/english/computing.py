"""Keyboard shortcuts, emoticons and source code: "Ctrl+Alt+Del", "⌘C", "vector<int>", "doi:10.1000/182"."""

from __future__ import annotations

import re

from tts.text.english.urls import spell
from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule, when
from tts.text.unicode_cleanup import LETTER_A

_KEYS = {
    "Ctrl": "control", "CTRL": "control", "Cmd": "command", "CMD": "command", "Opt": "option", "Esc": "escape",
    "ESC": "escape", "Del": "delete", "DEL": "delete", "Ins": "insert", "PgUp": "page up", "PgDn": "page down",
    "PrtSc": "print screen", "Win": "windows", "Alt": "alt", "ALT": "alt", "Shift": "shift", "SHIFT": "shift",
    "Fn": "function", "Tab": "tab", "Enter": "enter",
}  # fmt: skip
_SIGNS = {"⌘": "command", "⌥": "option", "⇧": "shift", "⌃": "control", "⏎": "return", "⌫": "delete"}
_KEY = rf"(?:{any_of(_KEYS)}|F\d{{1,2}}|[A-Za-z0-9])"
#: Generic types of programming languages, by the end of their names.
_TYPES = "vector|list|array|map|set|ptr|queue|stack|optional|option|promise|future|dict|vec|result|enumerable"


def _shortcut(match: re.Match[str]) -> Replacement:
    """ "Ctrl+Alt+Del" -> "control plus alt plus delete", "Cmd-Shift-4" -> "command shift 4"."""
    keys = re.split(r"[+-]", match[0])
    if "+" not in match[0] and keys[0] in ("Win", "Tab", "Enter", "Shift", "Ins", "Alt"):
        return None  # "Win-Win", "Shift-click"
    return (" plus " if "+" in match[0] else " ").join(_KEYS.get(key, key) for key in keys)


def _name(match: re.Match[str]) -> Replacement:
    identifier = match["id"].rstrip(".,;:!?)'\"")
    label = "D O I" if match["label"].lower() == "doi" else "archive"
    return [(f"{label} ", "label"), (spell(identifier) + match["id"][len(identifier) :], "id")]


#: A line that begins with the name of a program: its options are read.
_COMMAND = re.compile(
    r"(?:\w+@\S+ )?[$#>%]? ?(?:sudo )?(?:git|diff|ls|rm|cp|mv|cd|curl|wget|ssh|scp|tar|grep|find|cat|chmod|pip3?|npm"
    r"|npx|yarn|docker|kubectl|python3?|node|gcc|make|cargo|go|java|apt|apt-get|brew|conda|ffmpeg|sed|awk|kill|ps|echo"
    r"|mkdir|rsync)\b "
)


def _option(match: re.Match[str]) -> Replacement:
    """ "ls -la" -> "ls dash l a", "git log --oneline" -> "git log dash dash oneline"."""
    if not _COMMAND.match(match.string):
        return None
    name = match["name"]
    letters = len(match["dashes"]) == 1 and len(name) < 4 and name.isalpha()
    return ("dash " * len(match["dashes"])) + (" ".join(LETTER_A.get(c, c.upper()) for c in name) if letters else name)


COMPUTING: Rule = when(
    "[+<:;$⌘⌥⇧⌃⏎⌫-]",
    [
        rule(r"(?<!\S)[:;]'?-?[DPpOo](?![\w'-])", lambda m: ""),  # emoticons
        rule(r"^#(?=(?:include|define|ifdef|ifndef|endif|pragma)\b)", lambda m: "pound ", spaced=False),
        rule(r"(?<=include )<(?P<header>[\w./]{1,40})>", lambda m: spell(m["header"])),
        rule(r"^\$ (?=[a-z])", lambda m: "", spaced=False),
        rule(r"(?<= )(?P<dashes>--?)(?P<name>[A-Za-z\d][\w-]{0,30})", _option, spaced=False),
        rule(rf"(?<![\w+-])(?:{any_of(_KEYS)})[+-]{_KEY}(?:[+-]{_KEY}){{0,3}}(?![\w+]|-\w)", _shortcut, spaced=False),
        rule(f"[{''.join(_SIGNS)}]", lambda m: f" {_SIGNS[m[0]]} "),
        rule(
            rf"\b(?P<type>\w{{0,20}}(?i:{_TYPES}))<(?P<inner>[A-Za-z]\w{{0,30}}(?:, ?[A-Za-z]\w{{0,30}}){{0,3}})>",
            lambda m: [(m["type"], "type"), (f" of {m['inner']} ", "inner")],
        ),
        rule(r"\b(?P<label>doi|DOI):\s?(?P<id>10\.\d{4,9}/[^\s<>\"]+)", _name),
        rule(r"\b(?P<label>arXiv):\s?(?P<id>\d{4}\.\d{4,5}(?:v\d)?)", _name),
    ],
)
