"""A word, wherever one is spoken of: in a text, among symbols, in time."""

from __future__ import annotations

from typing import NamedTuple


class Phone(NamedTuple):
    """A phoneme with its marks of stress and length."""

    symbol: str
    start: float  # seconds
    end: float


class Word(NamedTuple):
    """A word of a text. All its intervals are half-open: ``text == source[char_start:char_end]``.

    What is not known yet stays as it is by default: the place of a word that was only heard, the time of one that was
    only read.
    """

    text: str | None  # as it was written
    spoken: str = ""  # as it is read out: "three dollars"
    char_start: int | None = None  # characters of the whole text
    char_end: int | None = None
    token_start: int = 0  # tokens, and symbols, of the sentence
    token_end: int = 0
    start: float = 0.0  # seconds from the beginning of the speech, or of the sentence where the word is a sentence's
    end: float = 0.0
    phones: tuple[Phone, ...] = ()

    def later_in_text(self, characters: int) -> Word:
        """The same word where its text stands ``characters`` later."""
        if self.char_start is None or self.char_end is None:
            return self
        return self._replace(char_start=self.char_start + characters, char_end=self.char_end + characters)

    def shifted(self, seconds: float, stretch: float = 1.0) -> Word:
        """The same word ``stretch`` times as long, then ``seconds`` later."""
        phones = tuple(Phone(p.symbol, p.start * stretch + seconds, p.end * stretch + seconds) for p in self.phones)
        return self._replace(start=self.start * stretch + seconds, end=self.end * stretch + seconds, phones=phones)
