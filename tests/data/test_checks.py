import json

import pytest

from tests.configured import configured
from tts.data.checks import KINDS, Checks, add_to_report, write_report
from tts.data.metadata import Problem


def record(name, symbols=20, frames=100, text=None, unknown=(), **features):
    plain = {"num_frames": frames, "kept_seconds": frames * 256 / 22050, "clipped": 0, "head": 0.1, "tail": 0.1}
    return {
        "id": name,
        "text": text or f"text of {name}",
        "tokens": [0] * symbols,
        "unknown": list(unknown),
        "features": plain | {"sample_rate": 22050} | features,
    }


USUAL = [record(f"usual-{i}", text=f"usual text {chr(97 + i)}") for i in range(20)]


@pytest.mark.parametrize(
    ("odd", "kind", "excluded", "words"),
    [
        (record("odd", clipped=3), "clipped", False, "clipped at 3 places"),
        (record("odd", inverted=True), "inverted", False, "cancel out"),
        (record("odd", head=0.8), "silence", False, "0.80 s at the start"),
        (record("odd", tail=0.8), "silence", False, "0.80 s at the end"),
        (record("odd", text="[laughs] So <unk> it was."), "marks", False, "[laughs] <unk>"),
        (record("odd", unknown=["ʘ"]), "unknown_symbols", False, "ʘ (U+0298)"),
        (record("odd", text="room 12"), "digits", False, "room 12"),
        (record("odd", sample_rate=16000), "sample_rate", False, "16000 Hz, most have 22050"),
        (record("odd", text="Usual  TEXT a"), "duplicate_text", False, "usual-0"),
        (record("odd", frames=250), "pace", True, "median"),
        (record("odd", frames=45), "pace", True, "median"),
        (record("odd", frames=130), "pace_tail", False, "median"),
        (record("odd", frames=58), "few_steps", False, "20 steps for 20"),
        (record("odd", frames=19), "too_short", True, "19 frames for 20 symbols"),
        ({"id": "odd", "text": "x", "problem": ["audio", "NaN"]}, "audio", True, "NaN"),
    ],
)
def test_every_kind_of_problem_is_reported(odd, kind, excluded, words):
    if kind == "few_steps":  # at the limit there are just enough
        assert "few_steps" not in {problem.kind for problem in configured(Checks)([*USUAL, odd])}
        odd = record("odd", frames=57)
        words = "19 steps for 20"
    found = [problem for problem in configured(Checks)([*USUAL, odd]) if problem.kind == kind]
    assert [(problem.id, problem.excluded) for problem in found] == [("odd", excluded)]
    assert words in found[0].detail


def test_a_later_command_adds_to_the_report(tmp_path):
    write_report(tmp_path, {"utterances": 7}, [Problem("b", "clipped", "2 flat tops", False)])
    for detail in ("the text of c fits it better: x", "the text of d fits it better: y"):
        add_to_report(tmp_path, "wrong_text", [Problem("a", "wrong_text", detail, False)])
    readable = (tmp_path / "report.txt").read_text()
    assert "utterances: 7" in readable
    assert "2 flat tops" in readable
    assert "a  the text of d fits it better" in readable
    assert "the text of c" not in readable


def test_good_records_have_no_problems():
    assert configured(Checks)(USUAL) == []
    assert configured(Checks)([]) == []


def test_the_report_lists_every_problem_with_its_consequence(tmp_path):
    problems = [Problem("b", "clipped", "2 flat tops", False), Problem("a", "missing_audio", "no wavs/a.wav", True)]
    head = write_report(tmp_path, {"utterances": 7}, problems)
    readable = (tmp_path / "report.txt").read_text()
    assert readable.startswith("utterances: 7")
    assert "a  no wavs/a.wav" in readable
    assert "1 left out  recordings that do not exist" in head
    assert "1 kept      clipped" in head
    stored = json.loads((tmp_path / "report.json").read_text())
    assert stored["summary"] == {"utterances": 7}
    assert stored["problems"]["missing_audio"] == [
        {"id": "a", "kind": "missing_audio", "detail": "no wavs/a.wav", "excluded": True}
    ]
    assert list(stored["problems"]) == [kind for kind in KINDS if kind in ("missing_audio", "clipped")]
