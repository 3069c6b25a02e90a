import math
import re
import sys

import numpy as np
import pytest

from tts.core.install import install_command
from tts.evaluation.error_rates import as_spoken, check_installed, count_errors, error_rates
from tts.evaluation.intervals import mean_interval, ratio_interval


def rates_of(texts, heard):
    return error_rates([count_errors(text, words, as_spoken) for text, words in zip(texts, heard)])


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Dr. Jones paid $3.50!", "doctor jones paid three dollars fifty cents"),
        ("It's the sixth-form’s 'best'.", "it's the sixth form's best"),
        ("--", ""),
    ],
)
def test_texts_are_compared_in_spoken_form(written, spoken):
    assert as_spoken(written) == spoken


def test_digits_in_a_transcript_are_not_errors():
    rates = rates_of(["Twenty-two cats, please."], ["22 cats please"])
    assert (rates["wer"], rates["cer"]) == (0, 0)


def test_errors_are_counted_over_all_texts():
    rates = rates_of(["one two three four", "five six"], ["one too three", "five six"])
    assert rates["wer"] == pytest.approx(100 * 2 / 6)  # one word replaced, one left out
    assert rates["cer"] == pytest.approx(100 * (1 + 5) / (18 + 8))  # w to o; " four"


def test_a_text_without_words_has_no_error_rate():
    assert all(math.isnan(rate) for rate in rates_of(["..."], ["anything"]).values())


def test_a_missing_jiwer_is_an_error_with_advice(monkeypatch):
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(ValueError, match=re.escape(install_command("evaluate"))):
        check_installed()


def test_intervals_cover_the_true_value_nineteen_times_in_twenty():
    rng = np.random.default_rng(1)
    samples = rng.normal(3, 1, (400, 30))
    covered = [abs(values.mean() - 3) <= mean_interval(values) for values in samples]
    assert 0.91 <= np.mean(covered) <= 0.98
    counts = [rng.binomial(20, 0.1, 40) for _ in range(100)]
    covered = [abs(errors.sum() / 800 - 0.1) <= ratio_interval(errors, [20] * 40) for errors in counts]
    assert 0.89 <= np.mean(covered) <= 0.99
    assert math.isnan(mean_interval([3.0]))
    assert math.isnan(ratio_interval([1], [4]))
