"""Which symbols are letters, and which words of the text they were made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

Span = tuple[int, int]  # characters of the text, end exclusive


class SymbolWord(NamedTuple):
    """A word as it is spoken, and as it was written."""

    first: int  # symbols, inclusive
    last: int
    text: str | None = None  # where it is known
    start: int | None = None  # characters of the text
    end: int | None = None


@lru_cache(maxsize=4096)
def is_spoken(symbol: str) -> bool:
    """True for letters: neither punctuation, nor spaces, nor marks of stress and length, nor combining signs."""
    return all(unicodedata.category(character) in ("Ll", "Lu", "Lo") for character in symbol) and symbol != ""


def words_of(symbols: Sequence[str], text: str, spans: Sequence[Span | None] | None = None) -> list[SymbolWord]:
    """The words among ``symbols``, and where each stands in ``text`` as far as can be told.

    With ``spans``, for each symbol its place in ``text`` or None, that is exact. Without, words are counted from one
    punctuation mark to the next: where both sides have as many they belong together; where numbers were spelt out
    or a phonemizer joined two words, those of the clause stay unnamed.
    """
    words = _spoken_words(symbols)
    if spans is not None:
        return [_spanned(word, text, spans) for word in words]
    spoken, written = _spoken_clauses(words, symbols), _written_clauses(text)
    if len(spoken) != len(written):
        spoken, written = [words], [[match for clause in written for match in clause]]
    named = []
    for clause, matches in zip(spoken, written):
        fits = len(clause) == len(matches)
        named += [_named(word, match) for word, match in zip(clause, matches)] if fits else clause
    return named


def _spoken_words(symbols: Sequence[str]) -> list[SymbolWord]:
    """Stretches of letters and their marks."""
    words = []
    for inside, group in groupby(range(len(symbols)), key=lambda j: _is_in_word(symbols[j])):
        places = list(group)
        if inside and any(is_spoken(symbols[j]) for j in places):
            words.append(SymbolWord(places[0], places[-1]))
    return words


@lru_cache(maxsize=4096)
def _is_in_word(symbol: str) -> bool:
    return all(unicodedata.category(character)[0] in "LM" or character == "˞" for character in symbol)


def _spoken_clauses(words: list[SymbolWord], symbols: Sequence[str]) -> list[list[SymbolWord]]:
    clauses: list[list[SymbolWord]] = []
    for i, word in enumerate(words):
        before = symbols[words[i - 1].last + 1 : word.first] if i else "."
        if any(not symbol.isspace() for symbol in before):
            clauses.append([])
        clauses[-1].append(word)
    return clauses


def _written_clauses(text: str) -> list[list[re.Match[str]]]:
    clauses: list[list[re.Match[str]]] = [[]]
    for match in re.finditer(r"[^\s—]+|—", text):
        if any(character.isalnum() for character in match[0]):
            clauses[-1].append(match)
        if re.search(r"[^\w\s'-]+$|^\W+$", match[0]):
            clauses.append([])
    return [clause for clause in clauses if clause]


def _spanned(word: SymbolWord, text: str, spans: Sequence[Span | None]) -> SymbolWord:
    places = [span for span in spans[word.first : word.last + 1] if span is not None]
    if not places:
        return word
    start, end = min(start for start, _ in places), max(end for _, end in places)
    return SymbolWord(word.first, word.last, text[start:end], start, end)


def _named(word: SymbolWord, match: re.Match[str]) -> SymbolWord:
    return SymbolWord(word.first, word.last, match[0], match.start(), match.end())
