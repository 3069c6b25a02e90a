"""A word, wherever one is spoken of: in a text, among symbols, in time."""

from __future__ import annotations

from typing import NamedTuple


class Phone(NamedTuple):
    """A phoneme with its stress and length marks."""

    symbol: str
    start: float  # seconds
    end: float


class Word(NamedTuple):
    """A word of a text. All its intervals are half-open: ``text == source[char_start:char_end]``.

    What is not known stays as it is by default: the text and place of a word that was only heard (its ``text`` is
    empty), the time of one that was only read.
    """

    text: str  # as it was written
    spoken: str = ""  # as it is read out: "three dollars"
    char_start: int = 0  # characters of the whole text
    char_end: int = 0
    token_start: int = 0  # tokens, and symbols, of the sentence
    token_end: int = 0
    start: float = 0.0  # seconds from the beginning of the speech, or of the sentence where the word is a sentence's
    end: float = 0.0
    phones: tuple[Phone, ...] = ()

    def later_in_text(self, characters: int) -> Word:
        """The same word where its text stands ``characters`` later."""
        return self._replace(char_start=self.char_start + characters, char_end=self.char_end + characters)

    def shifted(self, seconds: float, stretch: float = 1.0) -> Word:
        """The same word with its times multiplied by ``stretch``, then moved by ``seconds``."""
        phones = tuple(Phone(p.symbol, p.start * stretch + seconds, p.end * stretch + seconds) for p in self.phones)
        return self._replace(start=self.start * stretch + seconds, end=self.end * stretch + seconds, phones=phones)
