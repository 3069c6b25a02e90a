import os

import numpy as np
import pytest

from tts.data.journal import AUDIO, ITEMS, JOURNAL, MELS, Journal
from tts.data.metadata import CorpusError

M = 4


def write(folder, names):
    with Journal(folder, M) as journal:
        for name in names:
            number = int(name[1:])
            mel = np.full((number + 1, M), number, np.float16)
            journal.append({"id": name, "features": {}}, mel, np.full(2 * (number + 1), number, np.int16))


def read(folder):
    with Journal(folder, M) as journal:
        records = dict(journal.records)
    mels = np.fromfile(folder / MELS, np.float16).reshape(-1, M)
    for name, record in records.items():
        start, count = record["frames"]
        assert (mels[start : start + count] == int(name[1:])).all()
        assert count == int(name[1:]) + 1
    return list(records)


def test_records_are_read_again_and_continued(tmp_path):
    write(tmp_path, ["u0", "u1"])
    write(tmp_path, ["u2"])
    assert read(tmp_path) == ["u0", "u1", "u2"]


@pytest.mark.parametrize("cut", [1, 7, 30])
def test_an_incomplete_line_loses_only_its_utterance(tmp_path, cut):
    write(tmp_path, ["u0", "u1", "u2"])
    journal = tmp_path / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert read(tmp_path) == ["u0", "u1"]
    write(tmp_path, ["u3"])
    assert read(tmp_path) == ["u0", "u1", "u3"]


@pytest.mark.parametrize("file", [MELS, AUDIO])
def test_a_line_without_data_is_dropped(tmp_path, file):
    write(tmp_path, ["u0", "u1", "u2"])
    data = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(data[:-2])
    assert read(tmp_path) == ["u0", "u1"]


def test_data_without_a_line_are_removed(tmp_path):
    write(tmp_path, ["u0"])
    size = (tmp_path / MELS).stat().st_size
    with (tmp_path / MELS).open("ab") as file:
        file.write(b"half a frame")
    write(tmp_path, ["u1"])
    assert read(tmp_path) == ["u0", "u1"]
    assert (tmp_path / MELS).stat().st_size == size + 2 * M * 2


def test_a_new_text_keeps_the_frames(tmp_path):
    write(tmp_path, ["u0", "u1"])
    with Journal(tmp_path, M) as journal:
        journal.append({"id": "u0", "features": {}, "text": "new"}, None, None)
        frames = journal.records["u0"]["frames"]
    with Journal(tmp_path, M) as journal:
        assert journal.records["u0"]["text"] == "new"
        assert journal.records["u0"]["frames"] == frames == [0, 1]
    assert read(tmp_path) == ["u0", "u1"]


def test_a_damaged_line_loses_only_its_own_utterance(tmp_path):
    write(tmp_path, ["u0", "u1", "u2"])
    size = (tmp_path / MELS).stat().st_size
    journal = tmp_path / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(lines[0] + b"\xff" + lines[1][1:] + lines[2])
    assert read(tmp_path) == ["u0", "u2"]
    assert (tmp_path / MELS).stat().st_size == size
    write(tmp_path, ["u1"])
    assert read(tmp_path) == ["u0", "u2", "u1"]


def test_data_of_the_index_are_never_removed(tmp_path):
    write(tmp_path, ["u0", "u1", "u2"])
    sizes = [(tmp_path / name).stat().st_size for name in (MELS, AUDIO)]
    journal = tmp_path / JOURNAL
    (tmp_path / ITEMS).write_bytes(journal.read_bytes())
    journal.write_bytes(b"garbage\n" * 3)
    assert read(tmp_path) == []
    assert [(tmp_path / name).stat().st_size for name in (MELS, AUDIO)] == sizes


@pytest.mark.parametrize("file", [MELS, AUDIO])
def test_flipped_bits_are_found_by_checksums(tmp_path, file):
    write(tmp_path, ["u0", "u1", "u2"])
    content = bytearray((tmp_path / file).read_bytes())
    content[len(content) // 3] ^= 4  # in u1
    (tmp_path / file).write_bytes(content)
    with Journal(tmp_path, M) as journal:
        assert journal.forget_damaged() == ["u1"]
        assert list(journal.records) == ["u0", "u2"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
@pytest.mark.parametrize("name", [MELS, AUDIO, JOURNAL])
def test_a_pipe_is_not_opened(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(CorpusError, match=r"is not a regular file\. Remove it"):
        Journal(tmp_path, M)


@pytest.mark.parametrize("frames", ["[-1, 2]", "[0, 1000000000000000]", "3", "[0]", "[0.5, 1]"])
def test_lines_with_invalid_positions_are_skipped(tmp_path, frames):
    write(tmp_path, ["u0"])
    with (tmp_path / JOURNAL).open("a") as file:
        file.write(f'{{"id": "x", "frames": {frames}, "samples": [0, 1]}}\n')
    assert read(tmp_path) == ["u0"]
