"""Markup in a text: inline phonemes ``[[həlˈoʊ]]`` and ``{HH AH0 L OW1}``, and SSML (see `tts.text.ssml`)."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from typing import NamedTuple

from tts.core.errors import TextError
from tts.text import documents
from tts.text.emphasis import EmphasisSpans
from tts.text.language import Language
from tts.text.lexicon import parse_pronunciation, unknown_phones
from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import FIRST_PLACEHOLDER, LAST_PLACEHOLDER, PLACEHOLDER, restore_letters

log = logging.getLogger(__name__)


class Segment(NamedTuple):
    """A part of a text with one rate, pitch and volume.

    Attributes:
        text: the text, in which placeholders stand for inline phonemes.
        pause: seconds of silence after the segment; None uses the pause of its punctuation.
        rate: speaking rate as a factor; 2 is twice as fast.
        pitch: semitones relative to the voice.
        volume: decibels relative to the voice.
        tail: seconds of silence that a break gives if the text ends with it.
        emphasis: the emphasized spans of the source; all segments of a text share the object.
    """

    text: OffsetText
    pause: float | None = None
    rate: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0
    emphasis: EmphasisSpans = EmphasisSpans()
    tail: float = 0.0


_INLINE = re.compile(r"\[\[(?P<ipa>[^\[\]]*)\]\]|\{(?P<arpabet>[A-Z0-2 ]+)\}")
_PLACEHOLDERS = re.compile(PLACEHOLDER)


class InlinePhonemes:
    """The inline phonemes of a text, by the number of their placeholder.

    Args:
        symbols: the symbols of the voice. Inline phonemes may use only these.
    """

    def __init__(self, symbols: Collection[str]):
        self.phonemes: list[str] = []
        self.written: list[str] = []
        self._symbols = symbols
        self._known: dict[tuple[str, str], str] = {}

    def placeholder(self, written: str, phonemes: str, where: str) -> str:
        """Return the placeholder character for inline phonemes.

        Args:
            written: the inline phonemes as they stand in the source.
            phonemes: IPA or ARPAbet.
            where: begins the error message; it names the place in the source.

        Raises:
            tts.core.errors.TextError: the voice has no such symbol, or the text has too many inline phonemes.
        """
        key = (written, phonemes)
        if key not in self._known:
            number = FIRST_PLACEHOLDER + len(self.phonemes)
            if number > LAST_PLACEHOLDER:
                most = LAST_PLACEHOLDER - FIRST_PLACEHOLDER + 1
                raise TextError(f"{where}: a text may have {most} different inline phonemes; speak it in parts")
            self.phonemes.append(parse_pronunciation(phonemes, self._symbols, where))
            self.written.append(written)
            self._known[key] = chr(number)
        return self._known[key]

    def restore(self, text: str) -> str:
        """Replace the placeholders in ``text`` by their inline phonemes."""
        if text.isascii():  # as most texts; placeholders are not ASCII
            return text
        return _PLACEHOLDERS.sub(lambda m: f"[[{self.phonemes[ord(m[0]) - FIRST_PLACEHOLDER]}]]", restore_letters(text))


def without_placeholders(text: OffsetText) -> OffsetText:
    """Remove the characters that serve as placeholders from ``text``."""
    return text.sub(_PLACEHOLDERS, lambda m: "")


def replace_inline_phonemes(text: OffsetText, fixed: InlinePhonemes) -> OffsetText:
    """Replace inline phonemes by placeholders. Braces around other text than ARPAbet stay.

    Raises:
        tts.core.errors.TextError: a symbol is unknown; the message gives its position.
    """

    def placeholder(match: re.Match[str]) -> str | None:
        where = f"inline phonemes at character {text.starts[match.start()] + 1}"
        if match["arpabet"] is not None and (wrong := unknown_phones(match["arpabet"])):
            if len(wrong) < len(match["arpabet"].split()):  # some are phones: it was meant as ARPAbet
                log.warning("%s: %s is no ARPAbet phone, so %s is read as text", where, wrong[0], match[0])
            return None
        return f" {fixed.placeholder(match[0], match['ipa'] or match['arpabet'] or '', where)} "

    return text.sub(_INLINE, placeholder)


def segments(source: str, fixed: InlinePhonemes, language: Language) -> list[Segment]:
    """The segments of ``source``: SSML if it begins with ``<speak>``, otherwise plain text with inline phonemes.

    Raises:
        tts.core.errors.TextError: the SSML is not well-formed, or the voice lacks a symbol of inline phonemes.
    """
    from tts.text import ssml

    if ssml.is_ssml(source):
        return ssml.segments(source, fixed, language)
    return [Segment(documents.strip_markup(replace_inline_phonemes(without_placeholders(OffsetText(source)), fixed)))]
