"""A corpus that an engine reads aloud, in the LJSpeech layout.

====================  =====================================================================================
``wavs/ID.flac``      the recordings
``metadata.csv``      ``id|raw|normalized``, written at the end: a corpus that lacks it is not finished
``utterances.jsonl``  a record for each text: how long it is, when each symbol is said, or why it was left out
``excluded.txt``      texts that could not be spoken, with the reasons
``settings.json``     what it was made with
====================  =====================================================================================
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from tts.audio.io import AudioError, save_audio
from tts.core.files import atomic_write
from tts.data.engines import EngineError, SpeechEngine, load_engine
from tts.text.frontend import TextError, TextFrontend
from tts.text.language import written_language
from tts.text.offsets import OffsetText
from tts.text.unicode_cleanup import restore_letters

SETTINGS, RECORDS, EXCLUDED = "settings.json", "utterances.jsonl", "excluded.txt"
ENGLISH = "en-us"  # what engines are told the phonemes of


class TextLine(NamedTuple):
    """One text to speak."""

    id: str
    raw: str
    normalized: str


class Made(NamedTuple):
    """What a call has done: seconds of speech in all, texts spoken now, and why texts are left out, by id."""

    seconds: float
    num_new: int
    excluded: dict[str, str]


def read_lines(path: Path, language: str = ENGLISH) -> list[TextLine]:
    """The texts of ``path``: one a line, or ``id|text`` or ``id|raw|normalized`` lines.

    A line without an id gets one made from its text, so that it keeps its recording and its side of the split when
    lines are added. Empty lines and those that start with ``#`` are skipped, as is a repeated id.

    Raises `EngineError` if there is nothing to speak.
    """
    lines: dict[str, TextLine] = {}
    rules = written_language(language)
    for content in path.read_text(encoding="utf-8-sig").splitlines():
        content = content.strip()
        if not content or content.startswith("#"):
            continue
        name, _, rest = content.rpartition("|")
        raw = (rest if name else content).strip()
        name = name.split("|")[0].strip() or f"{path.stem}-{hashlib.sha256(raw.encode()).hexdigest()[:10]}"
        if Path(name).name != name:
            raise EngineError(f"'{name}' cannot be the name of a file. Use letters, digits, - and _ in ids.")
        spoken = rules.normalize(OffsetText(raw)).text
        lines.setdefault(name, TextLine(name, raw, restore_letters(spoken)))
    if not lines:
        raise EngineError(f"{path} holds no text. Write one sentence a line.")
    return list(lines.values())


def make_corpus(
    lines: Sequence[TextLine], folder: Path, engine: str, options: Mapping[str, Any], workers: int = 0
) -> Made:
    """Speak ``lines`` into ``folder``. An interrupted call is continued by the next one.

    Args:
        lines: what to say.
        folder: the corpus, made if need be.
        engine: one of `tts.data.engines.ENGINES`.
        options: of the engine.
        workers: processes that speak; 0 speaks in this one. The result is the same.

    Raises:
        EngineError: the engine is missing, or the folder was made with other settings.
    """
    load_engine(engine, options)  # before anything is written, and not only in a worker
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    _check_settings(folder, {"engine": engine, **options})
    (folder / "metadata.csv").unlink(missing_ok=True)
    records = read_records(folder)
    missing = [line for line in lines if not _is_spoken(line, records.get(line.id), folder)]
    with (folder / RECORDS).open("a", encoding="utf-8") as journal:
        for record in _speak(missing, folder, engine, options, workers):
            journal.write(_as_line(record))
            journal.flush()
            records[record["id"]] = record
    return _finish(lines, folder, records, len(missing))


def read_records(folder: Path) -> dict[str, dict[str, Any]]:
    """By id the newest record of each text; a line that was not finished is dropped."""
    path = folder / RECORDS
    if not path.is_file():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        atomic_write(path, whole)
    return {record["id"]: record for record in map(json.loads, whole.splitlines())}


def audio_path(folder: Path, name: str) -> Path:
    """Where the recording of ``name`` lies."""
    return folder / "wavs" / f"{name}.flac"


class _Speaking(Dataset):
    """Lines as a map-style dataset of records, so that a DataLoader speaks them in parallel."""

    def __init__(self, lines: Sequence[TextLine], folder: Path, engine: str, options: Mapping[str, Any]) -> None:
        self.lines, self.folder, self.engine, self.options = lines, folder, engine, dict(options)
        self._parts: tuple[SpeechEngine, TextFrontend | None] | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Never raises for a bad text: the record carries the problem."""
        if self._parts is None:  # built in the worker that uses them
            engine = load_engine(self.engine, self.options)
            self._parts = engine, TextFrontend(ENGLISH) if engine.reads_phonemes else None
        line = self.lines[index]
        record: dict[str, Any] = {"id": line.id, "text": line.normalized}
        try:
            return record | _say(line, audio_path(self.folder, line.id), *self._parts)
        except (EngineError, TextError, AudioError) as error:
            if isinstance(error, AudioError) and error.__cause__ is not None:
                raise  # it is no fault of the text: the disk is full, or cannot be written
            return record | {"problem": str(error)}


def _say(line: TextLine, path: Path, engine: SpeechEngine, frontend: TextFrontend | None) -> dict[str, Any]:
    seed = zlib.crc32(line.id.encode())
    symbols = frontend(line.normalized).symbols if frontend else []
    utterance = engine("".join(symbols[1:-1]) if frontend else line.normalized, seed)
    save_audio(path, utterance.audio, utterance.sample_rate)
    record: dict[str, Any] = {"seconds": round(len(utterance.audio) / utterance.sample_rate, 4)}
    if utterance.bounds is not None:  # the first symbol lasts until the first phoneme begins, the last one to the end
        ends = np.append(utterance.bounds, record["seconds"]).clip(0.0, record["seconds"])
        record |= {"symbols": "".join(symbols), "ends": np.maximum.accumulate(ends).round(4).tolist()}
    return record


def _speak(
    lines: Sequence[TextLine], folder: Path, engine: str, options: Mapping[str, Any], workers: int
) -> Iterator[dict[str, Any]]:
    """Records in the order of ``lines``."""
    speaking, context = _Speaking(lines, folder, engine, options), "spawn" if workers else None
    loader = DataLoader(
        speaking, batch_size=None, num_workers=workers, collate_fn=_unchanged, multiprocessing_context=context
    )
    yield from tqdm(loader, total=len(lines), desc="speaking", unit="line", disable=not lines)


def _unchanged(record: Any) -> Any:
    return record


def _as_line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _is_spoken(line: TextLine, record: Mapping[str, Any] | None, folder: Path) -> bool:
    is_same = record is not None and record["text"] == line.normalized and "problem" not in record
    return is_same and audio_path(folder, line.id).is_file()


def _finish(lines: Sequence[TextLine], folder: Path, records: Mapping[str, dict[str, Any]], num_new: int) -> Made:
    excluded = {line.id: records[line.id]["problem"] for line in lines if "problem" in records[line.id]}
    spoken = [line for line in lines if line.id not in excluded]
    atomic_write(folder / EXCLUDED, "".join(f"{name}: {reason}\n" for name, reason in excluded.items()))
    atomic_write(folder / RECORDS, "".join(_as_line(records[line.id]) for line in lines))
    atomic_write(folder / "metadata.csv", "".join("|".join(line) + "\n" for line in spoken))
    return Made(sum(records[line.id]["seconds"] for line in spoken), num_new, excluded)


def _check_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    path = folder / SETTINGS
    if not path.is_file():
        atomic_write(path, json.dumps(settings, indent=1) + "\n")
        return
    earlier = json.loads(path.read_text())
    if earlier != settings:
        raise EngineError(f"{folder} was spoken with {earlier}, not {settings}. Give another folder with -o.")
