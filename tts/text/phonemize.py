"""Words to IPA through espeak-ng, each phoneme with the place of its word in the source.

espeak drops punctuation, and putting it back afterwards misplaces it around words that espeak joins ("of the" is one).
So the text is cut at its punctuation here, espeak reads the stretches between, and the marks return to where they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tts.text import espeak
from tts.text.espeak_input import calls
from tts.text.language import written_language
from tts.text.offsets import OffsetText
from tts.text.phoneme_cache import PhonemeCache
from tts.text.phoneme_words import share
from tts.text.unicode_cleanup import FIRST_PLACEHOLDER, LETTER_A, PLACEHOLDER, is_placeholder

_MARKS = r"[.,;:!?…—()\"«»¡¿]+"
#: A mark between two letters or digits belongs to the word ("U.S", "3.50" in a language whose numbers espeak reads).
_MARK = re.compile(rf"(?<!\w){_MARKS}|{_MARKS}(?!\w)|[—()\"…]+")
_WORD = re.compile(rf"{PLACEHOLDER}\.?|[^\s{PLACEHOLDER[1:-1]}]+")
#: Stretches whose words and phonemes are kept together in memory.
REMEMBERED = 5000
#: What espeak says instead of what is given, so that the words around it are said as they would be.
_BEFORE_VOWEL, _BEFORE_CONSONANT = "egg", "dog"
_VOWEL = re.compile("[ˈˌ]?[aeiouæɐɑɒɔəɚɛɜɪʊʌ]")


class Phonemizer:
    """Text of one language to IPA with stress marks; words apart by a blank, punctuation where it was.

    Args:
        language: an espeak-ng language, for example "en-us", "en-gb" or "de".
        cached: whether phonemes are kept on disk (see `tts.text.phoneme_cache`).
        inner_stops: where full stops belong to words; as the language is written if not given.

    Raises:
        ValueError: if espeak-ng does not know the language; the message names those it knows.
    """

    def __init__(
        self, language: str = "en-us", cached: bool = True, inner_stops: Callable[[str], set[int]] | None = None
    ):
        self.language = language
        self._inner_stops = inner_stops or written_language(language).inner_stops
        self._sharing: dict[str, list[tuple[str, bool]]] = {}
        self._cache = PhonemeCache(f"phonemes-{language}-{espeak.fingerprint()}" if cached else None)
        if self._cache.get("") is None:  # a cache that has entries is of a language that espeak knows
            espeak.check_language(language)
            self._cache.put("", "")

    def __call__(self, text: str) -> str:
        """The phonemes of ``text``, which is best normalized first; empty if espeak finds nothing to say."""
        return self.traced(OffsetText(text)).text

    def traced(self, text: OffsetText, fixed: Sequence[str] = (), known: Mapping[int, str] | None = None) -> OffsetText:
        """The phonemes of ``text``, each with the place of its word in the source.

        Args:
            text: normalized.
            fixed: phonemes of the stand-ins in the text, by their number.
            known: phonemes of words by the position in ``text`` where they begin, instead of espeak's.
        """
        parts, start, inner = [], 0, self._inner_stops(text.text)
        for match in _MARK.finditer(text.text):
            if match[0] == "." and match.start() in inner:
                continue
            parts += [self._say(text, start, match.start(), fixed, known or {}), text[match.start() : match.end()]]
            start = match.end()
        return _tidy(OffsetText.join([*parts, self._say(text, start, len(text), fixed, known or {})]))

    def _say(
        self, text: OffsetText, start: int, end: int, fixed: Sequence[str], known: Mapping[int, str]
    ) -> OffsetText:
        """Phonemes of a stretch without punctuation, blanks at its ends kept."""
        stretch = text.text[start:end]
        found = list(_WORD.finditer(stretch))
        if not found:
            return text[start : start + 1] if stretch else OffsetText("")
        ours = {i: said for i, m in enumerate(found) if (said := _given(m[0], start + m.start(), fixed, known))}
        words = [_placeholder(ours[i]) if is_placeholder(m[0][0]) else m[0] for i, m in enumerate(found)]
        parts = [OffsetText.at(" ", *text.span(start, start + 1))] if stretch[0].isspace() else []
        for i, (phonemes, joined) in enumerate(self._shared(" ".join(words))):
            place = text.span(start + found[i].start(), start + found[i].end())
            parts.append(OffsetText.at(ours.get(i, phonemes), *place))
            last = i == len(found) - 1
            if last or not joined or i in ours or i + 1 in ours:
                after = place[1] if last else text.starts[start + found[i + 1].start()]
                parts.append(OffsetText.at(" ", min(place[1], after), max(place[1], after)))
        return OffsetText.join(parts if stretch[-1].isspace() else parts[:-1])

    def word(self, word: str) -> str:
        """The phonemes of a word on its own."""
        return self._spoken(word)

    def _shared(self, words: str) -> list[tuple[str, bool]]:
        shared = self._sharing.get(words)
        if shared is None:
            if len(self._sharing) >= REMEMBERED:
                self._sharing.clear()
            shared = self._sharing[words] = share(words.split(" "), self._spoken(words).split(), self._spoken)
        return shared

    def _spoken(self, words: str) -> str:
        """What espeak says, or said."""
        phonemes = self._cache.get(words)
        if phonemes is None:
            phonemes = " ".join(espeak.phonemes(part, self.language) for part in calls(words))
            self._cache.put(words, phonemes)
        return phonemes


def _given(word: str, start: int, fixed: Sequence[str], known: Mapping[int, str]) -> str | None:
    if word[0] in LETTER_A.values():
        return "ˈeɪ"
    if is_placeholder(word[0]):
        return fixed[ord(word[0]) - FIRST_PLACEHOLDER]
    return known.get(start + len(word) - len(word.lstrip("'-"))) if known else None


def _placeholder(phonemes: str) -> str:
    return _BEFORE_VOWEL if _VOWEL.match(phonemes) else _BEFORE_CONSONANT


_BEFORE_CLOSING = re.compile(r"\s+(?=[.,;:!?…—)»])")
_AFTER_CLOSING = re.compile(r"(?<=[.,;:!?…—)»])(?=[^\s.,;:!?…—()\"«»])")
_AFTER_OPENING = re.compile(r"(?<=[(«¿¡])\s+")
_BLANKS = re.compile(r"\s+")


def _tidy(phonemes: OffsetText) -> OffsetText:
    """No blank before a closing mark, one after it."""
    phonemes = phonemes.sub(_BEFORE_CLOSING, lambda m: "").sub(_AFTER_CLOSING, lambda m: " ")
    phonemes = phonemes.sub(_AFTER_OPENING, lambda m: "")
    return phonemes.sub(_BLANKS, lambda m: None if m[0] == " " else " ").strip()
