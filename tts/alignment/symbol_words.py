"""Maps symbols to letters and to the words of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from tts.core.word import Word

Span = tuple[int, int]  # characters of the text, end exclusive


@lru_cache(maxsize=4096)
def is_spoken(symbol: str) -> bool:
    """True for letters: neither punctuation, nor spaces, nor marks of stress and length, nor combining signs."""
    return all(unicodedata.category(character) in ("Ll", "Lu", "Lo") for character in symbol) and symbol != ""


def words_of(symbols: Sequence[str], text: str, spans: Sequence[Span | None] | None = None) -> list[Word]:
    """The words among ``symbols``, each with its position in ``text`` if that can be determined.

    With ``spans``, for each symbol its position in ``text`` or None, this is exact. Without them, words are counted
    from one punctuation mark to the next. If symbols and text have the same number of words in a clause, the words
    are matched. If numbers were spelled out or a phonemizer joined two words, the words of the clause have no text.
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


def _spoken_words(symbols: Sequence[str]) -> list[Word]:
    """Runs of letters and their stress and length marks."""
    words = []
    for inside, group in groupby(range(len(symbols)), key=lambda j: _is_in_word(symbols[j])):
        places = list(group)
        if inside and any(is_spoken(symbols[j]) for j in places):
            words.append(Word("", token_start=places[0], token_end=places[-1] + 1))
    return words


@lru_cache(maxsize=4096)
def _is_in_word(symbol: str) -> bool:
    return all(unicodedata.category(character)[0] in "LM" or character == "˞" for character in symbol)


def _spoken_clauses(words: list[Word], symbols: Sequence[str]) -> list[list[Word]]:
    clauses: list[list[Word]] = []
    for i, word in enumerate(words):
        before = symbols[words[i - 1].token_end : word.token_start] if i else "."
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


def _spanned(word: Word, text: str, spans: Sequence[Span | None]) -> Word:
    places = [span for span in spans[word.token_start : word.token_end] if span is not None]
    if not places:
        return word
    start, end = min(start for start, _ in places), max(end for _, end in places)
    return word._replace(text=text[start:end], char_start=start, char_end=end)


def _named(word: Word, match: re.Match[str]) -> Word:
    return word._replace(text=match[0], char_start=match.start(), char_end=match.end())
