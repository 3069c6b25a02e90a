import math
import sys

import pytest

from tts.evaluation.words import as_spoken, check_installed, error_rates


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Dr. Jones paid $3.50!", "doctor jones paid three dollars fifty cents"),
        ("It's the sixth-form’s 'best'.", "it's the sixth form's best"),
        ("--", ""),
    ],
)
def test_texts_are_compared_as_they_are_spoken(written, spoken):
    assert as_spoken(written) == spoken


def test_what_a_recogniser_writes_in_digits_is_no_error():
    assert error_rates(["Twenty-two cats, please."], ["22 cats please"]) == {"wer": 0, "cer": 0}


def test_errors_are_counted_over_all_texts():
    rates = error_rates(["one two three four", "five six"], ["one too three", "five six"])
    assert rates["wer"] == pytest.approx(100 * 2 / 6)  # one word replaced, one left out
    assert rates["cer"] == pytest.approx(100 * (1 + 5) / (18 + 8))  # w to o; " four"


def test_without_words_there_is_no_rate():
    assert all(math.isnan(rate) for rate in error_rates(["..."], ["anything"]).values())


def test_a_missing_jiwer_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(ValueError, match=r'pip install "attune-tts\[evaluate\]"'):
        check_installed()
