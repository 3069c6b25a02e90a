"""A subset of SSML 1.1: ``speak p s break sub phoneme say-as prosody emphasis``.

Other tags are ignored and their text is read. The supported attributes of ``prosody`` are ``rate``, ``pitch`` and
``volume``. The parser is expat, which loads no external file. A document type could define entities, so it is an error.
"""

from __future__ import annotations

import html
import logging
import math
import re
from typing import NamedTuple
from xml.parsers import expat

from tts.core.errors import TextError
from tts.text.emphasis import EmphasisSpans
from tts.text.language import Language
from tts.text.markup import InlinePhonemes, Segment, without_placeholders
from tts.text.offsets import OffsetText
from tts.text.say_as import say_as
from tts.text.sentences import CLAUSE_PAUSE, COMMA_PAUSE, PARAGRAPH_PAUSE, SENTENCE_PAUSE
from tts.text.unicode_cleanup import replace_surrogates
from tts.text.x_sampa import from_x_sampa

log = logging.getLogger(__name__)

TAGS = ("speak", "p", "s", "break", "sub", "phoneme", "say-as", "prosody", "emphasis")
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
BREAKS = {"none": 0.0, "x-weak": 0.05, "weak": 0.15, "medium": 0.3, "strong": 0.5, "x-strong": 1.0}
PITCHES = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0}  # semitones
VOLUMES = {"silent": -100.0, "x-soft": -12.0, "soft": -6.0, "medium": 0.0, "default": 0.0, "loud": 3.0, "x-loud": 6.0}
MAX_PITCH, MIN_VOLUME, MAX_VOLUME = 12.0, -100.0, 12.0  # semitones up or down; decibels; for the sum of nested tags
MIN_RATE, MAX_RATE, MAX_BREAK = 0.2, 5.0, 30.0  # factors, for the product of nested tags; seconds
MAX_DEPTH = 200  # nested tags
_CLOSING_MARK = re.compile(r"\s*([.,;:!?…]+)")
_DOCUMENT = re.compile(  # the prolog before <speak>; the pattern is unambiguous, so matching takes linear time
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*(?:<!DOCTYPE(?:(?!<speak[\s>/]).)*>\s*)?<speak(?=[\s>/])",
    re.DOTALL,
)


def is_ssml(text: str) -> bool:
    """Whether ``text`` begins with ``<speak>``. Plain text that holds a "<" or another tag is not SSML."""
    return _DOCUMENT.match(text) is not None


def segments(source: str, fixed: InlinePhonemes, language: Language) -> list[Segment]:
    """The segments of an SSML document, with spans in ``source``.

    Raises:
        TextError: the document is not well-formed, has a document type, or has an invalid value.
    """
    return _Document(source, fixed, language).segments


class _Document:
    """Collects segments while expat parses the source."""

    def __init__(self, source: str, fixed: InlinePhonemes, language: Language):
        self.segments: list[Segment] = []
        source = replace_surrogates(source)
        self._source, self._fixed, self._language = source, fixed, language
        self._parts: list[OffsetText] = []
        self._texts: list[list[OffsetText]] = []  # parts of each segment; one join at the end is faster than many
        self._emphasis: list[tuple[int, int, str]] = []
        self._prosody = [Prosody()]
        self._open: list[tuple[str, dict[str, str], int, int]] = []  # tag, attributes, offset, number of parts
        self._bytes = _CharacterOffsets(source)
        self._parser = self._walk()
        self._flush()
        emphasis = EmphasisSpans(self._emphasis)
        texts = map(OffsetText.join, self._texts)
        self.segments = [part._replace(text=text, emphasis=emphasis) for part, text in zip(self.segments, texts)]

    def _walk(self) -> expat.XMLParserType:
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = False
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.UseForeignDTD(True)  # so that expat reports HTML's entities, which XML does not define
        parser.SkippedEntityHandler = self._entity
        try:
            parser.Parse(self._source.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code) or expat.ErrorString(error.code)
            raise TextError(
                f"the SSML is not well-formed at line {error.lineno}, column {error.offset + 1}: {reason}. "
                "Close every tag and write & as &amp;, or give plain text without <speak>"
            ) from None
        return parser

    def _refuse_doctype(self, *_: object) -> None:
        raise TextError("the SSML has a document type (<!DOCTYPE ...>), which is not supported; remove it")

    def _position(self) -> int:
        return self._bytes.character(self._parser.CurrentByteIndex)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rsplit(":", 1)[-1]
        if tag not in TAGS:
            log.warning(
                "the SSML tag <%s> is unknown and is ignored; its text is read. Known tags: %s", tag, " ".join(TAGS)
            )
        if len(self._open) >= MAX_DEPTH:
            raise TextError(
                f"the SSML nests more than {MAX_DEPTH} tags at character {self._position() + 1}; close some"
            )
        self._open.append((tag, attributes, self._position(), len(self._parts)))
        if tag == "break":
            self._flush(seconds := self._break(attributes), tail=seconds)
        elif tag in ("p", "s"):
            self._flush()
        elif tag == "prosody":
            self._warn_of_ignored(attributes)
            self._flush_if_text()
            self._prosody.append(_nested(self._prosody[-1], attributes))

    def _end(self, _: str) -> None:
        tag, attributes, start, first = self._open.pop()
        end = self._position()
        if tag == "prosody":
            self._flush_if_text()
            self._prosody.pop()
        elif tag in ("p", "s"):
            self._flush(PARAGRAPH_PAUSE if tag == "p" else SENTENCE_PAUSE)
        elif tag == "emphasis":
            self._emphasis.append((start, end, attributes.get("level", "moderate")))
        elif tag in ("sub", "phoneme", "say-as"):
            inside = OffsetText.join(self._parts[first:])
            del self._parts[first:]
            self._parts.append(self._replacement(tag, attributes, inside, start, end))

    def _replacement(
        self, tag: str, attributes: dict[str, str], inside: OffsetText, start: int, end: int
    ) -> OffsetText:
        """The text that replaces the ``inside`` of a tag."""
        where = f"<{tag}> at character {start + 1}"
        place = inside.span() if inside.text else (start, end)
        if tag == "sub":
            return OffsetText.from_span(attributes["alias"], *place) if "alias" in attributes else inside
        if tag == "phoneme":
            if not attributes.get("ph"):
                return inside
            phonemes = _in_ipa(attributes["ph"], attributes.get("alphabet", "ipa"), where)
            return OffsetText.from_span(f" {self._fixed.placeholder(inside.text, phonemes, where)} ", *place)
        return say_as(inside, attributes, where, self._fixed, self._language)

    def _data(self, text: str) -> None:
        start = self._position()
        if self._source.startswith(text, start) and text != "&":
            part = OffsetText(text, range(start, start + len(text)), range(start + 1, start + len(text) + 1))
        else:  # an entity such as &amp;, or another end of line
            end = self._source.find(";", start) + 1 if self._source[start : start + 1] == "&" else start + len(text)
            part = OffsetText.from_span(text, start, max(end, start))
        self._parts.append(without_placeholders(part))

    def _entity(self, name: str, is_parameter: bool) -> None:
        """Handle ``&nbsp;`` and the other entities of HTML."""
        said, start = html.unescape(f"&{name};"), self._position()
        if said == f"&{name};":
            raise TextError(
                f"the SSML has an undefined entity &{name}; at character {start + 1}; write the character instead"
            )
        self._parts.append(without_placeholders(OffsetText.from_span(said, start, start + len(name) + 2)))

    def _flush_if_text(self) -> None:
        """End the segment before a change of prosody. Its last punctuation mark gives the pause."""
        text = "".join(part.text for part in self._parts).rstrip()
        if text:
            self._flush(_pause_after(text[-1]))

    def _flush(self, pause: float | None = None, tail: float = 0.0) -> None:
        """Turn the collected parts into a segment. A pause without text lengthens the pause of the segment before."""
        text, self._parts = OffsetText.join(self._parts), []
        if self.segments and (mark := _CLOSING_MARK.match(text.text)):  # the full stop of "<prosody>...</prosody>."
            last = self.segments[-1]
            self._texts[-1].append(text[mark.start(1) : mark.end()])
            self.segments[-1] = last._replace(pause=last.pause or _pause_after(mark[1][-1]))
            text = text[mark.end() :]
        if text.text.strip():
            self._add(text, pause, tail)
        elif pause is not None and self.segments:
            last = self.segments[-1]
            self.segments[-1] = last._replace(pause=max(pause, last.pause or 0.0), tail=max(tail, last.tail))
        elif pause:
            self._add(OffsetText(""), pause)

    def _add(self, text: OffsetText, pause: float | None, tail: float = 0.0) -> None:
        self._texts.append([text])
        self.segments.append(Segment(OffsetText(""), pause, *self._prosody[-1], tail=tail))

    def _warn_of_ignored(self, attributes: dict[str, str]) -> None:
        ignored = [name for name in attributes if name not in Prosody._fields]
        if ignored:
            log.warning("<prosody %s> is ignored; use rate, pitch or volume", " ".join(ignored))

    def _break(self, attributes: dict[str, str]) -> float:
        time = attributes.get("time", "")
        if not time:
            return BREAKS.get(attributes.get("strength", "medium"), BREAKS["medium"])
        match = re.fullmatch(r"\+?(\d+\.?\d*|\.\d+)\s*(ms|s)", time.strip())
        if not match:
            raise TextError(f'<break time="{time}"/> is not a valid time; write 500ms or 0.5s')
        seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
        if seconds > MAX_BREAK:
            raise TextError(
                f'<break time="{time}"/> is longer than the {MAX_BREAK:g} s that a break may last; write a shorter one'
            )
        return seconds


def _pause_after(mark: str) -> float | None:
    """Seconds of silence after a segment that ends with ``mark``. None: the end of the sentence gives the pause."""
    if mark in ".!?…":
        return None
    return COMMA_PAUSE if mark == "," else CLAUSE_PAUSE if mark in ";:—" else 0.0


def _in_ipa(phonemes: str, alphabet: str, where: str) -> str:
    """Convert X-SAMPA to IPA. IPA and ARPAbet stay unchanged, because `tts.text.lexicon` reads both.

    Raises:
        TextError: the alphabet is unknown.
    """
    name = alphabet.lower().removeprefix("x-")
    if name == "sampa":
        return from_x_sampa(phonemes)
    if name not in ("ipa", "cmu", "arpabet", "cmudict", "arpa"):
        raise TextError(f'{where}: the alphabet "{alphabet}" is unknown; write ipa, x-sampa or x-arpabet')
    return phonemes


class Prosody(NamedTuple):
    """The values of ``<prosody>``."""

    rate: float = 1.0  # factor
    pitch: float = 0.0  # semitones
    volume: float = 0.0  # decibels


def _nested(outer: Prosody, attributes: dict[str, str]) -> Prosody:
    """The prosody inside a nested tag: rates multiply, semitones and decibels add up. All stay within their limits."""
    rate = outer.rate * _rate(attributes.get("rate", "medium"))
    pitch = outer.pitch + _pitch(attributes.get("pitch", "medium"))
    volume = outer.volume + _volume(attributes.get("volume", "medium"))
    return Prosody(
        min(max(rate, MIN_RATE), MAX_RATE),
        min(max(pitch, -MAX_PITCH), MAX_PITCH),
        min(max(volume, MIN_VOLUME), MAX_VOLUME),
    )


def _rate(value: str) -> float:
    """Convert "slow", "80%", "1.2" or "+20%" to a factor. Raises TextError."""
    try:
        if value in RATES:
            rate = RATES[value]
        elif value.endswith("%"):
            number = float(value[:-1]) / 100
            rate = 1 + number if value[0] in "+-" else number
        else:
            rate = float(value)
    except ValueError:
        raise TextError(f'<prosody rate="{value}"> is not a valid rate; write {", ".join(RATES)}, 80% or 1.2') from None
    if not MIN_RATE <= rate <= MAX_RATE:
        raise TextError(f'<prosody rate="{value}"> is not between {MIN_RATE} and {MAX_RATE}')
    return rate


def _pitch(value: str) -> float:
    """Convert "low", "+2st" or "-10%" to semitones. Raises TextError."""
    try:
        if value in PITCHES:
            return PITCHES[value]
        if value.endswith("st"):
            semitones = float(value[:-2])
        elif value.endswith("%"):
            semitones = 12 * math.log2(1 + float(value[:-1]) / 100)
        else:
            raise ValueError(value)
    except ValueError:
        raise TextError(
            f'<prosody pitch="{value}"> is not a valid pitch; write {", ".join(PITCHES)}, +2st or -10%'
        ) from None
    if not abs(semitones) <= MAX_PITCH:
        raise TextError(f'<prosody pitch="{value}"> is more than {MAX_PITCH:g} semitones up or down')
    return semitones


def _volume(value: str) -> float:
    """Convert "soft" or "+6dB" to decibels. Raises TextError."""
    match = re.fullmatch(r"([+-]?\d+\.?\d*|[+-]?\.\d+)\s*dB", value)
    if value in VOLUMES:
        return VOLUMES[value]
    if match is None:
        raise TextError(f'<prosody volume="{value}"> is not a valid volume; write {", ".join(VOLUMES)} or -6dB')
    return float(match[1])


class _CharacterOffsets:
    """Converts positions in UTF-8 bytes to positions in characters."""

    def __init__(self, source: str):
        self._at: dict[int, int] | None = None
        if not source.isascii():
            self._at, byte = {}, 0
            for i, c in enumerate(source):
                self._at[byte] = i
                byte += len(c.encode("utf-8", "replace"))
            self._at[byte] = len(source)

    def character(self, byte: int) -> int:
        return byte if self._at is None else self._at.get(byte, 0)
