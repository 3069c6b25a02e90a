"""What a writer fixes: inline phonemes ``[[həlˈoʊ]]`` and ``{HH AH0 L OW1}``, and SSML (see `tts.text.ssml`)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from tts.core.errors import TextError
from tts.text import documents
from tts.text.emphasis import EmphasisSpans
from tts.text.language import Language
from tts.text.lexicon import is_arpabet, pronunciation
from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import FIRST_PLACEHOLDER, LAST_PLACEHOLDER, PLACEHOLDER, restore_letters


class Segment(NamedTuple):
    """A stretch of text that is read in one way.

    Attributes:
        text: with a stand-in for everything whose phonemes are fixed.
        pause: seconds of silence after it, instead of what its punctuation would give; None leaves that as it is.
        rate: of speech; 2 is twice as fast.
        pitch: semitones above the voice's own.
        volume: decibels above the voice's own.
        emphasis: what the source emphasizes, the same object for all segments of a text.
    """

    text: OffsetText
    pause: float | None = None
    rate: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0
    emphasis: EmphasisSpans = EmphasisSpans()


_INLINE = re.compile(r"\[\[(?P<ipa>[^\[\]]*)\]\]|\{(?P<arpabet>[A-Z0-2 ]+)\}")
_PLACEHOLDERS = re.compile(PLACEHOLDER)


class InlinePhonemes:
    """Phonemes that the writer gave, by the number of their stand-in.

    Args:
        symbols: those of the voice, which the phonemes must keep to.
    """

    def __init__(self, symbols: Collection[str]):
        self.phonemes: list[str] = []
        self.written: list[str] = []
        self._symbols = symbols
        self._known: dict[tuple[str, str], str] = {}

    def placeholder(self, written: str, phonemes: str, where: str) -> str:
        """A character that stands for ``phonemes``, given in IPA or ARPAbet and ``written`` so in the source.

        Raises:
            tts.core.errors.TextError: the voice has no such symbol, or the text has too many inline phonemes.
        """
        key = (written, phonemes)
        if key not in self._known:
            number = FIRST_PLACEHOLDER + len(self.phonemes)
            if number > LAST_PLACEHOLDER:
                most = LAST_PLACEHOLDER - FIRST_PLACEHOLDER + 1
                raise TextError(f"{where}: a text may have {most} different inline phonemes; speak it in parts")
            self.phonemes.append(pronunciation(phonemes, self._symbols, where))
            self.written.append(written)
            self._known[key] = chr(number)
        return self._known[key]

    def restore(self, text: str) -> str:
        """``text`` with the inline phonemes instead of their stand-ins."""
        return _PLACEHOLDERS.sub(lambda m: f"[[{self.phonemes[ord(m[0]) - FIRST_PLACEHOLDER]}]]", restore_letters(text))


def without_placeholders(text: OffsetText) -> OffsetText:
    """What people type, without the characters that we use as stand-ins."""
    return text.sub(_PLACEHOLDERS, lambda m: "")


def replace_inline_phonemes(text: OffsetText, fixed: InlinePhonemes) -> OffsetText:
    """Inline phonemes to stand-ins. Braces around anything but ARPAbet are braces.

    Raises:
        tts.core.errors.TextError: a symbol is unknown; the message says where.
    """

    def placeholder(match: re.Match[str]) -> str | None:
        if match["arpabet"] is not None and not is_arpabet(match["arpabet"]):
            return None
        where = f"inline phonemes at character {text.starts[match.start()] + 1}"
        return f" {fixed.placeholder(match[0], match['ipa'] or match['arpabet'] or '', where)} "

    return text.sub(_INLINE, placeholder)


def passages(source: str, fixed: InlinePhonemes, language: Language) -> list[Segment]:
    """The passages of ``source``, SSML if it is wrapped in ``<speak>``, else plain text with inline phonemes.

    Raises:
        tts.core.errors.TextError: SSML that is not well-formed, or phonemes that the voice does not know.
    """
    from tts.text import ssml

    if ssml.is_ssml(source):
        return ssml.passages(source, fixed, language)
    return [Segment(documents.plain(replace_inline_phonemes(without_placeholders(OffsetText(source)), fixed)))]
