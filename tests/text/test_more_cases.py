"""More inputs that speech engines often misread, with other words, numbers and positions in the sentence."""

from collections import defaultdict
from pathlib import Path

import pytest

from tts.text.frontend import TextFrontend

KINDS = defaultdict(list)
for line in Path(__file__).with_name("more_cases.tsv").read_text(encoding="utf-8").splitlines():
    if not line.startswith("# kind"):
        kind, text, expected = line.split("\t")
        KINDS[kind].append((text, expected))


@pytest.fixture(scope="module")
def frontend():
    return TextFrontend("en-us")


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_of_each_kind_are_normalized_correctly(frontend, kind):
    """The normalized text, or the phonemes if a row checks the pronunciation."""
    said = {}
    for text, _ in KINDS[kind]:
        parts = [part.reading for part in frontend.read(text.replace("\\n", "\n").replace("\\r", "\r"))]
        said[text] = " || ".join(part.phonemes if kind.endswith("/ipa") else part.normalized for part in parts)
    assert said == dict(KINDS[kind])
