"""A word of a text with its characters, its tokens and its times."""

from __future__ import annotations

from typing import NamedTuple


class Phone(NamedTuple):
    """A phoneme with its stress and length marks."""

    symbol: str
    start: float  # seconds
    end: float


class Word(NamedTuple):
    """A word of a text. All intervals are half-open: ``text == source[char_start:char_end]``.

    Unknown fields keep their defaults: a recognized word has no text and no position, and a word of a text that was not
    spoken has no times.
    """

    text: str  # written form: "$3"
    normalized: str = ""  # as words: "three dollars"
    char_start: int = 0  # position in the whole text
    char_end: int = 0
    token_start: int = 0  # position among the tokens of the sentence
    token_end: int = 0
    start: float = 0.0  # seconds from the beginning of the speech, or of the sentence if the word belongs to one
    end: float = 0.0
    phones: tuple[Phone, ...] = ()

    def later_in_text(self, characters: int) -> Word:
        """Return a copy whose text positions are ``characters`` larger."""
        return self._replace(char_start=self.char_start + characters, char_end=self.char_end + characters)

    def shifted(self, seconds: float, stretch: float = 1.0) -> Word:
        """Return a copy whose times are multiplied by ``stretch`` and then increased by ``seconds``."""
        phones = tuple(Phone(p.symbol, p.start * stretch + seconds, p.end * stretch + seconds) for p in self.phones)
        return self._replace(start=self.start * stretch + seconds, end=self.end * stretch + seconds, phones=phones)
