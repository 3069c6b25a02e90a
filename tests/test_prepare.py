import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from filelock import FileLock
from hydra import compose, initialize_config_dir

import tts.data.preparation
import tts.prepare
from tts.core.config import config_root
from tts.data.corpus import Corpus
from tts.data.features import FeatureExtractor
from tts.data.metadata import CorpusError
from tts.data.preparation import prepare
from tts.data.synthetic import TextLine, make_corpus
from tts.text.frontend import TextFrontend

TEXTS = [
    "A boat.",
    "The rain fell.",
    "She closed the window.",
    "We walked along the river.",
    "Good night, and sleep well.",
]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoken")
    make_corpus([TextLine(f"u{number}", text, text) for number, text in enumerate(TEXTS)], folder, "espeak", {})
    return folder


@pytest.fixture
def source(spoken, tmp_path):
    return shutil.copytree(spoken, tmp_path / "source")


@pytest.fixture
def config(source, tmp_path):
    def build(*overrides):
        asked = ["data=espeak_quickstart", f"data.source={source}", f"data.corpus={tmp_path / 'corpus'}", "workers=0"]
        with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
            return compose("prepare", [*asked, *overrides])

    return build


@pytest.fixture
def extracted(monkeypatch):
    """The ids that preparations processed, with True if the recording was read."""
    done = []
    original = FeatureExtractor.__getitem__

    def watch(self, index):
        result = original(self, index)
        done.append((result.record["id"], result.mel is not None))
        return result

    monkeypatch.setattr(FeatureExtractor, "__getitem__", watch)
    return done


def contents(folder):
    corpus = Corpus(folder, "all")
    return {u.id: (u.text, u.tokens.tolist(), u.mel.tobytes(), corpus.audio(i).tobytes()) for i, u in enumerate(corpus)}


def add_lines(source, lines):
    with (source / "metadata.csv").open("a") as metadata:
        metadata.write("".join(line + "\n" for line in lines))


def test_a_second_call_computes_only_missing_features(config, source, tmp_path, extracted):
    prepare(config())
    assert [name for name, _ in extracted] == ["u0", "u1", "u2", "u3", "u4"]
    first = contents(tmp_path / "corpus")
    extracted.clear()
    prepare(config())
    assert extracted == []
    assert contents(tmp_path / "corpus") == first
    shutil.copy(source / "wavs" / "u0.flac", source / "wavs" / "new.flac")
    add_lines(source, ["new|Another one."])
    prepare(config())
    assert extracted == [("new", True)]
    assert {name: value for name, value in contents(tmp_path / "corpus").items() if name != "new"} == first


def test_a_new_text_keeps_the_features_of_the_recording(config, source, tmp_path, extracted):
    prepare(config())
    first = contents(tmp_path / "corpus")
    extracted.clear()
    metadata = source / "metadata.csv"
    metadata.write_text(metadata.read_text().replace("A boat.", "A goat."))
    prepare(config())
    assert extracted == [("u0", False)]
    second = contents(tmp_path / "corpus")
    assert second["u0"][0] == "A goat."
    assert second["u0"][1] != first["u0"][1]
    assert second["u0"][2:] == first["u0"][2:]
    extracted.clear()
    prepare(config("update_text=true"))
    assert extracted == [(f"u{number}", False) for number in range(5)]
    assert contents(tmp_path / "corpus") == second


def test_a_new_recording_replaces_the_old_one(config, source, tmp_path, extracted):
    prepare(config())
    first = contents(tmp_path / "corpus")
    extracted.clear()
    audio, rate = soundfile.read(source / "wavs" / "u1.flac", dtype="float32")
    soundfile.write(source / "wavs" / "u1.flac", audio * 0.5, rate)
    prepare(config())
    assert extracted == [("u1", True)]
    second = contents(tmp_path / "corpus")
    assert second["u1"][2] != first["u1"][2]
    assert [name for name in first if first[name] != second[name]] == ["u1"]


def test_an_interruption_loses_nothing(config, tmp_path, extracted, monkeypatch):
    prepare(config(f"data.corpus={tmp_path / 'whole'}"))
    extracted.clear()
    watched = FeatureExtractor.__getitem__

    def interrupted(self, index):
        if index == 3:
            raise KeyboardInterrupt
        return watched(self, index)

    monkeypatch.setattr(FeatureExtractor, "__getitem__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare(config())
    with pytest.raises(CorpusError, match="not finished"):
        Corpus(tmp_path / "corpus")
    monkeypatch.setattr(FeatureExtractor, "__getitem__", watched)
    prepare(config())
    assert [name for name, _ in extracted] == ["u0", "u1", "u2", "u3", "u4"]  # none of them twice
    for name in ("mels.f16", "audio.i16", "items.jsonl"):
        assert (tmp_path / "corpus" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_parallel_preparation_equals_serial(config, tmp_path):
    prepare(config())
    prepare(config("workers=2", f"data.corpus={tmp_path / 'parallel'}"))
    for name in ("mels.f16", "audio.i16", "items.jsonl", "report.json"):
        assert (tmp_path / "corpus" / name).read_bytes() == (tmp_path / "parallel" / name).read_bytes()


def test_bad_utterances_are_left_out_by_id_and_reported(config, source, tmp_path, capsys):
    wavs = source / "wavs"
    soundfile.write(wavs / "empty.wav", np.zeros(0), 22050)
    soundfile.write(wavs / "nan.wav", np.full(22050, np.nan, np.float32), 22050, subtype="FLOAT")
    soundfile.write(wavs / "silent.wav", np.zeros(22050), 22050)
    (wavs / "corrupt.wav").write_bytes(b"RIFF nonsense")
    for name in ("dots", "hieroglyph", "hollow", "wide"):
        shutil.copy(wavs / "u0.flac", wavs / f"{name}.flac")
    bad = [
        "missing|A.",
        "empty|A.",
        "nan|A.",
        "silent|A.",
        "corrupt|A.",
        "dots|...",
        "hieroglyph|\N{EGYPTIAN HIEROGLYPH A001}",
    ]
    add_lines(source, [*bad, "hollow|", "wide|a|b|c", "u0|Twice."])
    prepare(config())
    assert sorted(contents(tmp_path / "corpus")) == ["u0", "u1", "u2", "u3", "u4"]
    problems = json.loads((tmp_path / "corpus" / "report.json").read_text())["problems"]
    named = {problem["id"]: kind for kind, found in problems.items() for problem in found if problem["excluded"]}
    assert named == {
        "missing": "missing_audio",
        "empty": "audio",
        "nan": "audio",
        "silent": "audio",
        "corrupt": "audio",
        "dots": "unreadable_text",
        "hieroglyph": "unreadable_text",
        "hollow": "empty_text",
        "wide": "columns",
        "u0": "duplicate_id",
    }
    assert "corrupt, empty, silent or NaN" in capsys.readouterr().out


def test_a_restored_recording_is_added(config, source, tmp_path):
    moved = (source / "wavs" / "u2.flac").rename(tmp_path / "u2.flac")
    prepare(config())
    assert "u2" not in contents(tmp_path / "corpus")
    moved.rename(source / "wavs" / "u2.flac")
    prepare(config())
    assert "u2" in contents(tmp_path / "corpus")


def test_a_corpus_without_usable_utterances_is_an_error(config, source):
    (source / "metadata.csv").write_text("gone|Hello.\n")
    with pytest.raises(CorpusError, match=r"no usable utterance.*report\.txt"):
        prepare(config())


def test_another_configuration_needs_another_folder(config):
    prepare(config())
    with pytest.raises(CorpusError, match=r"audio\.n_mels: the corpus has 80, but 100 is needed"):
        prepare(config("audio.n_mels=100"))
    with pytest.raises(CorpusError, match=r"trim\.threshold_db"):
        prepare(config("data.trim.threshold_db=60"))


def test_a_corpus_keeps_its_symbols_when_the_table_grows(config, tmp_path, monkeypatch):
    prepare(config())
    first = contents(tmp_path / "corpus")
    symbols = Corpus(tmp_path / "corpus", "all").config["text"]["symbols"]
    monkeypatch.setattr("tts.text.frontend.SYMBOLS", (*symbols, "\N{SNOWMAN}"))
    prepare(config("update_text=true"))
    assert Corpus(tmp_path / "corpus", "all").config["text"]["symbols"] == symbols
    assert contents(tmp_path / "corpus") == first


def test_the_advice_for_a_damaged_configuration_repairs_the_corpus(config, tmp_path, extracted):
    prepare(config())
    first = contents(tmp_path / "corpus")
    extracted.clear()
    stored = tmp_path / "corpus" / "config.yaml"
    stored.write_text(stored.read_text()[:200])
    with pytest.raises(CorpusError, match=r"Delete it and run the same .* with update_text=true"):
        prepare(config())
    stored.unlink()
    prepare(config("update_text=true"))
    assert not any(read for _, read in extracted)  # the recordings
    assert contents(tmp_path / "corpus") == first


def test_two_simultaneous_preparations_do_not_mix(config, tmp_path):
    (tmp_path / "corpus").mkdir()
    with FileLock(tmp_path / "corpus" / ".lock"), pytest.raises(CorpusError, match="Another preparation or alignment"):
        prepare(config())


def test_a_missing_source_is_downloaded(config, source, monkeypatch):
    hidden = source.rename(source.with_name("server"))
    asked = []
    monkeypatch.setattr(
        tts.data.preparation, "download_corpus", lambda *what: asked.append(what) or hidden.rename(source)
    )
    assert prepare(config("data.url=http://x/y.tar.bz2", "data.sha256='00'"))["utterances"] == 5
    assert asked == [(source, "http://x/y.tar.bz2", "00")]


def test_a_folder_of_your_own_that_is_missing_is_not_downloaded(tmp_path, monkeypatch):
    monkeypatch.setattr(tts.data.preparation, "download_corpus", lambda *what: pytest.fail("downloaded"))
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        asked = compose("prepare", ["data=ljspeech", "data.source=my_recordings", f"data.corpus={tmp_path / 'corpus'}"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CorpusError, match="my_recordings does not exist"):
        prepare(asked)


def test_the_command_prepares_a_corpus(source, tmp_path):
    command = [sys.executable, "-m", "tts.prepare", "data=ljspeech_small", "workers=1", f"data.corpus={tmp_path / 'c'}"]
    environment = os.environ | {"PYTHONPATH": str(Path(tts.prepare.__file__).parents[1])}
    run = subprocess.run(
        [*command, f"data.source={source}"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "utterances: 5" in run.stdout
    assert "100%" in run.stderr  # the progress bar
    assert len(Corpus(tmp_path / "c", "all")) == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "source"]  # no outputs/, no log


def test_an_error_of_the_command_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tts.prepare", f"data.source={tmp_path}", f"data.corpus={tmp_path / 'c'}"])
    with pytest.raises(SystemExit) as stopped:
        tts.prepare.main()
    assert stopped.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")


def test_durations_from_the_engine_are_in_the_corpus(source, config):
    records = []
    for number, text in enumerate(TEXTS):
        symbols = "".join(TextFrontend("en-us")(text).symbols)
        ends = np.linspace(0.1, 1.0, len(symbols)).tolist()
        records.append(json.dumps({"id": f"u{number}", "text": text, "symbols": symbols, "ends": ends}) + "\n")
    (source / "utterances.jsonl").write_text("".join(records[1:]))
    summary = prepare(config("data.checks.max_pace_ratio=100"))
    assert summary["exact durations"] == 4
    with pytest.warns(UserWarning, match="1 of 5 utterances"):
        corpus = Corpus(source.parent / "corpus", "all")
    durations = corpus[corpus.index("u3")].durations
    assert durations[1:-1] == pytest.approx(0.9 / (len(durations) - 1) * 22050 / 256, abs=1)
