"""Numbers are divided into words that espeak-ng pronounces alike apart and together."""

import random

import pytest

from tts.text import espeak
from tts.text.english import English
from tts.text.english.number_words import divide_numbers
from tts.text.english.numbers import cardinal, decimal
from tts.text.language import Language
from tts.text.phonemize import Phonemizer

BEFORE = "to the a of he they would have not about at in for with over page and but is that which both"
AFTER = "record live read use close people of the in lives used and or but that at an under minutes pounds out"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("of two thousand one hundred years", ["of two", "thousand", "one hundred years"]),
        ("three point one four one", ["three", "point", "one four one"]),
        ("x squared minus fifty-one equals zero", ["x squared", "minus", "fifty-one equals", "zero"]),
        ("nobody came", ["nobody came"]),
        ("two", ["two"]),
    ],
)
def test_a_number_is_divided_between_its_words(text, parts):
    assert [" ".join(part) for part in divide_numbers(text.split())] == parts


@pytest.mark.parametrize("language", ["en-us", "en-gb", "en-029", "en-gb-scotland"])
def test_the_phonemes_are_those_of_the_whole(language):
    r, rules = random.Random(language), English(language)
    for _ in range(300):
        number = r.choice([cardinal, lambda n: decimal(n, str(r.randrange(1000)))])(
            str(r.randrange(10 ** r.randint(1, 9)))
        )
        sign = r.choice(["plus", "minus", "times", "equals", "squared", "cubed", ""])
        text = f"{r.choice(BEFORE.split())} {number} {sign} {cardinal(str(r.randrange(100)))} {r.choice(AFTER.split())}"
        parts = rules.pronounced_apart(text.split())
        apart = " ".join(espeak.phonemes(" ".join(part), language) for part in parts)
        assert apart == espeak.phonemes(text, language)


def test_new_numbers_of_known_words_do_not_call_espeak(monkeypatch):
    known, whole = Phonemizer("en-us", cached=False), Phonemizer("en-us", cached=False, rules=Language())
    known("two six hundred, ninety-three thousand, five million")
    text = "six million two hundred ninety-three thousand five hundred six"
    expected = whole(text)
    monkeypatch.setattr(espeak, "phonemes", lambda *text: pytest.fail(f"espeak-ng was called for {text}"))
    assert known(text) == expected
