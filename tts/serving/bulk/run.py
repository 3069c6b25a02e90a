"""Runs bulk synthesis from the input file to the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from tts.serving.bulk.items import Item, read_items, shard_of
from tts.serving.bulk.manifest import Manifest
from tts.serving.bulk.worker import Row, Work

Speak = Callable[[Sequence[Item], Work], Iterator[Row]]


class Outcome(NamedTuple):
    """Numbers of items (all, spoken now, with faults, failed), seconds of audio, and the manifest's path."""

    items: int
    spoken: int
    faulty: int
    failed: int
    seconds: float
    manifest: Path


def run(
    path: Path,
    work: Work,
    speak: Speak,
    shard: tuple[int, int] = (1, 1),
    columns: tuple[str, str] = ("id", "text"),
    retry_errors: bool = False,
    progress: bool = False,
) -> Outcome:
    """Speak all items of ``path`` that have not been spoken yet; the same call continues after an interruption.

    Args:
        path: a csv, jsonl or parquet file.
        work: how to speak.
        speak: yields the rows of items, for example `tts.serving.bulk.processes.speak_in_processes`.
        shard: the part (i, n) of the items that this run takes.
        columns: names of the columns of ids and texts.
        retry_errors: also try items again that failed before.
        progress: show a progress bar.

    Raises:
        tts.serving.bulk.items.InputError: the input cannot be used.
        tts.audio.io.AudioError: a file cannot be written; the finished items stay.
    """
    items = shard_of(read_items(path, *columns), shard)
    manifest = Manifest(work, shard)
    todo = [item for item in items if not manifest.is_done(item, retry_errors)]
    with manifest, tqdm(total=len(items), initial=len(items) - len(todo), unit="text", disable=not progress) as bar:
        if todo:
            for row in speak(todo, work):
                manifest.add(row)
                bar.update()
    manifest.finish(items)
    rows = [manifest.rows[item.id] for item in items]
    faulty = sum(bool(row.get("faults")) for row in rows)
    failed = sum("error" in row for row in rows)
    return Outcome(len(items), len(todo), faulty, failed, sum(row.get("duration", 0.0) for row in rows), manifest.path)
