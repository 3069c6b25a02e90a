"""Make a corpus with a speech engine, in the LJSpeech layout.

====================  =====================================================================================
``wavs/ID.flac``      the recordings
``metadata.csv``      ``id|raw|normalized``; it is written last, so a corpus without it is not finished
``utterances.jsonl``  a record for each text: its duration, the times of its symbols, or why it was left out
``excluded.txt``      texts that could not be spoken, with the reasons
``settings.json``     the engine and its options
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
ENGLISH = "en-us"  # language of the phonemes that engines receive


class TextLine(NamedTuple):
    """One text to speak."""

    id: str
    raw: str
    normalized: str


class SyntheticCorpus(NamedTuple):
    """The result of `make_corpus`."""

    seconds: float  # of all recordings
    num_new: int  # texts that this call has spoken
    excluded: dict[str, str]  # id -> reason why the text was left out


def read_lines(path: Path, language: str = ENGLISH) -> list[TextLine]:
    """The texts of ``path``: one per line, or lines of ``id|text`` or ``id|raw|normalized``.

    A line without an id gets an id from a hash of its text, so that it keeps its recording and its part of the split
    when lines are added. Empty lines, lines that start with ``#`` and repeated ids are skipped.

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
            raise EngineError(f"'{name}' cannot be a file name. Use letters, digits, - and _ in ids.")
        spoken = rules.normalize(OffsetText(raw)).text
        lines.setdefault(name, TextLine(name, raw, restore_letters(spoken)))
    if not lines:
        raise EngineError(f"{path} holds no text. Write one sentence per line.")
    return list(lines.values())


def make_corpus(
    lines: Sequence[TextLine], folder: Path, engine: str, options: Mapping[str, Any], workers: int = 0
) -> SyntheticCorpus:
    """Speak ``lines`` into ``folder``. The next call continues an interrupted one.

    Args:
        lines: the texts to speak.
        folder: the folder of the corpus; it is created if it does not exist.
        engine: one of `tts.data.engines.ENGINES`.
        options: options of the engine.
        workers: number of worker processes; 0 speaks in this process. The result is the same.

    Raises:
        EngineError: the engine is missing, or the folder was made with other settings.
    """
    load_engine(engine, options)  # fails here, before anything is written
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
    """The newest record of each text, by id. An incomplete last line is removed."""
    path = folder / RECORDS
    if not path.is_file():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        atomic_write(path, whole)
    return {record["id"]: record for record in map(json.loads, whole.splitlines())}


def audio_path(folder: Path, name: str) -> Path:
    """The path of the recording of ``name``."""
    return folder / "wavs" / f"{name}.flac"


class _SpokenLines(Dataset):
    """A map-style dataset that speaks lines and returns records, so that a DataLoader works in parallel."""

    def __init__(self, lines: Sequence[TextLine], folder: Path, engine: str, options: Mapping[str, Any]) -> None:
        self.lines, self.folder, self.engine, self.options = lines, folder, engine, dict(options)
        self._parts: tuple[SpeechEngine, TextFrontend | None] | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Speak line ``index``. For a bad text the record holds the problem."""
        if self._parts is None:  # built in the worker
            engine = load_engine(self.engine, self.options)
            self._parts = engine, TextFrontend(ENGLISH) if engine.reads_phonemes else None
        line = self.lines[index]
        record: dict[str, Any] = {"id": line.id, "text": line.normalized}
        try:
            return record | _say(line, audio_path(self.folder, line.id), *self._parts)
        except (EngineError, TextError, AudioError) as error:
            if isinstance(error, AudioError) and error.__cause__ is not None:
                raise  # the file cannot be written, so the text is not the cause
            return record | {"problem": str(error)}


def _say(line: TextLine, path: Path, engine: SpeechEngine, frontend: TextFrontend | None) -> dict[str, Any]:
    seed = zlib.crc32(line.id.encode())
    symbols = frontend(line.normalized).symbols if frontend else []
    utterance = engine("".join(symbols[1:-1]) if frontend else line.normalized, seed)
    save_audio(path, utterance.audio, utterance.sample_rate)
    record: dict[str, Any] = {"seconds": round(len(utterance.audio) / utterance.sample_rate, 4)}
    if utterance.bounds is not None:  # the first symbol ends at the first phoneme, the last at the end
        ends = np.append(utterance.bounds, record["seconds"]).clip(0.0, record["seconds"])
        record |= {"symbols": "".join(symbols), "ends": np.maximum.accumulate(ends).round(4).tolist()}
    return record


def _speak(
    lines: Sequence[TextLine], folder: Path, engine: str, options: Mapping[str, Any], workers: int
) -> Iterator[dict[str, Any]]:
    """Yield the records in the order of ``lines``."""
    dataset, context = _SpokenLines(lines, folder, engine, options), "spawn" if workers else None
    loader = DataLoader(
        dataset, batch_size=None, num_workers=workers, collate_fn=_unchanged, multiprocessing_context=context
    )
    yield from tqdm(loader, total=len(lines), desc="speaking", unit="line", disable=not lines)


def _unchanged(record: Any) -> Any:
    return record


def _as_line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _is_spoken(line: TextLine, record: Mapping[str, Any] | None, folder: Path) -> bool:
    is_same = record is not None and record["text"] == line.normalized and "problem" not in record
    return is_same and audio_path(folder, line.id).is_file()


def _finish(
    lines: Sequence[TextLine], folder: Path, records: Mapping[str, dict[str, Any]], num_new: int
) -> SyntheticCorpus:
    excluded = {line.id: records[line.id]["problem"] for line in lines if "problem" in records[line.id]}
    spoken = [line for line in lines if line.id not in excluded]
    atomic_write(folder / EXCLUDED, "".join(f"{name}: {reason}\n" for name, reason in excluded.items()))
    atomic_write(folder / RECORDS, "".join(_as_line(records[line.id]) for line in lines))
    atomic_write(folder / "metadata.csv", "".join("|".join(line) + "\n" for line in spoken))
    return SyntheticCorpus(sum(records[line.id]["seconds"] for line in spoken), num_new, excluded)


def _check_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    path = folder / SETTINGS
    if not path.is_file():
        atomic_write(path, json.dumps(settings, indent=1) + "\n")
        return
    earlier = json.loads(path.read_text())
    if earlier != settings:
        raise EngineError(f"{folder} was made with {earlier}, not {settings}. Give another folder with -o.")
