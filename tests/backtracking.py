"""Counts the steps of Python's regular expressions, so that a test of their cost does not depend on a clock.

`Matcher` walks the tree that `re` parses a pattern to, as a backtracking engine does, and counts the nodes it visits.
`attacks` writes texts that almost match: what a repetition accepts many times over, then something that fits nowhere.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

try:
    from re import _constants as ops
    from re import _parser as parser
except ImportError:  # Python 3.10
    import sre_constants as ops
    import sre_parse as parser

REPEATS = {op for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if (op := getattr(ops, name, None))}
CATEGORIES = {
    ops.CATEGORY_DIGIT: str.isdigit,
    ops.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    ops.CATEGORY_SPACE: str.isspace,
    ops.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    ops.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    ops.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}
ALPHABET = "aZ0_ .,-'\"<>\n\té½字/:;!?()[]{}$%&#@*+=\\|^~`IVXs"
Continue = Callable[[int], bool]


class TooManyStepsError(Exception):
    """The match needs more steps than allowed."""


class Matcher:
    """A pattern for a backtracking engine."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
        self._ignore_case = bool(pattern.flags & re.IGNORECASE)
        self._dot_all = bool(pattern.flags & re.DOTALL)

    def steps(self, text: str, limit: int) -> int:
        """Steps of finding every match in ``text``; raises `TooManyStepsError` beyond ``limit``."""
        self._text, self._count, self._limit, self._groups = text, 0, limit, {}
        start, end = 0, [0]

        def found(i: int) -> bool:
            end[0] = i
            return True

        while start <= len(text):
            self._groups.clear()
            start = max(end[0], start + 1) if self._sequence(list(self.tree), 0, start, found) else start + 1
        return self._count

    def _sequence(self, nodes: list, at: int, i: int, after: Continue) -> bool:
        if at == len(nodes):
            return after(i)
        return self._node(nodes[at], i, lambda j: self._sequence(nodes, at + 1, j, after))

    def _node(self, node: tuple, i: int, after: Continue) -> bool:
        self._count += 1
        if self._count > self._limit:
            raise TooManyStepsError
        op, value = node
        if op in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN):
            return i < len(self._text) and self._accepts(op, value, self._text[i]) and after(i + 1)
        if op in REPEATS:
            low, high, body = value
            return self._repeat(list(body), low, high, op is ops.MIN_REPEAT, 0, i, -1, after)
        if op is ops.SUBPATTERN:
            return self._sequence(list(value[3]), 0, i, lambda j: self._close(value[0], i, j, after))
        if op is ops.BRANCH:
            return any(self._sequence(list(branch), 0, i, after) for branch in value[1])
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return self._looks(value, i) is (op is ops.ASSERT) and after(i)
        if op is ops.AT:
            return self._at(value, i) and after(i)
        if op is ops.GROUPREF:
            start, end = self._groups.get(value, (0, 0))
            return self._text.startswith(self._text[start:end], i) and after(i + end - start)
        if op is getattr(ops, "ATOMIC_GROUP", None):
            return self._sequence(list(value), 0, i, after)  # counted as if it gave back: never too few steps
        raise NotImplementedError(op)

    def _repeat(self, body, low, high, lazy, done, i, last, after) -> bool:
        def once_more(i: int) -> bool:
            if done >= high or (done >= low and i == last):
                return False
            return self._sequence(body, 0, i, lambda j: self._repeat(body, low, high, lazy, done + 1, j, i, after))

        if done < low:
            return once_more(i)
        return (after(i) or once_more(i)) if lazy else (once_more(i) or after(i))

    def _close(self, group: int | None, i: int, j: int, after: Continue) -> bool:
        if group is not None:
            self._groups[group] = (i, j)
        return after(j)

    def _looks(self, value: tuple, i: int) -> bool:
        direction, body = value
        if direction > 0:
            return self._sequence(list(body), 0, i, lambda j: True)
        low, high = body.getwidth()
        starts = range(max(0, i - min(high, i)), i - low + 1)
        return any(self._sequence(list(body), 0, start, lambda j: j == i) for start in starts)

    def _at(self, where: Any, i: int) -> bool:
        text = self._text
        if where in (ops.AT_BEGINNING, ops.AT_BEGINNING_STRING):
            return i == 0
        if where in (ops.AT_END, ops.AT_END_STRING):
            return i == len(text)
        word = CATEGORIES[ops.CATEGORY_WORD]
        edge = (i > 0 and word(text[i - 1])) != (i < len(text) and word(text[i]))
        return edge is (where is ops.AT_BOUNDARY)

    def _accepts(self, op: Any, value: Any, c: str) -> bool:
        if op is ops.ANY:
            return self._dot_all or c != "\n"
        if op is ops.IN:
            return accepts(value, c) or (self._ignore_case and accepts(value, c.swapcase()))
        same = ord(c) == value or (self._ignore_case and ord(c.swapcase()[:1]) == value)
        return same is (op is ops.LITERAL)


def accepts(items: list, c: str) -> bool:
    """Whether a character class holds ``c``."""
    negated = items[0][0] is ops.NEGATE
    for op, value in items:
        if (
            (op is ops.LITERAL and ord(c) == value)
            or (op is ops.RANGE and value[0] <= ord(c) <= value[1])
            or (op is ops.CATEGORY and CATEGORIES[value](c))
        ):
            return not negated
    return negated


class Writer:
    """Texts that a tree matches, with one of its repetitions repeated ``times`` times."""

    def __init__(self, choose: random.Random, long: int, times: int) -> None:
        self._choose, self._long, self._times, self._seen = choose, long, times, -1

    def write(self, nodes: Any) -> str:
        """A text for the nodes in order, without lookaheads and lookbehinds."""
        return "".join(self._one(op, value) for op, value in nodes)

    def _one(self, op: Any, value: Any) -> str:
        if op is ops.LITERAL:
            return chr(value)
        if op is ops.NOT_LITERAL:
            return self._choose.choice([c for c in ALPHABET if ord(c) != value])
        if op is ops.ANY:
            return self._choose.choice("a.<")
        if op is ops.IN:
            known = [chr(v) for o, v in value if o is ops.LITERAL] + [chr(v[0]) for o, v in value if o is ops.RANGE]
            fits = [c for c in [*ALPHABET, *known] if accepts(value, c)]
            return self._choose.choice(fits or ["a"])
        if op is ops.SUBPATTERN:
            return self.write(value[3])
        if op is ops.BRANCH:
            return self.write(self._choose.choice(value[1]))
        if op in REPEATS:
            low, high, body = value
            self._seen += 1
            if self._seen == self._long and high > 1:
                unit = self.write(body)
                return unit * min(self._times, int(high))
            return "".join(self.write(body) for _ in range(max(low, min(1, int(high)))))
        return ""


def repeats(nodes: Any) -> int:
    """Number of repetitions in a tree."""
    count = 0
    for op, value in nodes:
        if op in REPEATS:
            count += 1 + repeats(value[2])
        elif op is ops.SUBPATTERN:
            count += repeats(value[3])
        elif op is ops.BRANCH:
            count += sum(repeats(branch) for branch in value[1])
    return count


def attacks(matcher: Matcher, times: int, seeds: int = 1) -> Iterator[str]:
    """Texts that cause much backtracking in each repetition of the pattern."""
    for long in range(repeats(matcher.tree)):
        for seed in range(seeds):
            text = Writer(random.Random(seed), long, times).write(matcher.tree)
            yield text + "\0"
            yield text[: len(text) * 3 // 4] + "\0"
            yield text[: times + 2] * 2 + "\0"


sys.setrecursionlimit(max(sys.getrecursionlimit(), 30_000))
