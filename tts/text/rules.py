"""Rules of the text front end. A rule has a pattern and a function that gives the spoken form of a match."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable

from tts.text.offsets import OffsetText, Replacement

#: A function that replaces every match of one pattern and leaves the rest of the text.
Rule = Callable[[OffsetText], OffsetText]

#: Digits, with or without commas between thousands.
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
DECIMAL = rf"(?:{NUMBER}(?:\.\d+)?|\.\d+)"
#: The match does not begin inside a number.
NO_DIGIT_BEFORE = r"(?<![\d.])(?<!\d,)"


def rule(pattern: str, spell: Callable[[re.Match[str]], Replacement], flags: int = 0, spaced: bool = True) -> Rule:
    """A rule that replaces every match of ``pattern`` by ``spell(match)``. The pattern is compiled at its first use.

    Args:
        pattern: a regular expression.
        spell: gives the words for a match, or None to keep it.
        flags: flags of `re`; `re.ASCII` is always added.
        spaced: True puts a space between the words and a letter or digit beside them.
    """

    compiled: re.Pattern[str] | None = None

    def apply(text: OffsetText) -> OffsetText:
        nonlocal compiled
        if compiled is None:
            compiled = re.compile(pattern, flags | re.ASCII)
        return text if compiled.search(text.text) is None else text.sub(compiled, spell, spaced)

    return apply


def when(trigger: str, rules: Iterable[Rule]) -> Rule:
    """Apply ``rules`` in order to texts that contain ``trigger``. Most texts skip them, which saves time."""
    rules, find = tuple(rules), re.compile(trigger, re.ASCII).search
    return lambda text: functools.reduce(lambda done, rule: rule(done), rules, text) if find(text.text) else text


def any_of(words: Iterable[str]) -> str:
    """A pattern that matches any of ``words``. Longer words are tried first.

    Words with the same first letter share it, so that a search tries few alternatives at each place.
    """
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(re.escape(word[:1]), []).append(re.escape(word[1:]))
    return "|".join(first if rest == [""] else f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items())
