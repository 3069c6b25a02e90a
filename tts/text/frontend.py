"""The text front end: text to the symbol ids that a model reads. The result keeps the value of every step.

==== ======================== ==========================================================================
step code                     value
==== ======================== ==========================================================================
1    `markup.segments`        SSML and inline phonemes
2    `split_sentences`        sentences, each with the pause after it
3    `Language.normalize`     "Dr. Jones paid $3.50" -> "doctor Jones paid three dollars fifty cents"
4    lexicon, `exceptions`    phonemes of the words that espeak-ng pronounces wrongly
5    `with_offsets`           IPA (`Phonemizer`)
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
from tts.text.emphasis import EmphasisSpans, apply_emphasis
from tts.text.language import Language, written_language
from tts.text.lexicon import Lexicon
from tts.text.markup import InlinePhonemes, Segment, segments
from tts.text.offsets import OffsetText
from tts.text.phonemize import Phonemizer
from tts.text.sentences import split_sentences
from tts.text.symbols import SYMBOLS
from tts.text.tokenizer import Tokenizer
from tts.text.unicode_cleanup import PLACEHOLDER, clean

log = logging.getLogger(__name__)

__all__ = ["EncodedSentence", "EncodedText", "TextError", "TextFrontend"]


class EncodedText(NamedTuple):
    """A text at every step. Token ``tokens[i]`` is symbol ``symbols[i]`` and comes from ``spans[i]`` of the source."""

    text: str
    normalized: str
    phonemes: str
    tokens: list[int]
    symbols: list[str]
    spans: Sequence[tuple[int, int]] = ()
    words: Sequence[Word] = ()

    def shifted(self, by: int) -> EncodedText:
        """Return a copy whose spans and words lie ``by`` characters later in the source."""
        spans = [(start + by, end + by) for start, end in self.spans]
        return self._replace(spans=spans, words=[word.later_in_text(by) for word in self.words])


class EncodedSentence(NamedTuple):
    """A sentence of a text: its encoding, with spans in the whole text, and its pause, rate, pitch and volume."""

    reading: EncodedText
    pause: float  # seconds of silence after the sentence
    rate: float = 1.0  # 2 is twice as fast
    start: int = 0  # position of the sentence in the whole text, in characters
    lead: float = 0.0  # seconds of silence before the sentence; only the first has any, if the SSML begins with a break
    pitch: float = 0.0  # semitones
    volume: float = 0.0  # decibels
    tail: float = 0.0  # seconds of silence after the last sentence; only if the SSML ends with a break


class TextFrontend:
    """Text -> normalized text -> IPA -> tokens.

    Args:
        language: the espeak-ng language that gives the phonemes.
        symbols: the symbols of a trained voice, in embedding order; None uses `SYMBOLS`.
        lexicon: a file of words and their pronunciations (see `tts.text.lexicon.Lexicon`).
        emoji: True reads emoji by their names; otherwise they are left out.
        rules: the rules that normalize the text; None uses those of ``language``. For a language without rules,
            espeak-ng reads the numbers.

    Raises:
        TextError: the lexicon cannot be read; the message names file and line.
    """

    def __init__(
        self,
        language: str,
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
        self._phonemizer = Phonemizer(language, rules=self.rules)

    @property
    def symbols(self) -> list[str]:
        """The symbols in embedding order, as a voice stores them."""
        return list(self._tokenizer.symbols)

    @property
    def num_symbols(self) -> int:
        """Number of rows that a model's embedding needs."""
        return self._tokenizer.num_symbols

    def add_lexicon(self, path: str | Path) -> None:
        """Use the pronunciations of a lexicon file. They replace those of an earlier lexicon.

        Raises:
            TextError: the lexicon cannot be read; the message names file and line.
        """
        self._lexicon = Lexicon(path, self.symbols)

    def __call__(self, text: str) -> EncodedText:
        """Encode one sentence. Phonemes, substitutions and emphasis of the markup apply; pauses and rates do not.

        Raises:
            TextError: the text holds nothing that can be pronounced.
        """
        fixed = InlinePhonemes(self.symbols)
        found = segments(text, fixed, self.rules)
        whole = OffsetText.join(part for segment in found for part in (segment.text, _blank_after(segment.text)))
        emphasis = found[0].emphasis if found else EmphasisSpans()
        part = Segment(whole[:-1] if len(found) else whole, emphasis=emphasis)
        reading = self._read(text, [part], fixed)[0]
        if not any(c.isalpha() for c in reading.phonemes):
            raise TextError(self._error_message(text))
        self._warn_of_lost_letters(text)
        return reading

    def read(self, text: str) -> list[EncodedSentence]:
        """Encode a text of any length, plain text or SSML, sentence by sentence.

        Raises:
            TextError: the text holds nothing that can be pronounced, or its markup is wrong.
        """
        return list(self.sentences(text))

    def sentences(self, text: str) -> Iterator[EncodedSentence]:
        """Yield the sentences of `read` as they are encoded, so that a caller can stop early.

        Raises:
            TextError: as `read` does; if nothing can be pronounced, only at the end.
        """
        fixed = InlinePhonemes(self.symbols)
        found = segments(text, fixed, self.rules)
        lead, tail, last = 0.0, found[-1].tail if found else 0.0, None
        for segment in found:
            if last is None and not segment.text.text.strip():
                lead += segment.pause or 0.0
            for sentence in self._sentences(text, segment, fixed):
                if last is None:
                    self._warn_of_lost_letters(text)
                    sentence = sentence._replace(lead=lead)
                elif tail:
                    yield last
                if not tail:
                    yield sentence
                last = sentence  # if there is a tail, a sentence waits until it is known whether it gets it
        if last is None:
            raise TextError(self._error_message(text))
        if tail:
            yield last._replace(tail=tail)

    def _sentences(self, source: str, segment: Segment, fixed: InlinePhonemes) -> Iterator[EncodedSentence]:
        found = split_sentences(segment.text.text, language=self.rules)
        first, size = 0, 1
        while batch := found[first : first + size]:
            parts = [segment._replace(text=segment.text[sentence.start : sentence.end]) for sentence in batch]
            for i, reading in enumerate(self._read(source, parts, fixed)):
                if any(c.isalpha() for c in reading.phonemes):  # skips a lone "..." or emoji between sentences
                    last = first + i == len(found) - 1
                    yield EncodedSentence(
                        reading,
                        segment.pause if last and segment.pause is not None else batch[i].pause,
                        rate=segment.rate,
                        start=parts[i].text.span()[0],
                        pitch=segment.pitch,
                        volume=segment.volume,
                    )
            first, size = first + size, min(2 * size, _BATCH)

    def _read(self, source: str, parts: Sequence[Segment], fixed: InlinePhonemes) -> list[EncodedText]:
        """Encode sentences. Each step is made for all of them: its code and data then stay in the processor's cache."""
        normal = [self.rules.normalize(part.text, self.emoji) for part in parts]
        overrides = [self._overrides(text.text) for text in normal]
        phonemes = [self._phonemizer.with_offsets(text, fixed.phonemes, own) for text, own in zip(normal, overrides)]
        return [self._encode(source, *steps, fixed) for steps in zip(parts, normal, phonemes)]

    def _encode(
        self, source: str, segment: Segment, normal: OffsetText, phonemes: OffsetText, fixed: InlinePhonemes
    ) -> EncodedText:
        if segment.emphasis:
            phonemes = phonemes.sub(_SPOKEN_WORD, lambda m: _with_emphasis(phonemes, m, segment.emphasis))
        places, alphabet = self._tokenizer.places(phonemes.text), self._tokenizer.symbols
        tokens = self._tokenizer.encode(phonemes.text, places)
        symbols = list(map(alphabet.__getitem__, tokens))
        edges = phonemes.span() if phonemes.text else (0, 0)
        every: list[tuple[int, int]] = list(zip(phonemes.starts, phonemes.ends))
        shared: dict[tuple[int, int], tuple[int, int]] = {}  # the symbols of a word share one span: a tenth less time
        every = list(map(shared.setdefault, every, every))
        inner = every if len(places) == len(phonemes) else [every[i] for i in places]
        spans = [(edges[0],) * 2, *inner, (edges[1],) * 2]
        text = (
            source
            if len(segment.text) >= len(source)
            else source[slice(*segment.text.span())]
            if segment.text.text
            else ""
        )
        words, restored = list(_words(source, normal, symbols, spans)), fixed.restore(normal.text)
        if restored != normal.text:
            words = [word._replace(normalized=fixed.restore(word.normalized)) for word in words]
        return EncodedText(text, restored, phonemes.text, tokens, symbols, spans, words)

    def _overrides(self, text: str) -> dict[int, str]:
        """{position in ``text``: IPA} of the words that the lexicon lists or espeak-ng pronounces wrongly."""
        overrides = self.rules.exceptions(text, self._phonemizer.word)
        if self._lexicon:
            entries = ((m.start(), _from_lexicon(self._lexicon, m[0])) for m in _WORD.finditer(text))
            overrides |= {place: ipa for place, ipa in entries if ipa}
        return overrides

    def _warn_of_lost_letters(self, text: str) -> None:
        if lost := self.lost_letters(text):
            log.warning("these letters cannot be read in %s and are left out: %s", self.language, " ".join(lost))

    def lost_letters(self, text: str) -> list[str]:
        """Letters of ``text`` that the language cannot read, such as a Cyrillic "а" in an English word."""
        if text.isascii():
            return []
        lost = dict.fromkeys(c for c in text if c.isalpha() and not self._can_say(c))
        return [c for c in lost if c not in self._tokenizer.symbols]

    def _can_say(self, letter: str) -> bool:
        return self.rules.is_readable(letter) or self.rules.is_readable(clean(letter)[:1] or letter)

    def _error_message(self, text: str) -> str:
        if not _TAGS.sub("", text).strip():
            return "the text is empty; give at least one word"
        shown = ascii(text[:40])[1:-1] if not text[:40].isprintable() else text[:40]
        if any(c.isalpha() for c in text):
            return (
                f"no letter of '{shown}' can be read in {self.language}; write it in Latin letters, "
                "or use a voice trained for its language"
            )
        return f"'{shown}' has no word that can be spoken, only signs; give at least one word"


#: Maximum number of sentences that go through a step together. The first ones go alone, for a stream begins with them.
_BATCH = 32
_TAGS = re.compile(r"</?[A-Za-z][^<>]*>")
_SPOKEN_WORD = re.compile(r"[^\s.,;:!?…—()\"-]+")
_WORD = re.compile(r"[^\W\d_]+(?:['.-][^\W\d_]+)*")


def _blank_after(text: OffsetText) -> OffsetText:
    end = text.ends[-1] if text.ends else 0
    return OffsetText.from_span(" ", end, end)


def _from_lexicon(lexicon: Lexicon, word: str) -> str | None:
    """The IPA of ``word``, or of its possessive or plural if the lexicon lists the base: "gif's", "GIFs"."""
    ipa = lexicon.get(word)
    if ipa is None and word[-1:] in ("s", "S") and (owner := lexicon.get(word[:-1].removesuffix("'"))):
        ipa = owner + ("ᵻz" if owner[-1] in "szʃʒ" else "s" if owner[-1] in "ptkfθ" else "z")
    return ipa


def _with_emphasis(phonemes: OffsetText, match: re.Match[str], emphasis: EmphasisSpans) -> str | None:
    level = emphasis.level_at(*phonemes.span(*match.span()))
    return apply_emphasis(match[0], level) if level else None


def _words(source: str, normal: OffsetText, symbols: Sequence[str], spans: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """Group symbols into words. Symbols whose source spans overlap belong to one word: "$3" gives "three dollars"."""
    found = list(_NORMAL_WORD.finditer(normal.text))
    spoken = [(m[0], start, end) for m, (start, end) in zip(found, normal.spans(m.span() for m in found))]
    at, i, edge = 0, 1, len(symbols) - 1
    while i < edge:
        start, end = span = spans[i]
        if symbols[i] in _NO_WORD or start == end:
            i += 1
            continue
        first = i
        i += 1
        while i < edge:
            following = spans[i]
            if following is not span:  # most symbols of a word share its span
                if following[0] >= end and symbols[i] != "ː":
                    break
                if following[1] > end and symbols[i] not in _NO_WORD:
                    end = following[1]
            i += 1
        last = i
        while symbols[last - 1] in _NO_WORD:
            last -= 1
        spoken_words = []
        while at < len(spoken) and spoken[at][1] < end:
            if spoken[at][2] > start:
                spoken_words.append(spoken[at][0])
            at += 1
        yield Word(source[start:end], " ".join(spoken_words), start, end, first, last)


_NO_WORD = frozenset(" .,;:!?…—-()\"'«»¡¿")
_NORMAL_WORD = re.compile(rf"(?:\w|{PLACEHOLDER})(?:\S*(?:\w|{PLACEHOLDER}))?")
