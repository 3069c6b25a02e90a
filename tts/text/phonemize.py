"""Words to IPA through espeak-ng. Each phoneme gets the source span of its word.

espeak-ng drops punctuation, and it joins some words ("of the"), so punctuation cannot be restored from its output.
So this module cuts the text at punctuation, passes the parts between to espeak-ng, and then inserts the punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from tts.text import espeak
from tts.text.espeak_input import calls
from tts.text.language import Language, written_language
from tts.text.offsets import OffsetText
from tts.text.phoneme_cache import PhonemeCache
from tts.text.phoneme_words import assign_phonemes
from tts.text.unicode_cleanup import FIRST_PLACEHOLDER, LETTER_A, PLACEHOLDER, is_placeholder

_MARKS = re.compile(r"[.,;:!?…—()\"«»¡¿]+")
#: These marks divide even two letters or digits.
_DIVIDING = frozenset('—()"…')
_WORD = re.compile(rf"{PLACEHOLDER}\.?|[^\s{PLACEHOLDER[1:-1]}]+")
_PLACEHOLDER = re.compile(PLACEHOLDER)
#: Number of text parts whose phonemes by word are kept in memory.
MAX_IN_MEMORY = 5000
#: espeak-ng reads one of these words in place of inline phonemes, so that the words around them sound right.
_BEFORE_VOWEL, _BEFORE_CONSONANT = "egg", "dog"
_VOWEL = re.compile("[ˈˌ]?[aeiouæɐɑɒɔəɚɛɜɪʊʌ]")


class Phonemizer:
    """Text of one language to IPA with stress marks and punctuation. A space separates words.

    Args:
        language: an espeak-ng language, for example "en-us", "en-gb" or "de".
        cached: whether phonemes are stored on disk (see `tts.text.phoneme_cache`).
        rules: tell which full stops belong to words and which words are pronounced apart; None uses those of the
            language.

    Raises:
        AttuneError: espeak-ng does not support the language; the message lists the supported ones.
    """

    def __init__(self, language: str = "en-us", cached: bool = True, rules: Language | None = None):
        self.language = language
        self._rules = written_language(language) if rules is None else rules
        self._by_word_cache: dict[str, tuple[Sequence[str], frozenset[int]]] = {}
        self._cache = PhonemeCache(f"phonemes-{language}-{espeak.build_id()}" if cached else None)
        if self._cache.get("") is None:  # if the cache has entries, espeak-ng supports the language
            espeak.check_language(language)
            self._cache.put("", "")

    def __call__(self, text: str) -> str:
        """The phonemes of ``text``, which should be normalized. Empty if espeak-ng reads nothing."""
        return self.with_offsets(OffsetText(text)).text

    def with_offsets(
        self, text: OffsetText, fixed: Sequence[str] = (), overrides: Mapping[int, str] | None = None
    ) -> OffsetText:
        """The phonemes of ``text``, each with the source span of its word.

        Args:
            text: normalized text.
            fixed: phonemes of the placeholders in the text, by their number.
            overrides: {position in ``text`` where a word begins: its phonemes}, used instead of espeak-ng's.
        """
        start, inner = 0, self._rules.inner_stops(text.text)
        built = _Phonemes(text, fixed, overrides or {})
        for left, right in _marks(text.text):
            if right == left + 1 and left in inner and text.text[left] == ".":
                continue
            self._add_stretch(built, start, left)
            built.copy(left, right)
            start = right
        self._add_stretch(built, start, len(text))
        return _tidy(built.result())

    def _add_stretch(self, built: _Phonemes, start: int, end: int) -> None:
        """Add the phonemes of a part without punctuation. Spaces at its ends are kept."""
        text = built.text
        stretch = text.text[start:end]
        found = list(_WORD.finditer(stretch))
        if not found:
            built.copy(start, min(start + 1, end))
            return
        words, replaced = [m[0] for m in found], {}
        if built.overrides or (not stretch.isascii() and _PLACEHOLDER.search(stretch)):
            asked = ((i, built.override(m[0], start + m.start())) for i, m in enumerate(found))
            replaced = {i: ipa for i, ipa in asked if ipa}
            words = [_placeholder(replaced[i]) if is_placeholder(word[0]) else word for i, word in enumerate(words)]
        places = built.spans(start, found)
        if stretch[0].isspace():
            built.add(" ", *text.span(start, start + 1))
        last, begins = len(found) - 1, built.begins
        phonemes, joined = self._by_word(words)
        for i, (begin, edge) in enumerate(places):
            built.add(replaced.get(i, phonemes[i]) if replaced else phonemes[i], begin, edge)
            if i < last and (i not in joined or i in replaced or i + 1 in replaced):
                after = begins[start + found[i + 1].start()]
                if edge <= after:
                    built.add(" ", edge, after)
                else:
                    built.add(" ", after, edge)
        if stretch[-1].isspace():
            built.add(" ", edge, edge)

    def word(self, word: str) -> str:
        """The phonemes of a word on its own."""
        return self._lookup(word)

    def _by_word(self, words: list[str]) -> tuple[Sequence[str], frozenset[int]]:
        """The phonemes of every word, and the indices of the words whose phonemes are joined to those of the next."""
        parts = self._rules.pronounced_apart(words)
        if len(parts) == 1:
            return self._part_by_word(words)
        phonemes: list[str] = []
        joined: list[int] = []
        for part in parts:
            found, inside = self._part_by_word(part)
            joined += [len(phonemes) + i for i in inside]
            phonemes += found
        return phonemes, frozenset(joined)

    def _part_by_word(self, words: Sequence[str]) -> tuple[Sequence[str], frozenset[int]]:
        """The result of `assign_phonemes`."""
        text = " ".join(words)
        shared = self._by_word_cache.get(text)
        if shared is None:
            if len(self._by_word_cache) >= MAX_IN_MEMORY:
                self._by_word_cache.clear()
            shared = self._by_word_cache[text] = assign_phonemes(words, self._lookup(text).split(), self._lookup)
        return shared

    def _lookup(self, words: str) -> str:
        """The phonemes of ``words`` from the cache, or from espeak-ng."""
        phonemes = self._cache.get(words)
        if phonemes is None:
            phonemes = " ".join(espeak.phonemes(part, self.language) for part in calls(words))
            self._cache.put(words, phonemes)
        return phonemes


def _marks(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the marks that are no part of a word.

    A mark between two letters or digits belongs to the word: "U.S", or "3.50" if espeak-ng reads the numbers.
    """
    for match in _MARKS.finditer(text):
        start, end = match.span()
        if not (start and end < len(text) and _is_word(text[start - 1]) and _is_word(text[end])):
            yield start, end
        elif end - start > 1:
            yield start, end - 1
            yield end - 1, end
        elif text[start] in _DIVIDING:
            yield start, end


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


class _Phonemes:
    """Builds the phonemes of ``text`` with their offsets."""

    def __init__(self, text: OffsetText, fixed: Sequence[str], overrides: Mapping[int, str]):
        self.text, self.overrides = text, overrides
        self.begins, self._stops = text.starts, text.ends
        self._ascending = sorted(self.begins) == self.begins and sorted(self._stops) == self._stops
        self._fixed = fixed
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, phonemes: str, start: int, end: int) -> None:
        """Append phonemes that come from ``source[start:end]``."""
        length = len(phonemes)
        self._parts.append(phonemes)
        self._starts += [start] * length
        self._ends += [end] * length

    def copy(self, start: int, end: int) -> None:
        """Append ``text[start:end]`` with its offsets."""
        self._parts.append(self.text.text[start:end])
        self._starts += self.begins[start:end]
        self._ends += self._stops[start:end]

    def spans(self, start: int, found: Sequence[re.Match[str]]) -> list[tuple[int, int]]:
        """The source spans of words that were found in ``text[start:]``."""
        if not self._ascending:
            return [self.text.span(start + m.start(), start + m.end()) for m in found]
        begins, stops = self.begins, self._stops  # the first and the last character of a word give its span
        return [(begins[start + left], stops[start + right - 1]) for left, right in (m.span() for m in found)]

    def override(self, word: str, start: int) -> str | None:
        """The phonemes that replace those of espeak-ng for the word at ``start``, or None."""
        if word[0] in LETTER_A.values():
            return "ˈeɪ"
        if is_placeholder(word[0]):
            return self._fixed[ord(word[0]) - FIRST_PLACEHOLDER]
        return self.overrides.get(start + len(word) - len(word.lstrip("'-"))) if self.overrides else None

    def result(self) -> OffsetText:
        """The phonemes."""
        return OffsetText("".join(self._parts), self._starts, self._ends)


def _placeholder(phonemes: str) -> str:
    return _BEFORE_VOWEL if _VOWEL.match(phonemes) else _BEFORE_CONSONANT


_BEFORE_CLOSING = re.compile(r"\s+(?=[.,;:!?…—)»])")
_AFTER_CLOSING = re.compile(r"(?<=[.,;:!?…—)»])(?=[^\s.,;:!?…—()\"«»])")
_AFTER_OPENING = re.compile(r"(?<=[(«¿¡])\s+")
_BLANKS = re.compile(r"\s(?:(?<! )\s*|\s+)")  # white space other than one blank


def _tidy(phonemes: OffsetText) -> OffsetText:
    """Remove spaces before a closing mark and put one space after it."""
    phonemes = phonemes.sub(_BEFORE_CLOSING, lambda m: "").sub(_AFTER_CLOSING, lambda m: " ")
    phonemes = phonemes.sub(_AFTER_OPENING, lambda m: "")
    return phonemes.sub(_BLANKS, lambda m: " ").strip()
