import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tts.text.english.normalize import normalize, normalize_offsets
from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import clean, restore_letters


def read_cases():
    """(category, written, spoken, pairs of spans) of every line of cases.txt."""
    category = ""
    for line in Path(__file__).with_name("cases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            category = line.strip("[]") if " | " not in line else category
        if " | " not in line or line.startswith("#"):
            continue
        (written, left), (spoken, right) = map(braces, line.split(" | "))
        assert len(left) == len(right), line
        yield pytest.param(written, spoken, list(zip(left, right)), id=f"{category}: {written}")


def braces(marked):
    """The text without its braces, and the spans that were inside them."""
    stretches, text = [], ""
    for part in re.split(r"(\{[^}]*\})", marked):
        inner = part.strip("{}") if part.startswith("{") else part
        if part.startswith("{"):
            stretches.append((len(text), len(text) + len(inner)))
        text += inner
    return text, stretches


CASES = list(read_cases())


def test_the_case_file_has_hundreds_of_rows():
    assert len(CASES) >= 370


@pytest.mark.parametrize(("written", "spoken", "pairs"), CASES)
def test_normalized_words_have_correct_source_spans(written, spoken, pairs):
    traced = normalize_offsets(OffsetText(written))
    assert restore_letters(traced.text) == spoken
    for (source_start, source_end), (start, end) in pairs:
        if start == end:
            continue
        found = traced.span(*trimmed(spoken, start, end))
        wanted = trimmed(written, source_start, source_end)
        assert (found[0] <= wanted[0] and wanted[1] <= found[1]) or (wanted[0] <= found[0] and found[1] <= wanted[1]), (
            f"{spoken[start:end]!r} came from {written[slice(*found)]!r}"
        )
    for match in re.finditer(r"[A-Za-z]{3,}", spoken):
        inside = any(start <= match.start() < end for _, (start, end) in pairs)
        if not inside and match[0].lower() == match[0] and match[0] in written:
            assert written[slice(*traced.span(*match.span()))] == match[0]


def trimmed(text, start, end):
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "😀👍🏽", "Привет", "你好。", "\x00\x07", "\ud800"])
def test_text_without_words_gives_an_empty_string(text):
    assert normalize(text) == ""


def test_plain_text_stays_unchanged():
    text = 'The Middle Ages brought calligraphy to perfection, and "so" (perhaps) it was; was it not? Yes!'
    assert normalize(text) == text


def test_emoji_are_read_by_name_if_enabled():
    assert normalize("Go 🚀!", emoji=True) == "Go rocket!"
    assert normalize("Go 👍🏽!", emoji=True) == "Go thumbs up sign!"
    assert normalize("Go 🚀!") == "Go!"


NUMBERISH = st.text(alphabet="0123456789.,:/-–'$£%°stndrh kgampxIVXCeE^@#~()\n½²٣Ⅳ①", max_size=40)
ADDRESSISH = st.text(alphabet="ab.@/\\:#-_~?&=1<>wW ", max_size=40)
ANY = st.one_of(
    st.text(max_size=60), NUMBERISH, ADDRESSISH, st.characters(categories=["Nd", "No", "Nl", "Cs", "So", "Co"])
)


@settings(max_examples=400, deadline=None)
@given(ANY)
@example("\U000f0000 1")
@example("AAA000")
@example("#A0_")  # the blank between "A" and "zero", which both stand for all of it
@example("£-0")  # the sign stands before "minus" in the source and after it in the words
@example("0/0 1/0 00:00:00 $. £ 1.1.1.1.1 99999999999999999999th MMMMM 1e999")
def test_any_string_is_normalized_without_error_or_digit(text):
    spoken = normalize_offsets(OffsetText(text))
    typed = "".join(c for c in text if not 0xF0000 <= ord(c) <= 0xFFFFD)
    assert normalize(text) == restore_letters(normalize_offsets(OffsetText(typed)).text)
    assert not any(c.isdigit() or c.isnumeric() for c in spoken.text)
    assert "  " not in spoken.text
    assert spoken.text == spoken.text.strip()
    assert len(spoken.starts) == len(spoken.ends) == len(spoken.text)
    assert all(0 <= start <= end <= len(text) for start, end in zip(spoken.starts, spoken.ends))
    assert list(spoken.starts) == sorted(spoken.starts)


@pytest.mark.parametrize("spoken", [case.values[1] for case in CASES])
def test_normalization_is_idempotent(spoken):
    assert normalize(spoken) == spoken


def test_a_very_long_number_is_read_digit_by_digit():
    assert normalize("9" * 400).split() == ["nine"] * 400


@pytest.mark.parametrize(
    "piece",
    ["On Nov. 22, 1963, he paid $3.50 for 5 kg. ", "a", "1", "1 ", ".", "I ", "A.", "1,", "-", "(", "a@", "/a", "<a "],
)
def test_normalization_takes_linear_time(piece):
    times = []
    for length in (5_000, 20_000):
        text = piece * (length // len(piece))
        started = time.process_time()
        normalize(text)
        times.append(time.process_time() - started)
    assert times[1] < 4 * 3 * max(times[0], 0.02)


def test_cleanup_keeps_letters_of_other_languages():
    assert clean("Straße für 3 €, ¿qué?") == "Straße für 3 €, ¿qué?"
