"""Rules of the text front end. A rule has a pattern and a function that gives the spoken form of a match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tts.text.offsets import OffsetText, Replacement
from tts.text.prefilter import PatternFilter, first_characters

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

    return PatternRule(pattern, spell, flags | re.ASCII, spaced)


def when(trigger: str, rules: Iterable[Rule]) -> Rule:
    """Apply ``rules`` in order to texts that contain ``trigger``. Most texts skip them, which saves time."""
    return Group(trigger, tuple(rules))


class PatternRule:
    """See `rule`."""

    def __init__(self, pattern: str, spell: Callable[[re.Match[str]], Replacement], flags: int, spaced: bool) -> None:
        self.pattern, self.flags = pattern, flags
        self._spell, self._spaced = spell, spaced
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern. A lookahead for the first character costs less than most lookbehinds and groups."""
        if self._compiled is None:
            first = first_characters(self.pattern, self.flags) if self.pattern.startswith("(") else ""
            self._compiled = re.compile(f"(?={first}){self.pattern}" if first else self.pattern, self.flags)
        return self._compiled

    def __call__(self, text: OffsetText) -> OffsetText:
        """Replace every match in ``text``."""
        compiled = self._compiled or self.compiled
        first = compiled.search(text.text)
        return text if first is None else text.sub(compiled, self._spell, self._spaced, first)


class Group:
    """See `when`. A rule is skipped if the text lacks what its pattern needs."""

    def __init__(self, trigger: str, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.trigger = re.compile(trigger, re.ASCII)
        self._filter: PatternFilter | None = None  # made when the trigger is found first: to parse patterns takes time

    def __call__(self, text: OffsetText) -> OffsetText:
        """Apply the rules whose patterns may match ``text``."""
        if self._filter is None:
            if self.trigger.search(text.text) is None:
                return text
            self._filter = PatternFilter(map(_pattern_of, self.rules))
        possible = self._filter.by_characters(text.text)
        if not possible or self.trigger.search(text.text) is None:
            return text
        rules, possible = self.rules, self._filter.by_pairs(text.text, possible)
        while possible:
            for i in possible:
                changed = rules[i](text)
                if changed is not text:
                    break
            else:
                break
            text = changed
            possible = self._filter.possible(text.text, i + 1) if i + 1 < len(rules) else ()
        return text


def _pattern_of(rule: Rule) -> tuple[str, int] | None:
    return (rule.pattern, rule.flags) if isinstance(rule, PatternRule) else None


def after(words: str) -> str:
    r"""A pattern for the place after one of ``words`` and a blank.

    `re` looks back over a fixed number of characters only, so the words of each length share a lookbehind.

    Args:
        words: words with "|" between them. A class such as ``[Hh]`` stands for one character.

    >>> print(after(r"press|[Hh]it|in|tap"))
    (?<= )(?:(?<=\b(?:press) )|(?<=\b(?:[Hh]it|tap) )|(?<=\b(?:in) ))
    """
    by_length: dict[int, list[str]] = {}
    for word in words.split("|"):
        by_length.setdefault(len(_CLASS.sub("x", word)), []).append(word)
    places = (rf"(?<=\b(?:{'|'.join(same)}) )" for same in by_length.values())
    return f"(?<= )(?:{'|'.join(places)})"


_CLASS = re.compile(r"\[[^]]*\]")


def any_of(words: Iterable[str]) -> str:
    """A pattern that matches any of ``words``. Longer words are tried first.

    Words with the same first letter share it, so that a search tries few alternatives at each place.
    """
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(re.escape(word[:1]), []).append(re.escape(word[1:]))
    return "|".join(first if rest == [""] else f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items())
