"""Limits on the duration of speech: a few characters of SSML can ask for hours of audio."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tts.core.errors import TextError

if TYPE_CHECKING:
    from tts.text.frontend import EncodedSentence

MIN_SPEED, MAX_SPEED = 0.2, 5.0  # of the requested speed, times SSML's rates
MAX_PITCH = 12.0  # semitones up or down
#: Real voices speak 10 to 20 symbols per second.
SYMBOLS_PER_SECOND = 20.0


class TextTooLongError(TextError):
    """A text would give longer speech than `Limits` allows; the message names the limit and how to raise it."""


class Limits(NamedTuple):
    """Limits in seconds of audio.

    Attributes:
        sentence: maximum duration of one sentence, at its rate.
        text: maximum duration of one text with its pauses. A call needs about 0.25 MB of memory for each second.
    """

    sentence: float = 120.0
    text: float = 4 * 3600.0

    def check_sentence(self, seconds: float, text: str) -> None:
        """Raise `TextTooLongError` if ``seconds`` is too long for one sentence."""
        if seconds > self.sentence:
            raise TextTooLongError(
                f"The sentence '{text[:40]}' would last {seconds:.0f} s; the limit is {self.sentence:.0f} s for a "
                "sentence. Split it, speak it faster, or raise the limit: TTS(limits=Limits(sentence=...))."
            )

    def check_text(self, seconds: float) -> None:
        """Raise `TextTooLongError` if ``seconds`` is too long for a text."""
        if seconds > self.text:
            raise TextTooLongError(
                f"The text would give more than {self.text:.0f} s of audio, which is the limit. "
                "Speak it in parts, or raise the limit: TTS(limits=Limits(text=...)), --max-seconds."
            )

    def checked(self, sentences: Iterable[EncodedSentence], speed: float = 1.0) -> Iterator[EncodedSentence]:
        """Yield sentences, and raise `TextTooLongError` where their least duration passes the limit of a text."""
        seconds = 0.0
        for sentence in sentences:
            seconds += len(sentence.reading.tokens) / SYMBOLS_PER_SECOND / (sentence.rate * speed) + sentence.pause
            self.check_text(seconds)
            yield sentence
