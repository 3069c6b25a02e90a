from collections import Counter

import pytest

from tests.configured import configured
from tts.data.metadata import CorpusError, Split, read_held_out, read_metadata


def layout(folder, metadata, files):
    (folder / "wavs").mkdir()
    for name in files:
        (folder / "wavs" / name).write_bytes(b"")
    (folder / "metadata.csv").write_bytes(metadata)
    return folder


def test_two_and_three_columns_and_wav_and_flac_are_read(tmp_path):
    source = layout(
        tmp_path, "\ufeffa|Dr. X|Doctor X\r\n\nb|Only text\nc.wav|With suffix\n".encode(), ["a.wav", "b.flac", "c.WAV"]
    )
    entries, problems = read_metadata(source)
    assert [(entry.id, entry.text, entry.audio.name) for entry in entries] == [
        ("a", "Doctor X", "a.wav"),
        ("b", "Only text", "b.flac"),
        ("c", "With suffix", "c.WAV"),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"a", "columns"),
        (b"a|b|c|d", "columns"),
        (b"a|", "empty_text"),
        (b"gone|Some text", "missing_audio"),
        (b"../secret|Some text", "missing_audio"),
        (b"a|caf\xe9", "encoding"),
    ],
)
def test_a_bad_line_is_reported_and_the_others_are_read(tmp_path, line, kind):
    entries, problems = read_metadata(layout(tmp_path, b"good|Fine.\n" + line + b"\n", ["good.wav", "a.wav"]))
    assert [entry.id for entry in entries] == ["good"]
    assert [(problem.kind, problem.excluded) for problem in problems] == [(kind, True)]


def test_the_first_line_of_a_repeated_id_is_used(tmp_path):
    entries, problems = read_metadata(layout(tmp_path, b"a|First.\na|Second.\n", ["a.wav"]))
    assert [entry.text for entry in entries] == ["First."]
    assert [problem.kind for problem in problems] == ["duplicate_id"]


def test_a_folder_without_metadata_is_an_error_with_advice(tmp_path):
    with pytest.raises(CorpusError, match=r"metadata\.csv.*data\.source"):
        read_metadata(tmp_path)


def test_an_utterance_keeps_its_split_when_others_are_added():
    split = configured(Split, validation=0.1, test=0.1)
    ids = [f"clip-{number}" for number in range(2000)]
    few, many = split(ids[:1000]), split(ids)
    assert all(many[name] == side for name, side in few.items())
    counts = Counter(many.values())
    assert 150 < counts["validation"] < 250
    assert 150 < counts["test"] < 250


def test_another_seed_gives_another_split():
    ids = [f"clip-{number}" for number in range(100)]
    assert Split(0.3, 0.3, seed=0)(ids) == Split(0.3, 0.3, seed=0)(reversed(ids))
    assert Split(0.3, 0.3, seed=0)(ids) != Split(0.3, 0.3, seed=1)(ids)


def test_a_small_corpus_has_every_split():
    assert set(configured(Split, 0.01, 0.01)("abcde").values()) == {"train", "validation", "test"}


def test_the_complete_ljspeech_uses_the_usual_split():
    held_out = read_held_out()
    ids = sorted({*held_out, *(f"LJ{chapter:03d}-{clip:04d}" for chapter in range(1, 51) for clip in range(1, 300))})
    ids = sorted({*held_out, *[name for name in ids if name not in held_out][: 13_100 - len(held_out)]})
    sides = configured(Split)(ids)
    assert Counter(sides.values()) == {"train": 12_500, "validation": 100, "test": 500}
    assert sides["LJ022-0023"] == "validation"  # the first lines of the published lists
    assert sides["LJ045-0096"] == "test"
    assert configured(Split)(ids[1:])["LJ045-0096"] != "validation"  # an incomplete one: by hash


def test_fractions_must_leave_training_data():
    with pytest.raises(ValueError, match="fractions"):
        configured(Split, 0.5, 0.5)


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("wavs/a.wav", "a.wav"),
        ("./wavs/a.wav", "a.wav"),
        ("wavs\\a.wav", "a.wav"),
        ("/data/corpus/wavs/a.wav", "a.wav"),
        ("C:\\data\\wavs\\a.wav", "a.wav"),
        ("a.WAV", "a.WAV"),
        ("ch0/a", "ch0/a.wav"),
        ("a", "a.mp3"),
        ("gr\u00f6\u00dfe.wav", "gro\u0308\u00dfe.wav"),
    ],
)
def test_recordings_are_found_for_all_forms_of_ids(tmp_path, written, file):
    (tmp_path / "wavs" / file).parent.mkdir(parents=True)
    (tmp_path / "wavs" / file).write_bytes(b"")
    (tmp_path / "metadata.csv").write_text(f"{written}|Some text.\n", encoding="utf-8")
    ((entry,), problems) = read_metadata(tmp_path)
    assert problems == []
    assert entry.audio == tmp_path / "wavs" / file
    assert "/" not in entry.id


@pytest.mark.parametrize(
    ("rows", "texts"),
    [
        (["a|The sun rose.|anna", "b|It was cold.|anna"], ["The sun rose.", "It was cold."]),
        (["a|The sun rose.|36", "b|It was cold.|42"], ["The sun rose.", "It was cold."]),
        (
            ["a|It cost $3.|It cost three dollars.|anna", "b|So it was.|So it was.|bob"],
            ["It cost three dollars.", "So it was."],
        ),
        (["a|The sun rose.|", "b|It was cold.|"], ["The sun rose.", "It was cold."]),
        (['"a"|"The ""sun"" rose."', '"b"|"It was cold."'], ['The "sun" rose.', "It was cold."]),
        (["a|anna|The sun rose.", "b|anna|It was cold."], ["The sun rose.", "It was cold."]),
        (
            ["a|en|bob|It cost $3.|It cost three dollars.|4.1", "b|en|bob|So it was.|So it was.|2.5"],
            ["It cost three dollars.", "So it was."],
        ),
        (["a|Yes, do.|h ə l oʊ n aʊ", "b|Yes, do.|j ɛ s d u w ɛ l"], ["Yes, do.", "Yes, do."]),
        (["a|1963|nineteen sixty-three", "b|12|twelve men"], ["nineteen sixty-three", "twelve men"]),
    ],
)
def test_the_text_column_is_found(tmp_path, rows, texts):
    entries, problems = read_metadata(layout(tmp_path, "\n".join(rows).encode(), ["a.wav", "b.wav"]))
    assert [entry.text for entry in entries] == texts
    assert problems == []


def test_a_separator_inside_a_text_is_reported(tmp_path):
    rows = b"a|One.\nb|The | sun rose\nc|Two.\n"
    entries, problems = read_metadata(layout(tmp_path, rows, ["a.wav", "b.wav", "c.wav"]))
    assert [entry.id for entry in entries] == ["a", "c"]
    assert "have a | in it" in problems[0].detail


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'a,"One."\nb,"Two."\n', "commas"),
        (b"a\tOne.\nb\tTwo.\n", "tabs"),
        ("a|One.\n".encode("utf-16"), "UTF-16.*iconv"),
    ],
)
def test_other_file_formats_are_errors_with_advice(tmp_path, content, says):
    with pytest.raises(CorpusError, match=says):
        read_metadata(layout(tmp_path, content, ["a.wav"]))


def test_a_text_before_the_id_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="column 2 holds the names of the recordings"):
        read_metadata(layout(tmp_path, b"The sun rose.|a.wav\nIt was cold.|b\n", ["a.wav", "b.wav"]))


def test_a_line_without_text_does_not_get_its_speaker_as_text(tmp_path):
    rows = b"a|anna|The sun rose.\nb|anna|\nc|anna|It was cold.\nd|anna|Then it rained.\n"
    entries, problems = read_metadata(layout(tmp_path, rows, ["a.wav", "b.wav", "c.wav", "d.wav"]))
    assert [entry.id for entry in entries] == ["a", "c", "d"]
    assert [(problem.id, problem.kind) for problem in problems] == [("b", "empty_text")]


def test_an_unsupported_recording_gives_the_command_to_convert_it(tmp_path):
    _, problems = read_metadata(layout(tmp_path, b"a|One.\n", ["a.m4a"]))
    assert "ffmpeg -i a.m4a a.wav" in problems[0].detail
