"""Divides numbers in words, so that the phoneme cache holds their words and not every number."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FEW = ("zero", "ten", "eleven", "twelve")
_SCALES = ("hundred", "thousand", "million", "billion", "trillion")
_OPERATORS = ("point", "plus", "minus", "times", "equals")
_WORDS = frozenset(
    [*_FEW, *_UNITS, *_TEENS, *_TENS, *(f"{ten}-{unit}" for ten in _TENS for unit in _UNITS), *_SCALES, *_OPERATORS]
)
#: Before another word, "one" has more stress than at the end, and a British "four" may end in r.
_BEFORE = frozenset(word for word in _WORDS if not word.endswith(("one", "four"))) | {"squared", "cubed"}


def divide_numbers(words: Sequence[str]) -> list[Sequence[str]]:
    """Divide ``words`` between the words of a number: the phonemes of the parts are those of the whole.

    >>> divide_numbers("of two thousand one hundred years".split())
    [['of', 'two'], ['thousand'], ['one', 'hundred', 'years']]
    """
    if _BEFORE.isdisjoint(words):
        return [words]
    cuts = [i for i, pair in enumerate(itertools.pairwise(words), 1) if pair[0] in _BEFORE and pair[1] in _WORDS]
    return [words[start:end] for start, end in itertools.pairwise([0, *cuts, len(words)])]
