import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tts.synthesis.timestamps import captions, token_boundaries, word_times, write_timings
from tts.text.frontend import TextFrontend

STEP = 0.05


@pytest.fixture(scope="module")
def frontend():
    return TextFrontend("en-us")


def diagonal(durations):
    """Build an alignment that attends to symbol j for durations[j] steps."""
    path = np.repeat(np.arange(len(durations)), durations)
    return np.eye(len(durations))[path] * 0.9 + 0.1 / len(durations)


def timed(frontend, text, steps=3):
    reading = frontend(text)
    return word_times(reading.words, reading.symbols, diagonal([steps] * len(reading.tokens)), STEP)


def test_boundaries_follow_the_durations():
    assert token_boundaries(diagonal([2, 3, 1, 4])).tolist() == [0, 2, 5, 6, 10]


def test_skipped_symbols_share_the_time_of_the_next():
    assert token_boundaries(diagonal([2, 0, 0, 3])).tolist() == [0, 2, 3, 4, 5]
    assert token_boundaries(diagonal([2, 3, 0, 0]))[-1] == 5


def test_a_backward_step_does_not_decrease_time():
    alignment = diagonal([4, 4, 4])
    alignment[6] = [0.8, 0.1, 0.1]
    assert token_boundaries(alignment).tolist() == [0, 4, 8, 12]


@settings(max_examples=60, deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 20), st.integers(1, 12)), elements=st.floats(0, 1)))
def test_boundaries_never_decrease_and_end_with_the_speech(alignment):
    edges = token_boundaries(alignment)
    assert len(edges) == alignment.shape[1] + 1
    assert (np.diff(edges) >= 0).all()
    assert edges[0] == 0
    assert edges[-1] == len(alignment)


def test_words_have_positions_and_times(frontend):
    text = "Dr. Jones paid $3.50, of the."
    words = timed(frontend, text)
    assert [word.text for word in words] == ["Dr.", "Jones", "paid", "$3.50", "of", "the"]
    assert words[3].normalized == "three dollars fifty cents"
    assert all(text[word.char_start : word.char_end] == word.text for word in words)
    assert words[0].start == pytest.approx(3 * STEP)  # after the symbol of the begin
    assert words[0].end == pytest.approx((3 + 3 * len("dˈɑːktɚ")) * STEP)
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(words))
    assert [phone.symbol for phone in words[0].phones] == ["d", "ˈɑː", "k", "t", "ɚ"]
    assert words[0].phones[-1].end == pytest.approx(words[0].end)


def test_words_can_be_shifted_and_stretched(frontend):
    word = timed(frontend, "cat")[0]
    moved = word.shifted(2.0, 1.5)
    assert moved.end - moved.start == pytest.approx(1.5 * (word.end - word.start))
    assert moved.phones[0].start == pytest.approx(2.0 + 1.5 * word.start)


def test_json_has_all_fields(frontend, tmp_path):
    words = timed(frontend, "I paid $3.")
    content = json.loads(write_timings(tmp_path / "a.json", "I paid $3.", words, 9.0).read_text(encoding="utf-8"))
    assert content["duration"] == 9.0
    assert content["words"][2]["span"] == [7, 9]
    assert [phone["symbol"] for phone in content["words"][1]["phonemes"]] == ["p", "ˈe", "ɪ", "d"]


TEXT = (
    'The first sentence is short. "The second & one", however, is so long that it '
    "will not fit into <two> lines of text."
)


def test_srt_has_cues_of_two_lines(frontend, tmp_path):
    words = timed(frontend, TEXT, 1)
    blocks = write_timings(tmp_path / "a.srt", TEXT, words, 9.0).read_text(encoding="utf-8").strip().split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == [str(n) for n in range(1, len(blocks) + 1)]
    assert blocks[0].splitlines()[2] == "The first sentence is short."
    assert all(len(line) <= 42 for block in blocks for line in block.splitlines()[2:])
    assert all(len(block.splitlines()) <= 4 for block in blocks)
    times = re.findall(r"(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})", "\n".join(blocks))
    assert len(times) == len(blocks)
    assert all(start < end for start, end in times)
    shown = " ".join(" ".join(block.splitlines()[2:]) for block in blocks)
    assert "however," in shown


def test_vtt_times_each_word_and_escapes(frontend, tmp_path):
    words = timed(frontend, "one & two")
    content = write_timings(tmp_path / "a.vtt", "one & two", words, 9.0).read_text(encoding="utf-8")
    assert content.startswith("WEBVTT\n\n00:00:00.")
    assert "&amp;" in content
    assert content.count("<00:00:") == len(words) - 1


def test_textgrid_covers_the_whole_time(frontend, tmp_path):
    words = timed(frontend, "a cat, a dog")
    content = write_timings(tmp_path / "a.TextGrid", "a cat, a dog", words, 9.0).read_text(encoding="utf-8")
    for tier in content.split('class = "IntervalTier"')[1:]:
        edges = [tuple(map(float, pair)) for pair in re.findall(r"xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text", tier)]
        assert edges[0][0] == 0
        assert edges[-1][1] == 9.0
        assert all(a[1] == b[0] and a[0] < a[1] for a, b in itertools.pairwise(edges))
    assert re.findall(r'text = "(\w+)"', content.split('name = "phones"')[0]) == ["a", "cat", "a", "dog"]


def test_another_suffix_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"\.json, \.srt, \.vtt or \.TextGrid"):
        write_timings(tmp_path / "a.txt", "", [], 1.0)


def test_captions_end_with_their_sentence_or_a_pause(frontend):
    text = "One two. Three four."
    words = timed(frontend, text)
    assert [[w.text for w in group] for group in captions(text, words)] == [["One", "two"], ["Three", "four"]]
    late = [words[0], words[1].shifted(5.0)]
    assert len(captions(text, late)) == 2


def test_captions_of_ssml_have_the_spoken_text(frontend, tmp_path):
    text = (
        '<speak>Hi <sub alias="World Wide Web">WWW</sub>. <prosody rate="slow">Slow &amp; one.</prosody> End.</speak>'
    )
    path = write_timings(tmp_path / "cues.srt", text, timed(frontend, text), 9.0)
    lines = [line for line in path.read_text().splitlines() if line and "-->" not in line and not line.isdigit()]
    assert lines == ["Hi WWW.", "Slow & one.", "End."]
    assert ">&amp; <" in write_timings(tmp_path / "cues.vtt", text, timed(frontend, text), 9.0).read_text()
