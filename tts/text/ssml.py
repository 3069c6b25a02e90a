"""A subset of SSML 1.1: ``speak p s break sub phoneme say-as prosody emphasis``; other tags are read through.

Of ``prosody`` the attributes ``rate``, ``pitch`` and ``volume`` are heeded.

Parsed with expat, which loads nothing from outside; a document type, the only door to entities, is refused.
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
MAX_PITCH, MIN_VOLUME, MAX_VOLUME = 12.0, -100.0, 12.0  # semitones either way; decibels; of sums of nested ones
SLOWEST, FASTEST, LONGEST_BREAK = 0.2, 5.0, 30.0  # of a rate and of the product of nested ones; seconds
MAX_DEPTH = 200  # tags within each other
_CLOSING_MARK = re.compile(r"\s*([.,;:!?…]+)")
_DOCUMENT = re.compile(  # what may stand before <speak>, each part in one way only: no text may take long
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*(?:<!DOCTYPE(?:(?!<speak[\s>/]).)*>\s*)?<speak(?=[\s>/])",
    re.DOTALL,
)


def is_ssml(text: str) -> bool:
    """Whether ``text`` is wrapped in ``<speak>``: plain text that holds a "<" or even a tag is not."""
    return _DOCUMENT.match(text) is not None


def passages(source: str, fixed: InlinePhonemes, language: Language) -> list[Segment]:
    """The passages of an SSML document, with spans in ``source``.

    Raises:
        TextError: it is not well-formed, has a document type, or a value that cannot be read; with line and column.
    """
    return _Document(source, fixed, language).passages


class _Document:
    """Collects passages while expat walks through the source."""

    def __init__(self, source: str, fixed: InlinePhonemes, language: Language):
        self.passages: list[Segment] = []
        source = replace_surrogates(source)
        self._source, self._fixed, self._language = source, fixed, language
        self._parts: list[OffsetText] = []
        self._texts: list[list[OffsetText]] = []  # of each passage, joined at the end: a joint for each mark is slow
        self._emphasis: list[tuple[int, int, str]] = []
        self._prosody = [Prosody()]
        self._open: list[tuple[str, dict[str, str], int, int]] = []  # tag, attributes, offset, number of parts
        self._bytes = _Offsets(source)
        self._parser = self._walk()
        self._pass_on()
        emphasis = EmphasisSpans(self._emphasis)
        texts = map(OffsetText.join, self._texts)
        self.passages = [part._replace(text=text, emphasis=emphasis) for part, text in zip(self.passages, texts)]

    def _walk(self) -> expat.XMLParserType:
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = False
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse
        parser.UseForeignDTD(True)  # so that HTML's entities, which are none of XML's, are passed on
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

    def _refuse(self, *_: object) -> None:
        raise TextError("the SSML has a document type (<!DOCTYPE ...>), which is not read; leave it out")

    def _here(self) -> int:
        return self._bytes.character(self._parser.CurrentByteIndex)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rsplit(":", 1)[-1]
        if tag not in TAGS:
            log.warning(
                "the SSML tag <%s> is not known and its text is read without it; known are: %s", tag, " ".join(TAGS)
            )
        if len(self._open) >= MAX_DEPTH:
            raise TextError(f"the SSML nests more than {MAX_DEPTH} tags at character {self._here() + 1}; close some")
        self._open.append((tag, attributes, self._here(), len(self._parts)))
        if tag == "break":
            self._pass_on(self._break(attributes))
        elif tag in ("p", "s"):
            self._pass_on()
        elif tag == "prosody":
            self._warn_of_ignored(attributes)
            self._pass_on_if_text()
            self._prosody.append(_nested(self._prosody[-1], attributes))

    def _end(self, _: str) -> None:
        tag, attributes, start, first = self._open.pop()
        end = self._here()
        if tag == "prosody":
            self._pass_on_if_text()
            self._prosody.pop()
        elif tag in ("p", "s"):
            self._pass_on(PARAGRAPH_PAUSE if tag == "p" else SENTENCE_PAUSE)
        elif tag == "emphasis":
            self._emphasis.append((start, end, attributes.get("level", "moderate")))
        elif tag in ("sub", "phoneme", "say-as"):
            inside = OffsetText.join(self._parts[first:])
            del self._parts[first:]
            self._parts.append(self._instead(tag, attributes, inside, start, end))

    def _instead(self, tag: str, attributes: dict[str, str], inside: OffsetText, start: int, end: int) -> OffsetText:
        """What is said for the text inside a tag."""
        where = f"<{tag}> at character {start + 1}"
        place = inside.span() if inside.text else (start, end)
        if tag == "sub":
            return OffsetText.at(attributes["alias"], *place) if "alias" in attributes else inside
        if tag == "phoneme":
            if not attributes.get("ph"):
                return inside
            phonemes = _in_ipa(attributes["ph"], attributes.get("alphabet", "ipa"), where)
            return OffsetText.at(f" {self._fixed.placeholder(inside.text, phonemes, where)} ", *place)
        return say_as(inside, attributes, where, self._fixed, self._language)

    def _data(self, text: str) -> None:
        start = self._here()
        if self._source.startswith(text, start) and text != "&":
            part = OffsetText(text, range(start, start + len(text)), range(start + 1, start + len(text) + 1))
        else:  # an entity such as &amp;, or another end of line
            end = self._source.find(";", start) + 1 if self._source[start : start + 1] == "&" else start + len(text)
            part = OffsetText.at(text, start, max(end, start))
        self._parts.append(without_placeholders(part))

    def _entity(self, name: str, is_parameter: bool) -> None:
        """``&nbsp;`` and the other entities of HTML."""
        said, start = html.unescape(f"&{name};"), self._here()
        if said == f"&{name};":
            raise TextError(f"the SSML names an undefined entity &{name}; at character {start + 1}; write it out")
        self._parts.append(without_placeholders(OffsetText.at(said, start, start + len(name) + 2)))

    def _pass_on_if_text(self) -> None:
        """What stands before or after a change of rate; its pause is what its last mark asks for."""
        text = "".join(part.text for part in self._parts).rstrip()
        if text:
            self._pass_on(_pause_after(text[-1]))

    def _pass_on(self, pause: float | None = None) -> None:
        """What has been collected becomes a passage; a pause without text lengthens the one before."""
        text, self._parts = OffsetText.join(self._parts), []
        if self.passages and (mark := _CLOSING_MARK.match(text.text)):  # the full stop of "<prosody>...</prosody>."
            last = self.passages[-1]
            self._texts[-1].append(text[mark.start(1) : mark.end()])
            self.passages[-1] = last._replace(pause=last.pause or _pause_after(mark[1][-1]))
            text = text[mark.end() :]
        if text.text.strip():
            self._add(text, pause)
        elif pause is not None and self.passages:
            last = self.passages[-1]
            self.passages[-1] = last._replace(pause=max(pause, last.pause or 0.0))
        elif pause:
            self._add(OffsetText(""), pause)

    def _add(self, text: OffsetText, pause: float | None) -> None:
        self._texts.append([text])
        self.passages.append(Segment(OffsetText(""), pause, *self._prosody[-1]))

    def _warn_of_ignored(self, attributes: dict[str, str]) -> None:
        ignored = [name for name in attributes if name not in Prosody._fields]
        if ignored:
            log.warning("<prosody %s> is not heeded; rate, pitch and volume are", " ".join(ignored))

    def _break(self, attributes: dict[str, str]) -> float:
        time = attributes.get("time", "")
        if not time:
            return BREAKS.get(attributes.get("strength", "medium"), BREAKS["medium"])
        match = re.fullmatch(r"\+?(\d+\.?\d*|\.\d+)\s*(ms|s)", time.strip())
        if not match:
            raise TextError(f'<break time="{time}"/> is no time; write 500ms or 0.5s')
        return min(float(match[1]) / (1000 if match[2] == "ms" else 1), LONGEST_BREAK)


def _pause_after(mark: str) -> float | None:
    """Seconds after a stretch that ends with ``mark``; None leaves them to the sentence."""
    if mark in ".!?…":
        return None
    return COMMA_PAUSE if mark == "," else CLAUSE_PAUSE if mark in ";:—" else 0.0


def _in_ipa(phonemes: str, alphabet: str, where: str) -> str:
    """Phonemes of any alphabet that is known as IPA; ARPAbet stays, `tts.text.lexicon` reads it."""
    name = alphabet.lower().removeprefix("x-")
    if name == "sampa":
        return from_x_sampa(phonemes)
    if name not in ("ipa", "cmu", "arpabet", "cmudict", "arpa"):
        raise TextError(f'{where}: the alphabet "{alphabet}" is not known; write ipa, x-sampa or x-arpabet')
    return phonemes


class Prosody(NamedTuple):
    """What ``<prosody>`` asks for."""

    rate: float = 1.0
    pitch: float = 0.0  # semitones
    volume: float = 0.0  # decibels


def _nested(outer: Prosody, attributes: dict[str, str]) -> Prosody:
    """The prosody inside a tag: factors multiply, semitones and decibels add up, all within bounds."""
    rate = outer.rate * _rate(attributes.get("rate", "medium"))
    pitch = outer.pitch + _pitch(attributes.get("pitch", "medium"))
    volume = outer.volume + _volume(attributes.get("volume", "medium"))
    return Prosody(
        min(max(rate, SLOWEST), FASTEST),
        min(max(pitch, -MAX_PITCH), MAX_PITCH),
        min(max(volume, MIN_VOLUME), MAX_VOLUME),
    )


def _rate(value: str) -> float:
    """ "slow", "80%", "1.2" or "+20%" as a factor."""
    try:
        if value in RATES:
            rate = RATES[value]
        elif value.endswith("%"):
            number = float(value[:-1]) / 100
            rate = 1 + number if value[0] in "+-" else number
        else:
            rate = float(value)
    except ValueError:
        raise TextError(f'<prosody rate="{value}"> is no rate; write {", ".join(RATES)}, 80% or 1.2') from None
    if not SLOWEST <= rate <= FASTEST:
        raise TextError(f'<prosody rate="{value}"> is not between {SLOWEST} and {FASTEST}')
    return rate


def _pitch(value: str) -> float:
    """ "low", "+2st" or "-10%" in semitones."""
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
        raise TextError(f'<prosody pitch="{value}"> is no pitch; write {", ".join(PITCHES)}, +2st or -10%') from None
    if not abs(semitones) <= MAX_PITCH:
        raise TextError(f'<prosody pitch="{value}"> is more than {MAX_PITCH:g} semitones up or down')
    return semitones


def _volume(value: str) -> float:
    """ "soft" or "+6dB" in decibels."""
    match = re.fullmatch(r"([+-]?\d+\.?\d*|[+-]?\.\d+)\s*dB", value)
    if value in VOLUMES:
        return VOLUMES[value]
    if match is None:
        raise TextError(f'<prosody volume="{value}"> is no volume; write {", ".join(VOLUMES)} or -6dB')
    return float(match[1])


class _Offsets:
    """Bytes of UTF-8 to characters."""

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
