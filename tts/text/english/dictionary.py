"""A list of English words."""

from __future__ import annotations

import functools
from importlib.resources import files

#: Maximum length of the listed words, in letters.
MAX_LETTERS = 7


@functools.cache
def common_words() -> frozenset[str]:
    """Words and names of up to `MAX_LETTERS` letters, in lower case. The list is loaded at the first call."""
    lines = files("tts.text.english").joinpath("dictionary.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_word(letters: str) -> bool:
    """Whether ``letters``, in any case, is a common English word or name.

    >>> is_word("BIG"), is_word("FBI")
    (True, False)
    """
    return letters.lower() in common_words()


@functools.cache
def _lists() -> dict[str, frozenset[str]]:
    text = files("tts.text.english").joinpath("lists.txt").read_text(encoding="utf-8")
    sections = (section.split("]", 1) for section in text.split("\n[")[1:])
    return {name: frozenset(words.split()) for name, words in sections}


def word_list(name: str) -> frozenset[str]:
    """The words of a section of ``lists.txt``."""
    return _lists()[name]
