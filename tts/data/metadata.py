"""The LJSpeech layout, ``metadata.csv`` beside ``wavs/``, and the split into training, validation and test.

``metadata.csv`` has one utterance per line, ``id|raw text|normalized text`` or ``id|text``, without a header. Other
columns, such as a speaker or a length, are ignored. ``wavs/`` holds ``id.wav``, ``id.flac`` or another format of
libsndfile, in folders if the ids have them. LJSpeech (https://keithito.com/LJ-Speech-Dataset/) has three columns.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tts.core.errors import AttuneError
from tts.data.columns import TextColumns, is_wording, split_columns, text_columns, usual_count
from tts.data.recordings import Recordings

log = logging.getLogger(__name__)

LJSPEECH_SIZE = 13_100
HELD_OUT = Path(__file__).with_name("ljspeech_held_out.txt")  # the usual 100 clips for validation and 500 for test


class Entry(NamedTuple):
    """One usable line of the metadata."""

    id: str
    text: str  # from the normalized column, if there is one
    audio: Path


class Problem(NamedTuple):
    """A problem of an utterance. ``kind`` is a key of `tts.data.checks.KINDS`."""

    id: str
    kind: str
    detail: str
    excluded: bool  # True: the utterance is not in the corpus


class CorpusError(AttuneError):
    """The data cannot be used; the message says what to change."""


def read_metadata(source: Path) -> tuple[list[Entry], list[Problem]]:
    """The usable lines of ``source/metadata.csv`` in order, and the problems of the other lines.

    Raises `CorpusError` if the folder has no ``metadata.csv`` or no recordings, or if the file has no columns.
    """
    path = source / "metadata.csv"
    recordings = Recordings(source / "wavs" if (source / "wavs").is_dir() else source) if path.is_file() else None
    if recordings is None or not ((source / "wavs").is_dir() or len(recordings)):
        raise CorpusError(
            f"{source} does not have LJSpeech's layout: metadata.csv (lines of id|text) and wavs/ID.wav or .flac. "
            "Set data.source to such a folder, or use data=ljspeech to download LJSpeech."
        )
    lines = [line for line in _lines(path) if line[1].strip()]
    rows = [row for _, line in lines if isinstance(row := _columns(line), list)]
    _check_separator(path, rows)
    _check_order(path, rows, recordings)
    columns = text_columns(rows)
    if columns.others:
        log.warning(
            "%s: column %d is used as the text; other columns hold %s",
            path,
            columns.spoken + 1,
            ", ".join(columns.others),
        )
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for number, line in lines:
        found = _read_line(line, number, columns, usual_count(rows), recordings, entries)
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
    """Raise `CorpusError` if the columns have another separator than ``|``."""
    if any(len(row) > 1 for row in rows) or not rows:
        return
    for sign, name in (("\t", "tabs"), (";", "semicolons"), (",", "commas")):
        if sum(sign in row[0] for row in rows) > len(rows) / 2:
            raise CorpusError(f"{path} separates its columns by {name}. Write id|text, one utterance per line.")


def _check_order(path: Path, rows: list[list[str]], recordings: Recordings) -> None:
    """Raise `CorpusError` if the recordings' names are not in the first column."""
    some = rows[:20]
    if not some or any(recordings.find(row[0])[1] for row in some):
        return
    for column in range(1, usual_count(rows)):
        if all(column < len(row) and recordings.find(row[column])[1] for row in some):
            raise CorpusError(f"{path}: column {column + 1} holds the names of the recordings. Write id|text.")


def _read_line(
    line: bytes, number: int, texts: TextColumns, usual: int, recordings: Recordings, seen: dict[str, Entry]
) -> Entry | Problem:
    columns = _columns(line)
    if isinstance(columns, UnicodeDecodeError):
        name = line.split(b"|")[0].decode("ascii", "replace")
        return Problem(name, "encoding", f"line {number} is not UTF-8 ({columns.reason})", True)
    name, audio = recordings.find(columns[0])
    name = name or f"line {number}"
    if len(columns) == 3 > usual > 1 and is_wording(columns[1], columns[2]):
        texts, usual = TextColumns(1, 2, []), 3
    if len(columns) < 2 or len(columns) > max(usual, 2):
        hint = "; does its text have a | in it?" if len(columns) > usual > 1 else ""
        return Problem(name, "columns", f"line {number} has {len(columns)} columns, most have {usual}{hint}", True)
    if name in seen:
        return Problem(name, "duplicate_id", f"line {number} repeats an id; the first line is kept", True)
    wordings = (columns[i] for i in (texts.spoken, texts.written) if i < len(columns))
    text = next(filter(None, wordings), "")
    if not text:
        return Problem(name, "empty_text", f"line {number} has no text", True)
    if audio is None:
        return Problem(name, "missing_audio", recordings.advice(name), True)
    return Entry(name, text, audio)


def read_held_out() -> dict[str, str]:
    """LJSpeech id -> ``validation`` or ``test``, for the 600 clips that are usually not used for training."""
    lines = [line.split() for line in HELD_OUT.read_text().splitlines() if not line.startswith("#")]
    return {f"{chapter}-{clip}": side for side, chapter, *clips in lines for clip in clips}


class Split:
    """Assigns utterances to training, validation and test by a seeded hash of their ids.

    An utterance keeps its part when other utterances are added or removed. The complete LJSpeech is split by the usual
    lists, 12,500/100/500, so that results can be compared.

    Args:
        validation: fraction of the utterances for validation.
        test: fraction of the utterances for test.
        seed: seed of the hash.
    """

    def __init__(self, validation: float, test: float, seed: int) -> None:
        if validation < 0 or test < 0 or validation + test >= 1:
            raise AttuneError(f"validation {validation} and test {test} must be fractions whose sum is less than 1")
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
            if share > 0 and side not in sides.values() and len(spare) > 1:  # a small corpus
                sides[min(spare, key=order.__getitem__)] = side
        return sides

    def _position(self, name: str) -> float:
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    def _side(self, position: float) -> str:
        if position < self.validation:
            return "validation"
        return "test" if position < self.validation + self.test else "train"
