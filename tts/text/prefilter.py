"""Find out quickly that a regular expression cannot match a text: the text lacks characters that it needs.

Most rules match few texts. A search costs more than this test, which is made for all rules of a group at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

try:
    from re import _constants as codes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_constants as codes  # type: ignore[no-redef]
    import sre_parse as parser  # type: ignore[no-redef]

#: A larger set of characters is in almost every text, so it is not tested.
MOST_CHARACTERS = 40
#: Number of sets that are tested for a pattern, and number of digits that are counted.
MOST_SETS, MOST_DIGITS = 5, 12
_DIGITS = frozenset("0123456789")
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
#: Characters from common to rare, as English texts and the words for numbers have them.
_COMMON = " etoainsrhldufcmvwygpbkxjqz.,0123456789"


class PatternFilter:
    """Tells which of several patterns may match a text.

    Pattern i may match if ``found & needed[i] == needed[i]``, where ``found`` is `present` of the text.

    Args:
        patterns: the pattern and the flags of each; None for one that may match any text.
    """

    def __init__(self, patterns: Iterable[tuple[str, int] | None]) -> None:
        bits: dict[frozenset[str], int] = {}
        self.needed: list[int] = []
        for one in patterns:
            sets, digits = (needed_characters(*one), needed_digits(*one)) if one else ((), 0)
            needed = sum(bits.setdefault(characters, 1 << len(bits) + MOST_DIGITS) for characters in sets[:MOST_SETS])
            self.needed.append(needed | (1 << digits) - 1)  # the lowest bits count digits
        self._bits = {c: sum(bit for one, bit in bits.items() if c in one) for c in frozenset().union(*bits)}
        self._listed = frozenset(self._bits)

    def present(self, text: str) -> int:
        """A bit for each set that has a character of ``text``, and for each digit."""
        num_digits = len(text) - len(text.translate(_WITHOUT_DIGITS))
        found = (1 << min(num_digits, MOST_DIGITS)) - 1
        for c in self._listed.intersection(text):
            found |= self._bits[c]
        return found


def needed_characters(pattern: str, flags: int = 0) -> tuple[frozenset[str], ...]:
    """Sets of characters: a text without any character of one of the sets has no match of ``pattern``.

    The sets of rare characters come first. A part that may match any character gives no set, so the result may be
    empty.

    >>> [sorted(characters) for characters in needed_characters("[€$]x+y?")]
    [['$', '€'], ['x']]
    """
    tree = parser.parse(pattern, flags | re.ASCII)
    found = {characters for characters in _of_sequence(tree, tree.state.flags) if len(characters) <= MOST_CHARACTERS}
    return tuple(sorted(found, key=_rarity))


def needed_digits(pattern: str, flags: int = 0) -> int:
    """The least number of digits in a text that ``pattern`` matches, at most `MOST_DIGITS`.

    >>> needed_digits(r"\\d{3}-\\d{4}")
    7
    """
    tree = parser.parse(pattern, flags | re.ASCII)
    return min(_least_digits(tree, tree.state.flags), MOST_DIGITS)


def _of_sequence(sequence: Any, flags: int) -> list[frozenset[str]]:
    """The sets that every match of all the parts of ``sequence`` needs."""
    found: list[frozenset[str]] = []
    for code, value in sequence:
        found += _of_part(code, value, flags)
    return found


def _of_part(code: Any, value: Any, flags: int) -> list[frozenset[str]]:
    if code in (codes.LITERAL, codes.IN):
        characters = _characters(code, value, flags)
        return [characters] if characters else []
    if code is codes.SUBPATTERN:
        return _of_sequence(value[3], (flags | value[1]) & ~value[2])
    if code is codes.ASSERT:
        return _of_sequence(value[1], flags)
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        return _of_sequence(value[2], flags) if value[0] else []
    if code is codes.BRANCH:
        return _of_branches([_of_sequence(branch, flags) for branch in value[1]])
    return []


def _of_branches(branches: list[list[frozenset[str]]]) -> list[frozenset[str]]:
    """One set for all branches: the union of the rarest set of each. None if a branch needs nothing."""
    return [frozenset().union(*(min(sets, key=_rarity) for sets in branches))] if all(branches) else []


def _characters(code: Any, value: Any, flags: int) -> frozenset[str]:
    """The characters of a literal or of a class in brackets. Empty if they cannot be listed."""
    found: set[str] = set()
    for kind, item in [(code, value)] if code is codes.LITERAL else value:
        if kind is codes.LITERAL:
            found.add(chr(item))
        elif kind is codes.RANGE and item[1] - item[0] < MOST_CHARACTERS:
            found.update(map(chr, range(item[0], item[1] + 1)))
        elif kind is codes.CATEGORY and item is codes.CATEGORY_DIGIT and flags & re.ASCII:
            found |= _DIGITS
        else:
            return frozenset()
    if flags & re.IGNORECASE:
        found |= {c.lower() for c in found} | {c.upper() for c in found}
    return frozenset(found)


def _rarity(characters: frozenset[str]) -> tuple[int, list[str]]:
    """A key that sorts the sets whose test excludes most texts first."""
    return sum(2 if (at := _COMMON.find(c)) < 0 else len(_COMMON) - at for c in characters), sorted(characters)


def _least_digits(sequence: Any, flags: int) -> int:
    """The least number of digits that all the parts of ``sequence`` match."""
    matched, asserted = 0, 0
    for code, value in sequence:
        if code is codes.ASSERT:
            asserted = max(asserted, _least_digits(value[1], flags))  # it may see the digits of other parts
        elif code is codes.SUBPATTERN:
            matched += _least_digits(value[3], (flags | value[1]) & ~value[2])
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            matched += min(value[0], MOST_DIGITS) * _least_digits(value[2], flags)
        elif code is codes.BRANCH:
            matched += min(_least_digits(branch, flags) for branch in value[1])
        elif code in (codes.LITERAL, codes.IN):
            characters = _characters(code, value, flags)
            matched += bool(characters) and characters <= _DIGITS
    return max(matched, asserted)
