"""The texts of a bulk run, from a csv, jsonl or parquet file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from tts.core.errors import AttuneError
from tts.core.install import install_command

ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
READERS = ".csv, .tsv, .jsonl or .parquet"


class InputError(AttuneError):
    """The input cannot be read; the message names the file and the row."""


class Item(NamedTuple):
    """A text to speak and the id that names its file."""

    id: str
    text: str


def read_items(path: Path, id_column: str = "id", text_column: str = "text") -> list[Item]:
    """Read all items of a file, in order.

    Without a column of ids, items are named by their row number, so the file must not change between runs.

    Raises:
        InputError: the file or one of its rows cannot be used.
    """
    rows = list(_rows(path))
    if rows and text_column not in rows[0]:
        columns = ", ".join(map(str, rows[0]))
        raise InputError(f"{path} has no column '{text_column}' (it has {columns}). Name it with --text-column.")
    width = len(str(len(rows)))
    items = [
        Item(str(row.get(id_column, f"{number:0{width}d}")), _text(path, number, row.get(text_column)))
        for number, row in enumerate(rows, 1)
    ]
    _check_ids(path, items)
    return items


def shard_of(items: list[Item], shard: tuple[int, int]) -> list[Item]:
    """Every n-th item: shard (i, n), the first one is (1, n)."""
    number, count = shard
    return items[number - 1 :: count]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    readers = {".csv": _csv, ".tsv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path} must end in {READERS}.")
    try:
        yield from reader(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not valid UTF-8 (at byte {error.start}). Convert it.") from error


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = "\t" if path.suffix.lower() == ".tsv" else "|" if "|" in first and "," not in first else ","
        try:
            yield from csv.DictReader(file, delimiter=delimiter, strict=True)
        except csv.Error as error:
            raise InputError(f"{path} is not valid csv ({error}).") from error


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InputError(f"{path}, line {number}: not valid JSON ({error}).") from error
            if not isinstance(row, dict):
                raise InputError(f'{path}, line {number}: not an object such as {{"id": "a", "text": "Hello."}}.')
            yield row


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    if find_spec("pyarrow") is None:
        raise InputError(f"The package pyarrow is missing. Install it: {install_command('bulk')}")
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except pyarrow.ArrowException as error:
        raise InputError(f"{path} is not valid parquet ({error}).") from error


def _text(path: Path, number: int, text: Any) -> str:
    if not isinstance(text, str):
        raise InputError(f"{path}, row {number}: the text is {text!r}, not a string.")
    return text


def _check_ids(path: Path, items: list[Item]) -> None:
    seen: set[str] = set()
    for number, item in enumerate(items, 1):
        if not ID.fullmatch(item.id):
            raise InputError(
                f"{path}, row {number}: the id {item.id[:80]!r} cannot name a file. "
                "Use letters, digits, '_', '-' and '.', or leave the column out."
            )
        if item.id in seen:
            raise InputError(f"{path}, row {number}: the id {item.id} occurs twice. Every item needs its own.")
        seen.add(item.id)
