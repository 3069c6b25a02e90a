"""The manifest of a bulk run: one line of JSON for each item, written after its audio file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from tts.serving.bulk.items import Item
from tts.serving.bulk.worker import Row, Work


class Manifest:
    """A file of rows. A killed run leaves at most one incomplete line, which is ignored.

    Args:
        work: options of the run.
        shard: (number, count) of a run that is split; each shard has its own file.
    """

    def __init__(self, work: Work, shard: tuple[int, int] = (1, 1)) -> None:
        self._work = work
        name = "manifest.jsonl" if shard[1] == 1 else f"manifest-{shard[0]:05d}-of-{shard[1]:05d}.jsonl"
        self.path = Path(work.output) / name
        self.rows = self._read()
        self._file: TextIO | None = None

    def __enter__(self) -> Manifest:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a", encoding="utf-8")
        if self.path.stat().st_size and not self.path.read_bytes().endswith(b"\n"):
            self._file.write("\n")  # ends an incomplete line
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row) -> None:
        """Add a row and write it to the disk."""
        assert self._file is not None
        self._file.write(_line(row))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.rows[row["id"]] = row

    def is_done(self, item: Item, retry_errors: bool = False) -> bool:
        """Whether the item was spoken with the same options and its file exists."""
        row = self.rows.get(item.id)
        if row is None or row["key"] != self._work.key(item):
            return False
        return not retry_errors if "error" in row else self._work.path(item).is_file()

    def finish(self, items: Sequence[Item]) -> None:
        """Rewrite the file in the order of ``items``, without rows of other items."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        lines = [_line(self.rows[item.id]) for item in items if item.id in self.rows]
        temporary.write_text("".join(lines), encoding="utf-8")
        os.replace(temporary, self.path)

    def _read(self) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    row = json.loads(line)
                    rows[row["id"]] = {**row, "key": row["key"]}
                except (ValueError, KeyError, TypeError):
                    continue  # incomplete line of a killed run: speak the item again
        return rows


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
