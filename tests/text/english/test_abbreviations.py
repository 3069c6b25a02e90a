import pytest

from tts.text.english import abbreviations as rules
from tts.text.english.abbreviations import abbreviation_periods


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mr. Smith came.", "Mr."),
        ("He met J. F. Kennedy.", "J. F."),
        ("At 5 p.m. on Monday.", "p.m."),
        ("It was I. Then he left.", ""),
        ("In Oct. 1963 or so.", "Oct."),
        ("It was Oct. Then it was not.", ""),
        ("No. 5 is alive.", "No."),
        ("Gun No. C2766 is it.", "No."),
        ("He said No. Then he left.", ""),
        ("The U.S. Army won.", "U.S."),
    ],
)
def test_full_stops_of_abbreviations_are_found(text, kept):
    expected = {text.find(kept) + i for i, c in enumerate(kept) if c == "."} if kept else set()
    assert abbreviation_periods(text) == expected


def test_a_stop_after_am_or_pm_before_a_capital_ends_the_sentence():
    assert abbreviation_periods("He came at 5 p.m. They left.") == {14}


def test_the_last_stop_of_a_text_ends_the_sentence():
    assert abbreviation_periods('the "U.S."') == {6}
    assert abbreviation_periods("Ask Mr.") == set()


def test_no_abbreviation_is_longer_than_the_test_before_the_search():
    tables = (rules.TITLES, rules.WORDS, rules.MONTHS, rules.BEFORE_NUMBER, rules.STATES, rules._IN_SENTENCE)
    words = {word for table in (*tables, rules._OTHERS, rules._UNIT_STOPS) for word in table}
    assert all(word.isascii() and word.isalpha() and len(word) <= rules._MOST_LETTERS for word in words)
