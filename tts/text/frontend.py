"""From text to the numbers a model reads, with every step in between kept for whoever wants to look.

==== ======================== ==========================================================================
step code                     value
==== ======================== ==========================================================================
1    `markup.passages`        SSML and inline phonemes: what the writer has fixed
2    `split_sentences`        sentences, each with the pause after it
3    `Language.normalize`     "Dr. Jones paid $3.50" -> "doctor Jones paid three dollars fifty cents"
4    lexicon, `exceptions`    the words that espeak would say wrongly
5    `Phonemizer.traced`      IPA
6    `Tokenizer`              ``tokens``, each with its ``span`` in the source
==== ======================== ==========================================================================
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tts.core.errors import TextError
from tts.core.word import Word
from tts.text.emphasis import EmphasisSpans, stress
from tts.text.language import Language, written_language
from tts.text.lexicon import Lexicon
from tts.text.markup import InlinePhonemes, Segment, passages
from tts.text.offsets import OffsetText
from tts.text.phonemize import Phonemizer
from tts.text.sentences import split_sentences
from tts.text.symbols import SYMBOLS
from tts.text.tokenizer import Tokenizer
from tts.text.unicode_cleanup import PLACEHOLDER, clean

log = logging.getLogger(__name__)

__all__ = ["EncodedSentence", "EncodedText", "TextError", "TextFrontend"]


class EncodedText(NamedTuple):
    """A text in all its forms; ``symbols[i]`` is the symbol of ``tokens[i]``, which ``spans[i]`` of the source made."""

    text: str
    normalized: str
    phonemes: str
    tokens: list[int]
    symbols: list[str]
    spans: Sequence[tuple[int, int]] = ()
    words: Sequence[Word] = ()

    def shifted(self, by: int) -> EncodedText:
        """The same, where the text stands ``by`` characters later in the source."""
        spans = [(start + by, end + by) for start, end in self.spans]
        return self._replace(spans=spans, words=[word.later_in_text(by) for word in self.words])


class EncodedSentence(NamedTuple):
    """A sentence of a text: its reading with spans in the whole, and how it is to be said."""

    reading: EncodedText
    pause: float  # seconds after it
    rate: float = 1.0  # 2 is twice as fast
    start: int = 0  # of its text in the whole
    lead: float = 0.0  # seconds of silence before the first one, where SSML begins with a break
    pitch: float = 0.0  # semitones
    volume: float = 0.0  # decibels


class TextFrontend:
    """Text -> normalized text -> IPA -> tokens.

    Args:
        language: an espeak-ng language, which says the words.
        symbols: the symbols of a trained voice, in embedding order; the current set if not given.
        lexicon: a file of words and their pronunciations (see `tts.text.lexicon.Lexicon`).
        emoji: read emoji by their names; else they are left out.
        rules: how the language is written; those of ``language`` if not given. Where there are none, espeak reads the
            numbers.

    Raises:
        TextError: the lexicon cannot be read; the message names file and line.
    """

    def __init__(
        self,
        language: str = "en-us",
        symbols: Sequence[str] | None = None,
        lexicon: str | Path | None = None,
        emoji: bool | None = None,
        rules: Language | None = None,
    ):
        self.language = language
        self.rules = written_language(language) if rules is None else rules
        self.emoji = bool(emoji)
        self._tokenizer = Tokenizer(SYMBOLS if symbols is None else symbols)
        self._lexicon = Lexicon(lexicon, self.symbols) if lexicon else None
        self._phonemizer = Phonemizer(language, inner_stops=self.rules.inner_stops)

    @property
    def symbols(self) -> list[str]:
        """The symbols in embedding order, as a voice stores them."""
        return list(self._tokenizer.symbols)

    @property
    def num_symbols(self) -> int:
        """How many rows a model's embedding needs."""
        return self._tokenizer.num_symbols

    def add_lexicon(self, path: str | Path) -> None:
        """Say the words of a lexicon file as it says, instead of those of another.

        Raises:
            TextError: the lexicon cannot be read; the message names file and line.
        """
        self._lexicon = Lexicon(path, self.symbols)

    def __call__(self, text: str) -> EncodedText:
        """Read one sentence; markup counts, its pauses and rates do not.

        Raises:
            TextError: if nothing pronounceable remains of it.
        """
        fixed = InlinePhonemes(self.symbols)
        found = passages(text, fixed, self.rules)
        whole = OffsetText.join(part for passage in found for part in (passage.text, _blank_after(passage.text)))
        emphasis = found[0].emphasis if found else EmphasisSpans()
        reading = self._read(text, Segment(whole[:-1] if len(found) else whole, emphasis=emphasis), fixed)
        if not any(c.isalpha() for c in reading.phonemes):
            raise TextError(self._complaint(text))
        self._warn_of_lost_letters(text)
        return reading

    def read(self, text: str) -> list[EncodedSentence]:
        """Read a text of any length, sentence by sentence, SSML included.

        Raises:
            TextError: if nothing pronounceable remains of it, or its markup is wrong.
        """
        fixed = InlinePhonemes(self.symbols)
        parts: list[EncodedSentence] = []
        lead = 0.0
        for passage in passages(text, fixed, self.rules):
            if not parts and not passage.text.text.strip():
                lead += passage.pause or 0.0
            parts += self._sentences(text, passage, fixed)
        if parts and lead:
            parts[0] = parts[0]._replace(lead=lead)
        if not parts:
            raise TextError(self._complaint(text))
        self._warn_of_lost_letters(text)
        return parts

    def _sentences(self, source: str, passage: Segment, fixed: InlinePhonemes) -> Iterator[EncodedSentence]:
        found = split_sentences(passage.text.text, language=self.rules)
        for i, sentence in enumerate(found):
            within = passage._replace(text=passage.text[sentence.start : sentence.end])
            reading = self._read(source, within, fixed)
            if any(c.isalpha() for c in reading.phonemes):  # not a lone "..." or an emoji between sentences
                pause = sentence.pause if i < len(found) - 1 or passage.pause is None else passage.pause
                yield EncodedSentence(
                    reading,
                    pause,
                    rate=passage.rate,
                    start=within.text.span()[0],
                    pitch=passage.pitch,
                    volume=passage.volume,
                )

    def _read(self, source: str, passage: Segment, fixed: InlinePhonemes) -> EncodedText:
        normal = self.rules.normalize(passage.text, self.emoji)
        phonemes = self._phonemizer.traced(normal, fixed.phonemes, self._known(normal.text))
        if passage.emphasis:
            phonemes = phonemes.sub(_SAID, lambda m: _stressed(phonemes, m, passage.emphasis))
        tokens, places = self._tokenizer.encode(phonemes.text), self._tokenizer.places(phonemes.text)
        symbols = [self._tokenizer.symbols[t] for t in tokens]
        edges = phonemes.span() if phonemes.text else (0, 0)
        spans = [(edges[0],) * 2, *((phonemes.starts[i], phonemes.ends[i]) for i in places), (edges[1],) * 2]
        text = (
            source
            if len(passage.text) >= len(source)
            else source[slice(*passage.text.span())]
            if passage.text.text
            else ""
        )
        words = [w._replace(spoken=fixed.restore(w.spoken)) for w in _words(source, normal, symbols, spans)]
        return EncodedText(text, fixed.restore(normal.text), phonemes.text, tokens, symbols, spans, words)

    def _known(self, text: str) -> dict[int, str]:
        """Where words begin that the lexicon knows, or that espeak would say wrongly here."""
        known = self.rules.exceptions(text, self._phonemizer.word)
        if self._lexicon:
            entries = ((m.start(), _from_lexicon(self._lexicon, m[0])) for m in _WORD.finditer(text))
            known |= {place: said for place, said in entries if said}
        return known

    def _warn_of_lost_letters(self, text: str) -> None:
        if lost := self.lost_letters(text):
            log.warning("no reading in %s, left out: %s", self.language, " ".join(lost))

    def lost_letters(self, text: str) -> list[str]:
        """Letters of ``text`` that the language does not have, such as a Cyrillic "а" in an English word."""
        if text.isascii():
            return []
        lost = dict.fromkeys(c for c in text if c.isalpha() and not self._can_say(c))
        return [c for c in lost if c not in self._tokenizer.symbols]

    def _can_say(self, letter: str) -> bool:
        return self.rules.is_readable(letter) or self.rules.is_readable(clean(letter)[:1] or letter)

    def _complaint(self, text: str) -> str:
        if not _TAGS.sub("", text).strip():
            return "the text is empty; give at least one word"
        shown = ascii(text[:40])[1:-1] if not text[:40].isprintable() else text[:40]
        if any(c.isalpha() for c in text):
            return (
                f"no letter of '{shown}' can be read in {self.language}; write it in Latin letters, "
                "or use a voice trained for its language"
            )
        return f"'{shown}' holds no word that can be spoken, only marks; give at least one word"


_TAGS = re.compile(r"</?[A-Za-z][^<>]*>")
_SAID = re.compile(r"[^\s.,;:!?…—()\"-]+")
_WORD = re.compile(r"[^\W\d_]+(?:['.-][^\W\d_]+)*")


def _blank_after(text: OffsetText) -> OffsetText:
    end = text.ends[-1] if text.ends else 0
    return OffsetText.at(" ", end, end)


def _from_lexicon(lexicon: Lexicon, word: str) -> str | None:
    """As it stands there, or the possessive or plural of what stands there: "gif's", "GIFs"."""
    said = lexicon.get(word)
    if said is None and word[-1:] in ("s", "S") and (owner := lexicon.get(word[:-1].removesuffix("'"))):
        said = owner + ("ᵻz" if owner[-1] in "szʃʒ" else "s" if owner[-1] in "ptkfθ" else "z")
    return said


def _stressed(phonemes: OffsetText, match: re.Match[str], emphasis: EmphasisSpans) -> str | None:
    level = emphasis.level_at(*phonemes.span(*match.span()))
    return stress(match[0], level) if level else None


def _words(source: str, normal: OffsetText, symbols: Sequence[str], spans: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """Symbols whose stretches of the source overlap are one word: all of "three dollars" comes from "$3"."""
    spoken = [(m[0], *normal.span(*m.span())) for m in _NORMAL_WORD.finditer(normal.text)]
    at, i = 0, 1
    while i < len(symbols) - 1:
        if symbols[i] in _NO_WORD or spans[i][0] == spans[i][1]:
            i += 1
            continue
        first, (start, end) = i, spans[i]
        last = i + 1
        while i < len(symbols) - 1 and (spans[i][0] < end or symbols[i] == "ː"):
            if symbols[i] not in _NO_WORD:
                end, last = max(end, spans[i][1]), i + 1
            i += 1
        said = []
        while at < len(spoken) and spoken[at][1] < end:
            if spoken[at][2] > start:
                said.append(spoken[at][0])
            at += 1
        yield Word(source[start:end], " ".join(said), start, end, first, last)


_NO_WORD = frozenset(" .,;:!?…—-()\"'«»¡¿")
_NORMAL_WORD = re.compile(rf"(?:\w|{PLACEHOLDER})(?:\S*(?:\w|{PLACEHOLDER}))?")
