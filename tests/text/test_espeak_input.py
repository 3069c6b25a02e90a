"""The text of one espeak-ng call is short enough for its buffers."""

import subprocess
import sys

import pytest

from tts.text.espeak_input import MAX_CALL, MAX_STRANGE, calls

KILLERS = [  # each of these texts ended the process in at least one language
    *("ạ." * 67, "w." * 400, "w." * 250, "ạ.ạ.ạ. " * 40, "w.w. " * 200, "é." * 150, "字." * 100, "𝒜." * 100),
    *("क." * 100, "\u0301." * 200, "a\u0301." * 200, "Ⱥ.ⱥ." * 60, "あ." * 100, "_w." * 200, "ạ ." * 100),
    *("ạ  .  " * 100, "ạ .ạ. " * 60),
]
SPEAK_ALL = """
import sys
from tts.data.engines.espeak import Espeak, EngineError
from tts.text.frontend import TextError, TextFrontend
for language in ("en-us", "vi"):
    frontend = TextFrontend(language)
    for text in sys.stdin.read().split("|"):
        for read in (frontend, frontend.read):
            try:
                read(text)
            except TextError:
                pass
speaker = Espeak()
for text in ("w." * 250, "é." * 150):
    try:
        speaker(text)
    except EngineError:
        pass
print("alive")
"""


def test_long_runs_of_initials_do_not_crash_espeak(monkeypatch):
    monkeypatch.setenv("ATTUNE_CACHE", "off")
    done = subprocess.run(
        [sys.executable, "-c", SPEAK_ALL], input="|".join(KILLERS), capture_output=True, text=True, timeout=200
    )
    assert done.stdout.strip() == "alive", f"exit {done.returncode}: {done.stderr[-300:]}"


@pytest.mark.parametrize("text", KILLERS)
def test_calls_are_short_and_keep_every_letter(text):
    parts = calls(text)
    assert max(map(len, parts)) <= MAX_STRANGE
    assert [c for c in "".join(parts) if c.isalpha()] == [c for c in text if c.isalpha()]


@pytest.mark.parametrize(
    "text", ["", "the U.S.A. of old", "J.R.R. Tolkien", "a long stretch " * 15, "state-of-the-art", "U.S.S.R. " * 3]
)
def test_ordinary_text_is_one_unchanged_call(text):
    assert calls(text) == [text]


def test_long_words_are_split_because_espeak_drops_their_ends():
    assert calls("a" * 100) == ["a" * 40 + " " + "a" * 40 + " " + "a" * 20]


def test_a_text_of_any_length_is_cut_between_words():
    parts = calls("word " * 1000)
    assert max(map(len, parts)) <= MAX_CALL
    assert "".join(parts) == "word " * 1000
