"""Every text is read or raises a `TextError`. No text crashes or hangs the process."""

import subprocess
import sys
from pathlib import Path

import pytest
from fuzz import faults_of_reading, text

from tts.text.frontend import TextError, TextFrontend

FUZZ = Path(__file__).with_name("fuzz.py")


def test_random_texts_are_read_or_raise_text_error():
    frontend, read = TextFrontend("en-us"), 0
    for index in range(140):
        source = text(3, index)
        try:
            sentences = frontend.read(source)
        except TextError:
            continue
        read += 1
        assert not list(faults_of_reading(source, sentences, len(frontend.symbols))), (index, ascii(source[:80]))
    assert read > 40  # it is not all refused


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("seed", "count", "spoken"), [(1, 4000, 120), (7, 3000, 0)])
def test_thousands_of_texts_pass_in_a_separate_process(seed, count, spoken):
    words = ["--seed", str(seed), "--count", str(count), "--spoken", str(spoken)]
    done = subprocess.run([sys.executable, FUZZ, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
