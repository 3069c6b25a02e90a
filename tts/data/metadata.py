"""The LJSpeech layout: ``metadata.csv`` beside ``wavs/``, and which utterances are held out.

``metadata.csv`` has one utterance a line, ``id|raw text|normalized text`` or ``id|text``, no header; columns behind the
text (a speaker, a length) are passed over. ``wavs/`` holds ``id.wav``, ``id.flac`` or another format that libsndfile
reads, in folders if the id names them. LJSpeech itself (https://keithito.com/LJ-Speech-Dataset/) has three columns.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tts.core.errors import AttuneError
from tts.data.columns import is_wording, split_columns, text_column, usual_count
from tts.data.recordings import Recordings

log = logging.getLogger(__name__)

LJSPEECH_SIZE = 13_100
HELD_OUT = Path(__file__).with_name("ljspeech_held_out.txt")  # the field's 100 for validation and 500 for test


class Entry(NamedTuple):
    """One usable line of the metadata."""

    id: str
    text: str  # the normalized column where there is one
    audio: Path


class Problem(NamedTuple):
    """Something wrong with an utterance: ``kind`` is a key of `tts.data.checks.KINDS`."""

    id: str
    kind: str
    detail: str
    excluded: bool  # True: the utterance is not in the corpus


class CorpusError(AttuneError):
    """The data cannot be used as asked; the message says what to change."""


def read_metadata(source: Path) -> tuple[list[Entry], list[Problem]]:
    """The usable lines of ``source/metadata.csv`` in order, and what is wrong with the others.

    Raises `CorpusError` if the folder has no ``metadata.csv`` or no recordings, or if the file is no list of columns.
    """
    path = source / "metadata.csv"
    recordings = Recordings(source / "wavs" if (source / "wavs").is_dir() else source) if path.is_file() else None
    if recordings is None or not ((source / "wavs").is_dir() or len(recordings)):
        raise CorpusError(
            f"{source} is no LJSpeech-layout folder: it needs metadata.csv (id|text a line) and wavs/ID.wav or .flac. "
            "Point data.source at such a folder, or use data=ljspeech to download LJSpeech."
        )
    lines = [line for line in _lines(path) if line[1].strip()]
    rows = [row for _, line in lines if isinstance(row := _columns(line), list)]
    _check_separator(path, rows)
    column, behind = text_column(rows)
    if behind:
        log.warning("%s: column %d is read as the text; behind it stands %s", path, column + 1, ", ".join(behind))
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for number, line in lines:
        found = _read_line(line, number, column, usual_count(rows), recordings, entries)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            entries[found.id] = found
    return list(entries.values()), problems


def _lines(path: Path) -> list[tuple[int, bytes]]:
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:1000]:
        raise CorpusError(f"{path} is UTF-16. Save it as UTF-8, for example with: iconv -f utf-16 -t utf-8")
    return list(enumerate(content.splitlines(), start=1))


def _columns(line: bytes) -> list[str] | UnicodeDecodeError:
    try:
        return split_columns(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return error


def _check_separator(path: Path, rows: list[list[str]]) -> None:
    """Raise `CorpusError` if columns are parted by something else than ``|``."""
    if any(len(row) > 1 for row in rows) or not rows:
        return
    for sign, name in (("\t", "tabs"), (";", "semicolons"), (",", "commas")):
        if sum(sign in row[0] for row in rows) > len(rows) / 2:
            raise CorpusError(f"{path} parts its columns by {name}. Write id|text, one utterance a line.")


def _read_line(
    line: bytes, number: int, column: int, usual: int, recordings: Recordings, seen: dict[str, Entry]
) -> Entry | Problem:
    columns = _columns(line)
    if isinstance(columns, UnicodeDecodeError):
        name = line.split(b"|")[0].decode("ascii", "replace")
        return Problem(name, "encoding", f"line {number} is not UTF-8 ({columns.reason})", True)
    name, audio = recordings.find(columns[0])
    name = name or f"line {number}"
    if len(columns) == 3 > usual > 1 and is_wording(columns[1], columns[2]):
        column, usual = 2, 3
    if len(columns) < 2 or len(columns) > max(usual, 2):
        hint = "; is a | in its text?" if len(columns) > usual > 1 else ""
        return Problem(name, "columns", f"line {number} has {len(columns)} columns, most have {usual}{hint}", True)
    if name in seen:
        return Problem(name, "duplicate_id", f"line {number} repeats an id; the first line is kept", True)
    text = (columns[column] if column < len(columns) else "") or columns[1]
    if not text:
        return Problem(name, "empty_text", f"line {number} has no text", True)
    if audio is None:
        return Problem(name, "missing_audio", recordings.advice(name), True)
    return Entry(name, text, audio)


def read_held_out() -> dict[str, str]:
    """LJSpeech id -> ``validation`` or ``test``, for the 600 clips that the field does not train on."""
    lines = [line.split() for line in HELD_OUT.read_text().splitlines() if not line.startswith("#")]
    return {f"{chapter}-{clip}": side for side, chapter, *clips in lines for clip in clips}


class Split:
    """Which utterances are for validation and which for test, decided by a seeded hash of their ids.

    An utterance keeps its side when others are added or taken away. Only the complete LJSpeech is split by the
    field's own lists, 12,500/100/500, so that figures compare.

    Args:
        validation: share of the utterances, 0..1.
        test: share of the utterances, 0..1.
        seed: another seed is another split.
    """

    def __init__(self, validation: float, test: float, seed: int) -> None:
        if validation < 0 or test < 0 or validation + test >= 1:
            raise AttuneError(f"validation {validation} and test {test} must be shares that leave some to train on")
        self.validation = validation
        self.test = test
        self.seed = seed

    def __call__(self, ids: Iterable[str]) -> dict[str, str]:
        """Id -> ``train``, ``validation`` or ``test``."""
        ids = sorted(set(ids))
        if len(ids) == LJSPEECH_SIZE and (listed := read_held_out()).keys() <= set(ids):
            return {name: listed.get(name, "train") for name in ids}
        order = {name: self._position(name) for name in ids}
        sides = {name: self._side(order[name]) for name in ids}
        for side, share in (("validation", self.validation), ("test", self.test)):
            spare = [name for name in ids if sides[name] == "train"]
            if share > 0 and side not in sides.values() and len(spare) > 1:  # a handful of utterances
                sides[min(spare, key=order.__getitem__)] = side
        return sides

    def _position(self, name: str) -> float:
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    def _side(self, position: float) -> str:
        if position < self.validation:
            return "validation"
        return "test" if position < self.validation + self.test else "train"
