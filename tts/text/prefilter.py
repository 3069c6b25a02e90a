"""Find out quickly that a regular expression cannot match a text: the text lacks characters that it needs.

Most rules match few texts. A search costs more than this test, which is made for all rules of a group at once.
"""

from __future__ import annotations

import functools
import re
import threading
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from operator import or_
from typing import Any, Generic, TypeVar

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
#: The same for sets of pairs of characters: number of pairs in a set, and of sets for a pattern.
MOST_PAIRS, MOST_PAIR_SETS = 150, 4
#: To search for fewer patterns is quicker than to look for their pairs.
FEW = 8
#: Number of results that each filter keeps.
MAX_IN_MEMORY = 500
_DIGITS = frozenset("0123456789")
_ASCII, _IGNORE_CASE = int(re.ASCII), int(re.IGNORECASE)
#: Characters from common to rare, as English texts and the words for numbers have them.
_COMMON = " etoainsrhldufcmvwygpbkxjqz.,0123456789"


_Part = TypeVar("_Part", bound="str | int")


class PatternFilter:
    """Tells which of several patterns may match a text.

    Args:
        patterns: the pattern and the flags of each; None for one that may match any text.
    """

    def __init__(self, patterns: Iterable[tuple[str, int] | None]) -> None:
        self._characters: list[int] = []  # for each pattern the bits of the sets that it needs
        self._pairs: list[int] = []
        for one in patterns:
            sets = needed_characters(*one)[:MOST_SETS] if one else ()
            digits = _DIGIT_COUNTS[: needed_digits(*one)] if one else ()
            self._characters.append(_characters_of.bits([*sets, *(frozenset([one]) for one in digits)]))
            pairs = needed_pairs(*one)[:MOST_PAIR_SETS] if one else ()
            self._pairs.append(_pairs_of.bits([frozenset(map(_number_of, some)) for some in pairs]))
            if one:
                first_characters(*one)  # its rule asks for them later; now the pattern is parsed
        self._mask = functools.reduce(or_, self._characters, 0)
        self._known: dict[int, tuple[int, ...]] = {}

    def possible(self, text: str, first: int = 0) -> tuple[int, ...]:
        """The indices of the patterns that may match ``text``, in order, from ``first`` on."""
        possible = self.by_characters(text)
        return self.by_pairs(text, possible[bisect_left(possible, first) :])

    def by_pairs(self, text: str, possible: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the patterns ``possible`` whose pairs of characters ``text`` has, if they are many."""
        if len(possible) < FEW:
            return possible
        found, pairs = _pairs_of.present(text), self._pairs
        return tuple([i for i in possible if found & pairs[i] == pairs[i]])

    def by_characters(self, text: str) -> tuple[int, ...]:
        """`possible` by a test that is quicker and excludes fewer patterns."""
        found = _characters_of.present(text) & self._mask
        possible = self._known.get(found)
        if possible is None:
            if len(self._known) >= MAX_IN_MEMORY:
                self._known.clear()
            possible = tuple([i for i, needed in enumerate(self._characters) if found & needed == needed])
            self._known[found] = possible
        return possible


class _Sets(Generic[_Part]):
    """Sets of parts of a text, each with a bit. All filters share them, so that a text is searched once for all.

    Args:
        split: gives the parts of a text.
    """

    def __init__(self, split: Callable[[str], set[_Part]]) -> None:
        self._split = split
        self._sets: dict[frozenset[_Part], int] = {}
        self._bits: dict[_Part, int] = {}  # each part -> the bits of its sets
        self._listed: set[_Part] = set()  # the keys of `_bits`
        self._last = ("", 0, 0)  # text, number of sets, result
        self._lock = threading.Lock()

    def bits(self, sets: Collection[frozenset[_Part]]) -> int:
        """The bits of ``sets``."""
        with self._lock:
            for parts in sets:
                if parts not in self._sets:
                    bit = 1 << len(self._sets)
                    for one in parts:
                        self._bits[one] = self._bits.get(one, 0) | bit
                    self._listed |= parts
                    self._sets[parts] = bit  # last, because a result is valid for this number of sets
            return functools.reduce(or_, map(self._sets.__getitem__, sets), 0)

    def present(self, text: str) -> int:
        """The bits of the sets that have a part of ``text``. The last result is kept."""
        known, num_sets, found = self._last
        if known is text and num_sets == len(self._sets):
            return found
        num_sets = len(self._sets)
        found = functools.reduce(or_, map(self._bits.__getitem__, self._listed.intersection(self._split(text))), 0)
        self._last = text, num_sets, found
        return found


#: A string for each number of digits that a text has at least. They stand with its characters.
_DIGIT_COUNTS = [f"{n} digits" for n in range(1, MOST_DIGITS + 1)]


def _characters_in(text: str) -> set[str]:
    num_digits = sum(map(text.count, "0123456789"))
    return {*text, *_DIGIT_COUNTS[:num_digits]} if num_digits else {*text}


def _pairs_in(text: str) -> set[int]:
    """Every two characters beside each other as a number, because numbers are made more quickly than strings.

    Characters above U+00FF count as "?", so that a number has few bits. It excludes a little less.
    """
    codes, length = memoryview(text.encode("latin-1", "replace")), len(text)
    odd = length % 2
    return {*codes[: length - odd].cast("H"), *codes[1 : length - 1 + odd].cast("H")}


@functools.cache  # the same pairs are in the sets of many patterns
def _number_of(pair: str) -> int:
    return _pairs_in(pair).pop()


_characters_of, _pairs_of = _Sets(_characters_in), _Sets(_pairs_in)


def needed_characters(pattern: str, flags: int = 0) -> tuple[frozenset[str], ...]:
    """Sets of characters: a text without any character of one of the sets has no match of ``pattern``.

    The sets of rare characters come first. A part that may match any character gives no set, so the result may be
    empty.

    >>> [sorted(characters) for characters in needed_characters("[€$]x+y?")]
    [['$', '€'], ['x']]
    """
    tree, flags = _parsed(pattern, flags)
    found = {one for one in _of_sequence(tree, flags) if len(one) <= MOST_CHARACTERS or one.isdisjoint(_COMMON)}
    return tuple(sorted(found, key=_rarity))


def needed_pairs(pattern: str, flags: int = 0) -> tuple[frozenset[str], ...]:
    """Sets of pairs: a text in which no pair of one of the sets stands has no match of ``pattern``. Small sets first.

    >>> [sorted(pairs) for pairs in needed_pairs("x[ab]c?(?=d)")]
    [['xa', 'xb'], ['ad', 'bd', 'cd']]
    """
    tree, flags = _parsed(pattern, flags)
    found = set(_pairs_of_sequence(tree, flags, None))
    return tuple(sorted(found, key=lambda pairs: (len(pairs), min(pairs))))


def needed_digits(pattern: str, flags: int = 0) -> int:
    """The least number of digits in a text that ``pattern`` matches, at most `MOST_DIGITS`.

    >>> needed_digits(r"\\d{3}-\\d{4}")
    7
    """
    tree, flags = _parsed(pattern, flags)
    return min(_least_digits(tree, flags), MOST_DIGITS)


@functools.lru_cache(maxsize=1)  # the functions above ask for the same pattern
def _parsed(pattern: str, flags: int) -> tuple[Any, int]:
    """The parts of a pattern, and its flags."""
    tree = parser.parse(pattern, flags | re.ASCII)
    return tree.data, int(tree.state.flags)


@functools.cache
def first_characters(pattern: str, flags: int = 0) -> str:
    """A class for `re` of the characters with which every match begins. Empty if it may begin with any, or be empty.

    >>> first_characters(r"(?<!\\w)(?P<sign>[$€])\\d|x+y")
    '[$x€]'
    """
    tree, flags = _parsed(pattern, flags)
    edge, optional = _edge(tree, flags, 1)
    return f"[{''.join(map(re.escape, sorted(edge)))}]" if edge and not optional else ""


def _of_sequence(sequence: Any, flags: int) -> list[frozenset[str]]:
    """The sets that every match of all the parts of ``sequence`` needs."""
    found: list[frozenset[str]] = []
    for code, value in getattr(sequence, "data", sequence):
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
        elif kind is codes.CATEGORY and item is codes.CATEGORY_DIGIT and flags & _ASCII:
            found |= _DIGITS
        else:
            return frozenset()
    if flags & _IGNORE_CASE:
        found |= {c.lower() for c in found} | {c.upper() for c in found}
    return frozenset(found)


def _rarity(characters: frozenset[str]) -> tuple[int, list[str]]:
    """A key that sorts the sets whose test excludes most texts first."""
    return sum(2 if (at := _COMMON.find(c)) < 0 else len(_COMMON) - at for c in characters), sorted(characters)


def _least_digits(sequence: Any, flags: int) -> int:
    """The least number of digits that all the parts of ``sequence`` match."""
    matched, asserted = 0, 0
    for code, value in getattr(sequence, "data", sequence):
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


#: The characters of which one stands at a place; None if it may be any character, or none.
_Edge = frozenset[str] | None
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)
_ZERO_WIDTH = (codes.AT, codes.ASSERT, codes.ASSERT_NOT)


def _pairs_of_sequence(sequence: Any, flags: int, before: _Edge) -> list[frozenset[str]]:
    """The sets of pairs that every match of all the parts of ``sequence`` needs. ``before`` stands before it."""
    found: list[frozenset[str]] = []
    for code, value in getattr(sequence, "data", sequence):
        if code is codes.ASSERT:
            ahead = value[0] > 0
            found += _pairs_of_sequence(value[1], flags, before if ahead else None)
            behind, empty = _edge(value[1], flags, -1)
            if not (ahead or empty or behind is None):
                before = behind
        elif code not in _ZERO_WIDTH:
            found += _pairs_of_part(code, value, flags, before)
            first, optional = _edge([(code, value)], flags, 1)
            last = _edge([(code, value)], flags, -1)[0]
            if before is not None and first is not None and not optional:
                found += _pairs(before, first)
            before = _either(before, last) if optional else last
    return found


def _pairs_of_part(code: Any, value: Any, flags: int, before: _Edge) -> list[frozenset[str]]:
    if code is codes.SUBPATTERN:
        return _pairs_of_sequence(value[3], (flags | value[1]) & ~value[2], before)
    if code in _REPEATS:
        return _pairs_of_sequence(value[2], flags, before) if value[0] else []
    if code is codes.BRANCH:
        branches = [_pairs_of_sequence(branch, flags, before) for branch in value[1]]
        if all(branches):
            union = frozenset().union(*(min(sets, key=len) for sets in branches))
            return [union] if len(union) <= MOST_PAIRS else []
    return []


def _pairs(before: frozenset[str], after: frozenset[str]) -> list[frozenset[str]]:
    return [frozenset(b + a for b in before for a in after)] if len(before) * len(after) <= MOST_PAIRS else []


def _edge(sequence: Any, flags: int, step: int) -> tuple[_Edge, bool]:
    """The first characters (``step`` 1) or the last ones (-1) of ``sequence``, and whether it may be empty."""
    found: _Edge = frozenset()
    for code, value in getattr(sequence, "data", sequence)[::step]:
        if code in _ZERO_WIDTH:
            continue
        edge, optional = _edge_of_part(code, value, flags, step)
        found = _either(found, edge)
        if not optional:
            return found, False
    return found, True


def _edge_of_part(code: Any, value: Any, flags: int, step: int) -> tuple[_Edge, bool]:
    if code in (codes.LITERAL, codes.IN):
        return _characters(code, value, flags) or None, False
    if code in (codes.ANY, codes.NOT_LITERAL):
        return None, False
    if code is codes.SUBPATTERN:
        return _edge(value[3], (flags | value[1]) & ~value[2], step)
    if code in _REPEATS:
        edge, optional = _edge(value[2], flags, step)
        return edge, optional or not value[0]
    if code is codes.BRANCH:
        edges = [_edge(branch, flags, step) for branch in value[1]]
        union: _Edge = frozenset()
        for edge, _ in edges:
            union = _either(union, edge)
        return union, any(optional for _, optional in edges)
    return None, True


def _either(one: _Edge, other: _Edge) -> _Edge:
    return None if one is None or other is None else one | other
