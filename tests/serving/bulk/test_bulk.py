"""Bulk runs neither lose nor repeat items when a process dies."""

import errno
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import soundfile

from tts.bulk import main
from tts.serving.bulk import worker as worker_module
from tts.serving.bulk.items import Item
from tts.serving.bulk.processes import speak_in_processes
from tts.serving.bulk.worker import Work

TEXTS = {"a": "Hello there.", "b": "How are you?", "c": "...", "d": "One two three four five six seven."}


@pytest.fixture
def bulk(tiny_voice_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps({"id": id, "text": text}) for id, text in TEXTS.items()]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines))

    def run(*words, source="texts.jsonl"):
        try:
            status = main([source, "-o", "out", "--voice", str(tiny_voice_folder), *words])
        except SystemExit as stopped:
            status = stopped.code
        return status, "".join(capsys.readouterr())

    return run


def manifest(name="manifest.jsonl"):
    with open(f"out/{name}", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_the_command_writes_files_and_a_manifest(bulk, tmp_path):
    status, told = bulk()
    assert (status, "4 texts, 4 spoken now" in told, "1 not spoken" in told) == (3, True, True)
    rows = manifest()
    assert [row["id"] for row in rows] == list(TEXTS)
    assert "no word" in rows[2]["error"]
    for row in (rows[0], rows[1], rows[3]):
        assert soundfile.info(tmp_path / "out" / row["file"]).duration == pytest.approx(row["duration"], abs=1e-3)
        assert [word for word, _, _ in row["words"]] == TEXTS[row["id"]].rstrip(".?").split()
        assert {fault["kind"] for fault in row["faults"]} or row["healthy"]


def test_finished_texts_are_not_spoken_again(bulk, tmp_path):
    bulk()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out/audio").iterdir()}
    assert "0 spoken now" in bulk()[1]
    with open("out/manifest.jsonl", "a", encoding="utf-8") as file:
        file.write('{"id": "x", "te')  # torn by a kill
    (tmp_path / "out/audio/b.wav").unlink()
    (tmp_path / "texts.jsonl").write_text((tmp_path / "texts.jsonl").read_text().replace("One two", "One and two"))
    assert "2 spoken now" in bulk()[1]
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out/audio").iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"b.wav", "d.wav"}
    assert [row["id"] for row in manifest()] == list(TEXTS)
    assert "1 spoken now" in bulk("--retry-errors")[1]


def test_all_input_formats_give_the_same_result(bulk, tmp_path):
    (tmp_path / "texts.csv").write_text('id,text\na,"Hello there."\n')
    (tmp_path / "piped.csv").write_text("name|said\na|Hello there.\n")
    bulk(source="texts.csv")
    first = manifest()
    assert "0 spoken now" in bulk("--id-column", "name", "--text-column", "said", source="piped.csv")[1]
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    parquet.write_table(pyarrow.table({"id": ["a"], "text": ["Hello there."]}), tmp_path / "texts.parquet")
    assert "0 spoken now" in bulk(source="texts.parquet")[1]
    assert manifest() == first


def test_shards_together_have_all_texts(bulk, tmp_path):
    for number in (1, 2, 3):
        bulk("--shard", f"{number}/3")
    rows = [row["id"] for number in (1, 2, 3) for row in manifest(f"manifest-{number:05d}-of-00003.jsonl")]
    assert sorted(rows) == list(TEXTS)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.jsonl", "{", "line 1: not valid JSON"),
        ("x.jsonl", "[1]", "line 1: not an object"),
        ("x.jsonl", '{"id": "a"}', "no column 'text'"),
        ("x.jsonl", '{"id": "a", "text": 5}', "row 1: the text is 5"),
        ("x.jsonl", '{"id": "../../etc/passwd", "text": "a"}', "cannot name a file"),
        ("x.jsonl", '{"id": "a", "text": "a"}\n{"id": "a", "text": "b"}', "row 2: the id a occurs twice"),
        ("x.txt", "Hello.", "must end in"),
        ("x.parquet", "no parquet", "not valid parquet"),
        ("x.csv", b"text\n\xff\xfe", "not valid UTF-8"),
    ],
)
def test_invalid_inputs_are_errors(bulk, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    status, told = bulk(source=name)
    assert (status, message in told) == (1, True), told
    assert not (tmp_path / "out").exists()
    assert bulk(source="missing.csv")[0] == 1
    assert bulk("--shard", "4/3")[0] == 2


def test_a_full_disk_stops_the_run_and_the_next_one_continues(bulk, tmp_path, monkeypatch):
    write = soundfile.write

    def full(path, *arguments, **options):
        if "d.wav" in str(path):
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr("tts.audio.io.soundfile.write", full)
        status, told = bulk()
    assert (status, "the disk is full" in told) == (1, True), told
    assert [row["id"] for row in manifest()] == ["a", "b", "c"]
    assert sorted(path.name for path in (tmp_path / "out/audio").iterdir()) == ["a.wav", "b.wav"]
    assert "1 spoken now" in bulk()[1]
    assert [row["id"] for row in manifest()] == list(TEXTS)


class Deadly(worker_module.Worker):
    """A worker that ends its process at one item: once, or always."""

    def __call__(self, item):
        mark = f"{self._work.output}/died"
        if item.text.startswith("Die") and (item.text.endswith("always.") or not os.path.exists(mark)):
            os.makedirs(self._work.output, exist_ok=True)
            open(mark, "w").close()
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(item)


def test_a_killed_process_loses_nothing(tiny_voice_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("tts.serving.bulk.processes.Worker", Deadly)
    monkeypatch.setattr("tts.serving.bulk.processes._load", load_deadly)
    texts = ["Hello there.", "Die once.", "One.", "Two.", "Three.", "Four."]
    items = [Item(str(number), text) for number, text in enumerate(texts)]
    work = Work(str(tmp_path / "out"), str(tiny_voice_folder))
    rows = {row["id"]: row for row in speak_in_processes(items, work, 2)}
    assert (tmp_path / "out/died").exists()
    assert sorted(rows) == sorted(item.id for item in items)
    assert not [row for row in rows.values() if "error" in row]
    assert all(work.path(item).is_file() for item in items)


def load_deadly(work):
    import tts.serving.bulk.processes as processes

    processes._worker = Deadly(work)


@pytest.mark.slow
def test_a_text_that_always_kills_the_process_is_skipped(tiny_voice_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("tts.serving.bulk.processes._load", load_deadly)
    items = [Item("a", "Die always."), Item("b", "Hello.")]
    rows = {r["id"]: r for r in speak_in_processes(items, Work(str(tmp_path), str(tiny_voice_folder)), 2)}
    assert "processes died" in rows["a"]["error"]


@pytest.mark.slow
def test_ray_gives_the_same_result_as_processes(bulk, tmp_path):
    ray = pytest.importorskip("ray")
    bulk()
    alone = {path.name: path.read_bytes() for path in (tmp_path / "out/audio").iterdir()}
    rows = manifest()
    subprocess.run(["rm", "-r", "out"], check=True)
    try:
        status, told = bulk("--ray", "--actors", "2")
        assert (status, "4 spoken now" in told) == (3, True)
        assert "0 spoken now" in bulk("--ray")[1]
    finally:
        ray.shutdown()
    assert manifest() == rows
    assert {path.name: path.read_bytes() for path in (tmp_path / "out/audio").iterdir()} == alone
