"""From a sentence to the numbers a model reads, with every step in between kept for whoever wants to look."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from tts.text.normalize import clean, normalize, readable
from tts.text.phonemize import Phonemizer
from tts.text.symbols import SYMBOLS
from tts.text.tokenizer import Tokenizer

log = logging.getLogger(__name__)


class TextError(ValueError):
    """Nothing in a text can be spoken; the message says why and what to do."""


class Reading(NamedTuple):
    """A sentence in all its forms; ``symbols[i]`` is the symbol of ``tokens[i]``."""

    text: str
    normalized: str
    phonemes: str
    tokens: list[int]
    symbols: list[str]


class TextFrontend:
    """Text -> normalised text -> IPA -> tokens.

    Args:
        language: an espeak-ng language. English is normalised here; other languages' numbers are read by espeak.
        symbols: the symbols of a trained voice, in embedding order; the current set if not given.
    """

    def __init__(self, language: str = "en-us", symbols: Sequence[str] | None = None):
        self.language = language
        self._tokenizer = Tokenizer(SYMBOLS if symbols is None else symbols)
        self._phonemizer = Phonemizer(language)

    @property
    def symbols(self) -> list[str]:
        """The symbols in embedding order, as a voice stores them."""
        return list(self._tokenizer.symbols)

    @property
    def num_symbols(self) -> int:
        """How many rows a model's embedding needs."""
        return self._tokenizer.num_symbols

    def __call__(self, text: str) -> Reading:
        """Read one sentence.

        Raises:
            TextError: if nothing pronounceable remains of it.
        """
        english = self.language.startswith("en")
        normalized = normalize(text) if english else " ".join(clean(text).split())
        phonemes = self._phonemizer(normalized)
        tokens = self._tokenizer.encode(phonemes)
        if not any(c.isalpha() for c in phonemes):
            raise TextError(self._complaint(text))
        if english:
            self._warn_of_lost_letters(text)
        return Reading(text, normalized, phonemes, tokens, [self._tokenizer.symbols[t] for t in tokens])

    def _warn_of_lost_letters(self, text: str) -> None:
        lost = {c: None for c in text if c.isalpha() and not readable(c) and not readable(clean(c)[:1] or c)}
        if lost:
            log.warning("no English reading, left out: %s", " ".join(lost))

    def _complaint(self, text: str) -> str:
        if not text.strip():
            return "the text is empty; give at least one word"
        shown = ascii(text[:40])[1:-1] if not text[:40].isprintable() else text[:40]
        if any(c.isalpha() for c in text):
            return (
                f"no letter of '{shown}' can be read in {self.language}; write it in Latin letters, "
                "or use a voice trained for its language"
            )
        return f"'{shown}' holds no word that can be spoken, only marks; give at least one word"
