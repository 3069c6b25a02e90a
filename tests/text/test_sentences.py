import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.text.sentences import (
    COMMA_PAUSE,
    PARAGRAPH_PAUSE,
    SENTENCE_PAUSE,
    WORD_PAUSE,
    split_sentences,
)


def pieces(text, **options):
    return [s.text for s in split_sentences(text, **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("one. two", ["one.", "two"]),
        ("Mr. J. F. Smith came at 5 p.m. on Monday.", ["Mr. J. F. Smith came at 5 p.m. on Monday."]),
        ("He came at 5 p.m. They left.", ["He came at 5 p.m.", "They left."]),
        ("Pi is 3.14 now. See a.b.c for No. 5.", ["Pi is 3.14 now.", "See a.b.c for No. 5."]),
        ('"Yes!" he said... and left. (No.) Ok', ['"Yes!" he said... and left.', "(No.)", "Ok"]),
        ("No end", ["No end"]),
        ("Hello. 😀 ... Bye. !!!", ["Hello.", "Bye."]),
        ("A line\nwrapped. Next\n\nparagraph", ["A line\nwrapped.", "Next", "paragraph"]),
        ("5 & 6. &", ["5 & 6.", "&"]),
    ],
)
def test_text_is_split_into_sentences(text, expected):
    assert pieces(text) == expected


@pytest.mark.parametrize("text", ["", "  \n ", "...", "😀", "?!"])
def test_text_without_words_gives_no_sentence(text):
    assert split_sentences(text) == []


def test_pauses_after_paragraphs_are_longer():
    first, second, third = split_sentences("One. Two.\n\nThree.")
    assert (first.pause, second.pause, third.pause) == (SENTENCE_PAUSE, PARAGRAPH_PAUSE, SENTENCE_PAUSE)


def test_a_long_sentence_is_cut_at_the_best_place():
    clause = split_sentences("aaaa bbbb cccc; dddd, eeee ffff gggg hhhh.", max_characters=30)
    assert [s.text for s in clause] == ["aaaa bbbb cccc;", "dddd, eeee ffff gggg hhhh."]
    comma = split_sentences("aaaa bbbb cccc, dddd eeee ffff gggg.", max_characters=30)
    assert (comma[0].text, comma[0].pause) == ("aaaa bbbb cccc,", COMMA_PAUSE)
    words = split_sentences("aaaa bbbb cccc dddd eeee", max_characters=12)
    assert (words[0].text, words[0].pause) == ("aaaa bbbb", WORD_PAUSE)
    assert pieces("x" * 25, max_characters=10) == ["x" * 10, "x" * 10, "x" * 5]


def test_ten_thousand_words_keep_their_order():
    text = " ".join(f"word{i}" for i in range(10_000))
    found = split_sentences(text, max_characters=150)
    assert " ".join(s.text for s in found) == text
    assert max(len(s.text) for s in found) <= 150


def test_each_run_of_marks_is_searched_once():
    found = split_sentences("." * 300_000 + "a")  # a search from each mark would take longer than a test may
    assert [(s.text, s.start) for s in found] == [("a", 300_000)]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='abcDE .,;!?"\n12-—é', max_size=120), st.integers(5, 60))
def test_pieces_match_their_offsets_and_cover_the_text(text, limit):
    found = split_sentences(text, max_characters=limit)
    assert all(s.text == text[s.start : s.end] and len(s.text) <= limit and s.text.strip() == s.text for s in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    said = "".join(c for s in found for c in s.text if c.isalnum())
    assert said == "".join(c for c in text if c.isalnum())
