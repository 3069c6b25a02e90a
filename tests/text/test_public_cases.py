"""Inputs from public reports that speech engines misread, each with its correct reading."""

from pathlib import Path

import pytest

from tts.core.errors import TextError
from tts.text.frontend import TextFrontend

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("public_cases.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.fixture(scope="module")
def frontend():
    return TextFrontend("en-us")


@pytest.mark.parametrize(("kind", "text", "spoken", "phonemes"), ROWS, ids=[f"{row[0]}: {row[1]}" for row in ROWS])
def test_public_cases_are_normalized_correctly(frontend, kind, text, spoken, phonemes):
    try:
        parts = frontend.read(text.replace("\\n", "\n"))
    except TextError:
        parts = []  # the text holds no words, as "&hellip;"
    assert " || ".join(part.reading.normalized for part in parts) == spoken
    assert " || ".join(part.reading.phonemes for part in parts) == phonemes
