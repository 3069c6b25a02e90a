"""How a rule of the text front end is written: a pattern, and what a reader says for a match of it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable

from tts.text.offsets import OffsetText, Replacement

#: Rewrites one thing wherever it stands and leaves the rest.
Rule = Callable[[OffsetText], OffsetText]

#: An amount as it is written: digits, with or without commas at the thousands.
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
DECIMAL = rf"(?:{NUMBER}(?:\.\d+)?|\.\d+)"
#: Not in the middle of a number.
NO_DIGIT_BEFORE = r"(?<![\d.])(?<!\d,)"


def rule(pattern: str, spell: Callable[[re.Match[str]], Replacement], flags: int = 0, apart: bool = True) -> Rule:
    """A rule that says ``spell(match)`` for every match of ``pattern``, which is compiled when it is first needed."""

    compiled: re.Pattern[str] | None = None

    def apply(text: OffsetText) -> OffsetText:
        nonlocal compiled
        if compiled is None:
            compiled = re.compile(pattern, flags | re.ASCII)
        return text if compiled.search(text.text) is None else text.sub(compiled, spell, apart)

    return apply


def where(trigger: str, rules: Iterable[Rule]) -> Rule:
    """The rules one after another, for texts in which ``trigger`` is found: most texts need none of them."""
    rules, find = tuple(rules), re.compile(trigger, re.ASCII).search
    return lambda text: functools.reduce(lambda done, rule: rule(done), rules, text) if find(text.text) else text


def one_of(words: Iterable[str]) -> str:
    """A pattern of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
