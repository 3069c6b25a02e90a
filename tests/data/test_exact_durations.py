import numpy as np
import pytest

from tts.data.exact_durations import exact_durations, frames_per_symbol, spoken_spans

AUDIO = {"sample_rate": 1000, "hop_length": 10}
ITEM = {"trim": [100, 600], "frames": [7, 50]}


def test_seconds_become_frames_of_the_trimmed_recording():
    frames = frames_per_symbol([0.05, 0.15, 0.154, 0.4, 0.7], ITEM, AUDIO)
    assert frames.tolist() == [0, 5, 0, 25, 20]


@pytest.mark.parametrize("ends", [[0.2, 0.3], [0.7, 0.8], [0.0, 0.05]])
def test_frames_per_symbol_sum_to_the_frames(ends):
    frames = frames_per_symbol(ends, ITEM, AUDIO)
    assert frames.sum() == 50
    assert frames.min() >= 0


def test_a_text_with_other_symbols_has_no_durations(tmp_path):
    (tmp_path / "utterances.jsonl").write_text(
        '{"id": "a", "text": "x", "symbols": "^b$", "ends": [0.1, 0.3, 0.6]}\n'
        '{"id": "b", "text": "x", "symbols": "^c$", "ends": [0.1, 0.3, 0.6]}\n'
        '{"id": "c", "text": "x"}\n'
    )
    items = [{"id": name, "tokens": [1, 3, 2], **ITEM} for name in ("a", "b", "c", "d")]
    config = {"text": {"symbols": list("_^$b")}, "audio": AUDIO}
    found = exact_durations(tmp_path, items, config)
    assert list(found) == ["a"]
    np.testing.assert_array_equal(found["a"], [0, 20, 30])
    assert exact_durations(tmp_path / "recordings", items, config) == {}


def test_spoken_span_ends_in_the_last_phoneme_not_in_the_full_stop(tmp_path):
    (tmp_path / "utterances.jsonl").write_text(
        '{"id": "a", "text": "x", "symbols": "^\\u02c8bt.$", "ends": [0.1, 0.12, 0.3, 0.6, 0.7, 0.9]}\n'
        '{"id": "b", "text": "x", "symbols": "^bt.$", "ends": [0.1, 0.3, 0.35, 0.7, 0.9]}\n'
        '{"id": "c", "text": "x"}\n'
    )
    assert spoken_spans(tmp_path) == {"a": (0.1, 0.5), "b": (0.1, 0.35)}
    assert spoken_spans(tmp_path / "recordings") == {}
