"""Short forms of chats, text messages and business news: "gr8", "idk", "YoY"."""

from __future__ import annotations

import re

from tts.text.offsets import Replacement
from tts.text.rules import Rule, any_of, rule, when

#: Short form -> word.
_WORDS = {
    "gr8": "great", "l8r": "later", "l8": "late", "m8": "mate", "b4": "before", "w8": "wait", "str8": "straight",
    "2nite": "tonight", "2night": "tonight", "2day": "today", "2moro": "tomorrow", "2morrow": "tomorrow",
    "4ever": "forever", "any1": "anyone", "every1": "everyone", "some1": "someone", "tmrw": "tomorrow",
    "tmr": "tomorrow", "tomoz": "tomorrow", "ppl": "people", "bday": "birthday", "btwn": "between", "abt": "about",
    "thnx": "thanks", "tho": "though", "msg": "message", "msgs": "messages", "cuz": "because", "plz": "please",
    "sry": "sorry",
}  # fmt: skip
#: These are spelled, although espeak-ng reads them as words.
_SPELLED = "idk|ttyl|wyd|iirc|hmu|irl|imho|fwiw|ikr|tfw|ftw|afk|idc|ily|tbf|nvm"
_LETTERS = [form for word in _WORDS if word.isalpha() for form in (word, word.capitalize())] + _SPELLED.split("|")
_PERIODS = {"D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}
_SQUARE = re.compile(r"\b[KQRBN]?x?[a-h][1-8]\b")
_MORE = re.compile(r"\s+[A-Za-z]")
#: No part of a longer name, address or number.
_ALONE, _END = r"(?<![\w.#@/'-])", r"(?![\w'@-]|\.\w)"


def _word(match: re.Match[str]) -> Replacement:
    """The word for a short form in lower case, or with a capital if it begins a sentence. "b4" may be a chess move."""
    short = match[0]
    if short == "b4" and (len(_SQUARE.findall(match.string)) > 1 or not _MORE.match(match.string, match.end())):
        return None
    word = _WORDS[short.lower()]
    return word if short.islower() else word.capitalize() if len(short) > 2 and short[1:].islower() else None


def _spell(match: re.Match[str]) -> Replacement:
    return "".join(f"{letter}." for letter in match[0].upper())


CHAT: Rule = when(
    rf"\d[a-z]|[a-z]\d|[DWMQY]o[DWMQY]|\b(?:{any_of(_LETTERS)})\b",
    [
        rule(rf"{_ALONE}(?i:{any_of(_WORDS)}){_END}", _word, spaced=False),
        rule(rf"{_ALONE}(?:{_SPELLED}){_END}", _spell, spaced=False),
        rule(
            r"\b(?P<noun>[DWMQY])[oO](?P=noun)\b(?!['.]\w)",
            lambda m: f"{_PERIODS[m['noun']]} over {_PERIODS[m['noun']]}",
        ),
    ],
)
