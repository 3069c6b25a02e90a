"""`tts.prepare` finds, lists and leaves out clips whose audio does not match their text."""

import json

import pytest
from hydra import compose, initialize_config_dir

from tests.configured import configured
from tts.core.config import config_root
from tts.data.corpus import Corpus
from tts.data.preparation import prepare
from tts.data.synthetic import TextLine, make_corpus
from tts.evaluation.clip_check import ClipCheck
from tts.evaluation.error_rates import as_spoken

TEXTS = {"right": "A boat on the sea.", "wrong": "Four old dogs bark.", "name": "Yes, Ann."}
HEARD = {"right": "a boat on the sea", "wrong": "for gold docks", "name": "yes and"}


class Listener:
    """A recognizer that returns the given texts one after the other."""

    name, normalize = "listener", staticmethod(as_spoken)

    def __init__(self):
        self.calls = 0

    def __call__(self, wav):
        self.calls += 1
        return list(HEARD.values())[(self.calls - 1) % 3]


@pytest.fixture
def listener(monkeypatch):
    found = Listener()
    monkeypatch.setattr("tts.evaluation.clip_check.load_recognizer", lambda name: found)
    return found


@pytest.fixture
def config(tmp_path):
    make_corpus([TextLine(name, text, text) for name, text in TEXTS.items()], tmp_path / "source", "espeak", {})
    places = [f"data.source={tmp_path / 'source'}", f"data.corpus={tmp_path / 'corpus'}", "data.url=null"]
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        return compose("prepare", [*places, "workers=0", "transcripts=whisper", "data.checks.max_pace_ratio=100"])


def test_prepare_leaves_out_clips_with_another_transcript(config, listener, tmp_path):
    summary = prepare(config)
    assert summary["word errors"].startswith("45.45 ± ")
    assert [item["id"] for item in Corpus(tmp_path / "corpus", "all").items] == ["right", "name"]
    found = json.loads((tmp_path / "corpus" / "report.json").read_text())["problems"]["transcript"]
    assert [(one["id"], one["excluded"]) for one in found] == [("wrong", True)]
    assert "4 errors in 4 words; heard: for gold docks" in (tmp_path / "corpus" / "report.txt").read_text()
    prepare(config)
    assert listener.calls == 3  # cached_json


def test_the_report_names_the_text_that_fits_better(config, listener, tmp_path, monkeypatch):
    monkeypatch.setitem(HEARD, "wrong", "a boat on the sea")
    prepare(config)
    assert "heard: a boat on the sea; that is the text of right" in (tmp_path / "corpus" / "report.txt").read_text()


def test_an_interrupted_check_resumes(config, listener, tmp_path):
    prepare(config)
    transcripts = tmp_path / "corpus" / "transcripts.jsonl"
    lines = transcripts.read_text().splitlines(keepends=True)
    assert json.loads(lines[1])["word_errors"] == 4
    transcripts.write_text("".join(lines[:2]) + lines[2][:20])
    listener.calls = 2
    assert prepare(config)["utterances"] == 2
    assert listener.calls == 3
    assert transcripts.read_text() == "".join(lines)


def test_one_wrong_word_does_not_exclude_a_clip_by_default(listener):
    one = {"id": "name", "words": 2, "word_errors": 1, "heard": "yes and"}
    assert not configured(ClipCheck)._is_wrong(one)
    assert configured(ClipCheck, min_errors=1)._is_wrong(one)
    assert not configured(ClipCheck, min_errors=1, max_wer=50)._is_wrong(one)
