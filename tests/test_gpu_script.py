"""``benchmarks/gpu.sh``, which measures a GPU: a dry run of its last part on a CPU, and a slow test of the whole."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts.core.config import config_root
from tts.data.corpus import write_durations, write_pitch

END = "train_voice speak hear"


@pytest.fixture
def aligned(tone_corpus, tmp_path):
    """Tones with texts of four symbols and arbitrary durations and pitch."""
    folder = Path(shutil.copytree(tone_corpus, tmp_path / "aligned"))
    items = [json.loads(line) | {"tokens": [1, 2, 1, 2]} for line in (folder / "items.jsonl").open()]
    (folder / "items.jsonl").write_text("\n".join(json.dumps(item) for item in items) + "\n")
    frames = {item["id"]: item["frames"][1] for item in items}
    write_durations(folder, {name: np.array([T - 3 * (T // 4), *[T // 4] * 3]) for name, T in frames.items()})
    write_pitch(folder, {name: np.full(T, 5.0) for name, T in frames.items()})
    return folder


def start(corpus, out, path=(), **asked):
    """Run the script with ``path`` before all other modules."""
    asked = {"DEVICE": "cpu", "FAST": "1", "PYTHON": sys.executable, "OMP_NUM_THREADS": "1"} | asked
    asked["PYTHONPATH"] = os.pathsep.join([*path, os.environ.get("PYTHONPATH", "")])
    command = ["bash", "benchmarks/gpu.sh", str(corpus), str(out)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=config_root(), env=os.environ | asked, stdout=pipe, stderr=pipe, text=True)


def table(script, out, status=0):
    """The last part of its output, which equals the file: the lines of every step."""
    said, errors = script.communicate()
    assert script.returncode == status, errors
    text = (out / "table.txt").read_text()
    assert said.endswith(text)
    rows, name = {}, ""
    for line in text.splitlines()[1:]:
        name = line.split()[0] if line[0] != " " else name
        rows[name] = rows.get(name, "") + line + "\n"
    return rows


def test_the_script_trains_a_voice_and_reports_a_missing_recognizer(aligned, tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without/whisper_normalizer.py").write_text("raise ImportError")
    (tmp_path / "without/jiwer.py").write_text("")
    out = tmp_path / "report"
    out.mkdir()
    (out / "rows.txt").write_text("bench\tok\t3\tbench.log\n")
    rows = table(start(aligned, out, [str(tmp_path / "without")], ONLY=END, SCALE="5", DEADLINE="1400"), out)
    assert list(rows) == END.split()
    assert all(" ok " in row for row in rows.values()), (rows, [log.read_text()[-2000:] for log in out.glob("*.log")])
    assert "mel frames/s" in (out / "train_voice.log").read_text()
    assert soundfile.info(out / "said/1.wav").duration > 0
    assert (out / "voice/config.yaml").is_file()
    assert "nobody listened: Whisper's text normalizer is not installed" in rows["hear"]
    assert [path.read_text() for path in out.glob("before_*/rows.txt")] == ["bench\tok\t3\tbench.log\n"]


@pytest.fixture
def stand_in(tmp_path):
    """A fake Python that runs the table and prints the names of checks. profile fails, a voice takes $TRAINS s."""
    path = tmp_path / "python"
    lines = [f'[[ "$1" = *gpu_table.py ]] && exec "{sys.executable}" "$@"', 'echo "NOTE this is $3"']
    lines += ['[ "$3" = profile ] && { echo "RuntimeError: no memory"; exit 1; }']
    lines += ['[ "$4" = name=voice ] && sleep "$TRAINS"', "exit 0"]
    path.write_text("\n".join(["#!/bin/bash", *lines]))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def files(tmp_path):
    """A folder with the files that the script looks for."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("items.jsonl", "durations.npz"):
        (folder / name).write_text("")
    return folder


def interrupted(corpus, stand_in, out, number):
    """The script, which gets a signal while it trains the voice."""
    script = start(corpus, out, PYTHON=stand_in, DEADLINE="1400", TRAINS="40")
    while not (out / "train_voice.log").exists() and script.poll() is None:
        time.sleep(0.05)
    script.send_signal(number)
    return script


def test_the_script_continues_after_a_failure_and_keeps_results(files, stand_in, tmp_path):
    out = tmp_path / "report"
    rows = table(interrupted(files, stand_in, out, signal.SIGTERM), out, 143)
    assert "STOPPED" in rows["train_voice"]
    assert "FAIL 1" in rows["profile"]
    assert "RuntimeError: no memory" in rows["profile"]
    assert "this is environment" in rows["environment"]
    assert list(rows)[-2:] == ["compiled", "train_voice"]


def test_a_killed_script_leaves_the_table_of_the_finished_steps(files, stand_in, tmp_path):
    out = tmp_path / "report"
    script = interrupted(files, stand_in, out, signal.SIGKILL)
    script.communicate()
    assert (out / "table.txt").read_text().splitlines()[-1].startswith("compiled")
    assert "FAIL 1" in (out / "table.txt").read_text()


def test_a_folder_that_is_no_aligned_corpus_is_an_error(files, tmp_path):
    (files / "durations.npz").unlink()
    script = start(files, tmp_path / "report")
    said, errors = script.communicate()
    assert (script.returncode, said) == (2, "")
    assert errors.count("\n") == 1
    assert "has no durations.npz. Run python -m tts.prepare and python -m tts.align" in errors


def test_steps_without_time_are_skipped_and_the_voice_has_reserved_time(files, stand_in, tmp_path):
    asked = {"TRAINS": "0", "DEADLINE": "67", "RESERVE": "50", "ONLY": "environment voice train_voice speak"}
    rows = table(start(files, tmp_path / "report", PYTHON=stand_in, **asked), tmp_path / "report")
    assert {name: row.split()[1] for name, row in rows.items()} == {
        "environment": "ok",
        "voice": "SKIP",
        "train_voice": "ok",
        "speak": "ok",
    }


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_every_step_runs(aligned, tmp_path):
    out = tmp_path / "report"
    rows = table(start(aligned, out, SCALE="5", DEADLINE="1400", RESERVE="0"), out)
    assert {"environment", "voice", "profile", "bench", "attentions", "compiled", *END.split()} <= rows.keys()
    assert all(" ok " in row for row in rows.values()), (rows, {log.stem: log.read_text() for log in out.glob("*.log")})
