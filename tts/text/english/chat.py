"""Short forms of chats, text messages and business news: "gr8", "idk", "YoY"."""

from __future__ import annotations

import re

from tts.text.offsets import Replacement
from tts.text.rules import Rule, after, any_of, rule, when

#: Short form -> word.
_WORDS = {
    "gr8": "great", "l8r": "later", "l8": "late", "m8": "mate", "b4": "before", "w8": "wait", "str8": "straight",
    "2nite": "tonight", "2night": "tonight", "2day": "today", "2moro": "tomorrow", "2morrow": "tomorrow",
    "4ever": "forever", "any1": "anyone", "every1": "everyone", "some1": "someone", "tmrw": "tomorrow",
    "tmr": "tomorrow", "tomoz": "tomorrow", "ppl": "people", "bday": "birthday", "btwn": "between", "abt": "about",
    "thnx": "thanks", "tho": "though", "msg": "message", "msgs": "messages", "cuz": "because", "plz": "please",
    "sry": "sorry", "obv": "obviously", "obvs": "obviously", "convo": "conversation",
}  # fmt: skip
#: Contractions without their apostrophe. Those that are words too, such as "well" and "were", are left alone.
_CONTRACTIONS = (
    "don't didn't doesn't isn't wasn't aren't weren't couldn't wouldn't shouldn't hasn't haven't hadn't can't won't "
    "ain't "
    "I'm I've you're you've you'll they're they've they'll we've what's that's there's here's who's he's she's y'all"
)
_CONTRACTED = {word.replace("'", ""): word for word in _CONTRACTIONS.split(" ")}
#: Words after "ill" and "id" that show that they stand for "I'll" and "I'd".
_AFTER_WILL = (
    r"be|call|see|go|get|do|have|try|take|let|make|never|just|send|give|tell|ask|come|meet|text|bring|check|pay|buy"
    r"|find|help|keep|leave|wait|start|add|show|pick|put|say|always|probably|still|also|not"
)
#: These are spelled, although espeak-ng reads them as words.
_SPELLED = (
    "idk|ttyl|wyd|iirc|hmu|irl|imho|fwiw|ikr|tfw|ftw|afk|idc|ily|tbf|nvm|omw|ty|tysm|xoxo|afaik|icymi|ofc|pov|lmao|eod"
)
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
    letters = "".join(f"{letter}." for letter in match[0].upper())
    return letters[:-1] if match.string[match.end() : match.end() + 1] in tuple(",;:!?") else letters


def _contraction(match: re.Match[str]) -> Replacement:
    """ "dont" -> "don't", "Im" -> "I'm", but "as he was wont to do"."""
    short = match[0]
    if short == "wont" and match.string[match.end() : match.end() + 4] == " to ":
        return None
    word = _CONTRACTED.get(short) or _CONTRACTED.get(short.capitalize()) or _CONTRACTED[short.lower()]
    return word[0].upper() + word[1:] if short[0].isupper() else word


def _your(match: re.Match[str]) -> str:
    """ "ur car" -> "your car", but "ur so funny" -> "you're so funny"."""
    word = "you're" if _AFTER_ARE.match(match.string, match.end()) else "your"
    return word if match["u"] == "u" else word.capitalize()


_AFTER_ARE = re.compile(
    r" (?:the|an?|so|not|my|our|his|her|welcome|right|wrong|late|gonna|just|all|such|in|on|at|[a-z]{2,}ing)\b"
)
_FORMS = {form for word in _CONTRACTED for form in (word.lower(), word.capitalize())}
_SHORT = any_of(_FORMS)

_TRIGGERS = {*_LETTERS, *_FORMS, "ur", "Ur", "ill", "Ill", "id", "Id", "Fwd", "fwd", "FWD", "FW", "4 u", "4 ur", "2 u"}
_TRIGGERS |= {"def", "aka", "w/e", "4 me", "4 you", "2 me", "2 b", "2 ya", "4 ya"}

CHAT: Rule = when(
    rf"\d[a-z]|[a-z]\d|[DWMQY]o[DWMQY]|\b(?:{any_of(_TRIGGERS)})\b",
    [
        rule(rf"(?<![\w'@#/.-])(?:{_SHORT})(?![\w'@-]|\.\w)", _contraction, spaced=False),
        rule(
            rf"(?:^|(?<=\n)|(?<=[.,;!?] )|{after('and|but|so|ok|lol')})(?P<i>[Ii])(?P<rest>ll|d)"
            rf"(?= (?:{_AFTER_WILL}|like|love|rather|prefer)\b)",
            lambda m: f"I'{m['rest']}",
            spaced=False,
        ),
        rule(r"(?<![\w'@#/.-])(?P<u>[uU])r(?![\w'@-]|\.\w)", _your, spaced=False),
        rule(r"(?<=[a-z] )4(?= (?:u|ur|me|you|ya|your)\b)", lambda m: "for"),
        rule(r"(?<=[a-z] )2(?= (?:u|me|b|ya)\b(?! ?[-+=]))", lambda m: "to"),
        rule(r"(?<![\w/])w/e(?![\w/])", lambda m: "whatever"),
        rule(
            rf"{after('I|i|we|you|he|she|they|it|im|that|is|was|would|will|should|could|can')}def(?= [a-z])",
            lambda m: "definitely",
        ),
        rule(r"\baka(?= [a-z])(?! dot\b)", lambda m: "also known as"),
        rule(r"\b(?:Fwd|FWD|FW|fwd)(?=:)", lambda m: "forward"),
        rule(rf"{_ALONE}(?i:{any_of(_WORDS)}){_END}", _word, spaced=False),
        rule(rf"{_ALONE}(?:{_SPELLED}){_END}", _spell, spaced=False),
        rule(
            r"\b(?P<noun>[DWMQY])[oO](?P=noun)\b(?!['.]\w)",
            lambda m: f"{_PERIODS[m['noun']]} over {_PERIODS[m['noun']]}",
        ),
    ],
)
