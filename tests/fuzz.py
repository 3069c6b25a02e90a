"""Seeded texts of many kinds, and what must hold of every reading and every sound. Run it to try many, in a process:

python tests/fuzz.py --seed 7 --count 3000 --spoken 100
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

WORDS = [
    "the",
    "of",
    "Hello",
    "world",
    "Dr.",
    "Jones",
    "U.S.A.",
    "e.g.",
    "3.50",
    "$3.50",
    "£1,234.56",
    "1963",
    "Nov.",
    "22,",
    "12:30",
    "5'10\"",
    "10%",
    "http://a.b/c?d=e",
    "a@b.co",
    "+1-800-555",
    "IV",
    "XIV",
    "1/2",
    "½",
    "x²",
    "°C",
    "km/h",
    "#7",
    "@me",
    "&",
    "C++",
    "don't",
    "...",
    "--",
    "—",
    "1e10",
    "-5",
    "3rd",
    "1990s",
    "10:00am",
    "B2B",
    "192.168.0.1",
]
ODD = "\0\1\a\b\t\n\v\f\r\x1b\x7f\x85\xa0\u200b\u200d\u2028\u202e\ufeff\ufffd\uffff\U000f0000\U000ffffd\U0010ffff\ud800"
TAGS = ("p", "s", "break", "sub", "phoneme", "say-as", "prosody", "emphasis", "speak", "voice", "x:y")
NAMES = ("time", "strength", "alias", "ph", "interpret-as", "rate", "level", "format", "zz")
VALUES = (
    "500ms",
    "1e9s",
    "-1s",
    "",
    "nan",
    "x-slow",
    "0.25",
    "4",
    "1000%",
    "-80%",
    "digits",
    "date",
    "həlˈoʊ",
    "ʘ",
    "&#0;",
)


def any_characters(r: random.Random) -> str:
    """Characters of every plane of Unicode, including surrogates and unassigned ones."""
    planes = (0x80, 0x300, 0x370, 0x3000, 0xE000, 0x20000, 0x110000)
    return "".join(chr(r.randrange(r.choice(planes))) for _ in range(r.randrange(1, 150)))


def glued_words(r: random.Random) -> str:
    """English words, joined by any characters."""
    joints = ("", " ", "-", "/", "'", ".", ",", ":", "\n\n", "_", *ODD)
    return "".join(r.choice(WORDS) + r.choice(joints) for _ in range(r.randrange(1, 50)))


def numbers(r: random.Random) -> str:
    """Numbers of any length in every form that the rules support."""
    digits = "".join(r.choice("0123456789") for _ in range(r.choice((1, 4, 15, 60, 1500))))
    form = r.choice(
        ("{}", "${}", "{}.{}", "-{}%", "{}/{}", "{}:{}pm", "{}th", "£{}m", "{}°C", "x^{}", "'{}s", "+{}", "#{}")
    )
    return form.format(digits, digits[:7]) + " ok"


def repeated(r: random.Random) -> str:
    """A short unit repeated many times, for slow patterns and small buffers."""
    units = [
        *" .,;:!?-'()<>[]{}&/$%#@+=*_~^|\n019aAbIVXMst½é",
        "am",
        "St.",
        "w.",
        "ạ.",
        "字.",
        "http://",
        "<a ",
        "<!---->",
        "--",
    ]
    unit = "".join(r.choice(units) for _ in range(r.randrange(1, 5)))
    return r.choice(("", "x", "$", "<")) + unit * r.choice((20, 70, 400)) + r.choice(("", "x", "!", " end"))


def markup(r: random.Random, depth: int = 0) -> str:
    """Nested elements with valid and invalid attributes."""
    tag = r.choice(TAGS)
    inside = "".join(
        markup(r, depth + 1)
        if depth < 5 and r.random() < 0.4
        else r.choice((*WORDS, "[[a]] ", "<!-- c -->", "é한 ", ". "))
        for _ in range(r.randrange(4))
    )
    attributes = "".join(f' {name}="{r.choice(VALUES)}"' for name in r.sample(NAMES, r.randrange(3)))
    return f"<{tag}{attributes}>{inside}</{tag}>" if r.random() < 0.8 else f"<{tag}{attributes}/>"


def document(r: random.Random) -> str:
    """SSML, sometimes with a part removed or inserted."""
    text = "<speak>" + "".join(markup(r) for _ in range(r.randrange(1, 5))).replace("& ", "&amp; ") + "</speak>"
    if r.random() < 0.4:
        at = r.randrange(len(text))
        text = text[:at] + r.choice(("", "<", "&", "\ud800", "<!DOCTYPE a>", "]]>")) + text[at + r.randrange(3) :]
    return text


def nested(r: random.Random) -> str:
    """Rates, pauses and emphasis that multiply."""
    tag = r.choice(('prosody rate="0.25"', 'prosody rate="4"', "emphasis", "s", "p"))
    times = r.choice((5, 50, 3000))
    return f"<speak>{f'<{tag}>' * times}hello{f'</{tag.split()[0]}>' * times}</speak>"


def brackets(r: random.Random) -> str:
    """Valid and broken inline phonemes."""
    units = ("[[", "]]", "[", "{", "}", "həlˈoʊ", "HH AH0", "word", " ", "[[a]]", "{HH AH0}", "[[]]", "\U000f0003")
    return "".join(r.choice(units) for _ in range(r.randrange(1, 40)))


KINDS = (any_characters, glued_words, numbers, repeated, document, nested, brackets)


def text(seed: int, index: int) -> str:
    """A text that depends only on the numbers, on every machine."""
    return KINDS[index % len(KINDS)](random.Random(f"{seed}/{index}"))


def faults_of_reading(source: str, sentences: list[Any], num_symbols: int) -> Iterator[str]:
    """What should not be."""
    for sentence in sentences:
        reading = sentence.reading
        n = len(reading.tokens)
        if not 3 <= n == len(reading.symbols) == len(reading.spans) <= 3000:
            yield f"{n} tokens, {len(reading.symbols)} symbols, {len(reading.spans)} spans"
        if not all(0 <= token < num_symbols for token in reading.tokens):
            yield "a token outside of the table"
        if not all(0 <= start <= end <= len(source) for start, end in reading.spans):
            yield "a span outside of the text"
        if not 0 <= sentence.pause <= 30 or not 0.2 <= sentence.rate <= 5:
            yield f"pause {sentence.pause}, rate {sentence.rate}"
        if any(word.text != source[word.char_start : word.char_end] for word in reading.words):
            yield "a word that is not at its place"


def faults_of_sound(speech: Any) -> Iterator[str]:
    """What should not be."""
    audio = speech.audio
    if audio.dtype != np.float32 or audio.ndim != 1 or not len(audio) or not np.isfinite(audio).all():
        yield f"audio of shape {audio.shape}, {audio.dtype}"
    elif np.abs(audio).max() > 1.0:
        yield "samples beyond full scale"
    elif not all(0 <= word.start <= word.end <= speech.duration + 0.05 for word in speech.words):
        yield "a word outside of the sound"


def main() -> int:
    """Try many texts. Print every failure and a summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("seed", 1), ("count", 4000), ("spoken", 120)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    from tts import TTS
    from tts.text.frontend import TextError, TextFrontend

    frontend, failures = TextFrontend("en-us"), 0
    speak = TTS() if options.spoken else None
    refused = 0
    slowest = 0.0
    for index in range(options.count + options.spoken):
        source, start = text(options.seed, index), time.process_time()
        try:
            if index < options.count:
                wrong = list(faults_of_reading(source, frontend.read(source), len(frontend.symbols)))
            else:
                wrong = list(faults_of_sound(speak(source if "<" in source else source[:300], repair=False)))
        except TextError:
            wrong, refused = [], refused + 1
        except Exception as error:
            wrong = [repr(error)[:200]]
        slowest = max(slowest, time.process_time() - start)
        failures += bool(wrong)
        if wrong:
            print(f"text {index} {source[:80]!a}: {wrong}", flush=True)
    print(f"tried {options.count} + {options.spoken}, refused {refused}, failed {failures}, slowest {slowest:.1f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
