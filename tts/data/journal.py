"""The output of a preparation: an append-only log that stays valid after an interruption at any point.

Frames and samples are appended to two flat files. Then a line of ``journal.jsonl`` records their position and checksum.
When the log is opened again, it skips lines that are damaged or that refer to bytes which are not on the disk.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tts.data.metadata import CorpusError

MELS, AUDIO, JOURNAL, ITEMS = "mels.f16", "audio.i16", "journal.jsonl", "items.jsonl"


class Journal:
    """The log of a corpus folder. ``records`` maps an id to its newest record.

    Args:
        folder: the corpus folder; it is created if it does not exist.
        num_mels: M, channels of a frame.

    Raises:
        CorpusError: one of its files is a folder or a pipe.
    """

    def __init__(self, folder: Path, num_mels: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder / MELS, folder / AUDIO, folder / JOURNAL):
            if path.exists() and not path.is_file():  # to open a pipe would wait for a reader
                raise CorpusError(f"{path} is not a regular file. Remove it and run the same command again.")
        self.num_mels = num_mels
        self.records: dict[str, dict[str, Any]] = {}
        self._mels = (folder / MELS).open("ab")
        self._audio = (folder / AUDIO).open("ab")
        self._journal = (folder / JOURNAL).open("ab")
        self._recover(folder)

    def _recover(self, folder: Path) -> None:
        """Read the valid lines, and cut off the data after the last of them, but no data of the index."""
        frames_on_disk = self._mels.tell() // (2 * self.num_mels)
        samples_on_disk = self._audio.tell() // 2
        content = (folder / JOURNAL).read_bytes()
        num_frames, num_samples = indexed_ends(folder)
        for line in content.splitlines(keepends=True):
            record = _parse(line)
            if record is None:  # incomplete or damaged: only this utterance is lost
                continue
            if "frames" in record:
                last_frame, last_sample = sum(record["frames"]), sum(record["samples"])
                if last_frame > frames_on_disk or last_sample > samples_on_disk:
                    continue
                num_frames, num_samples = max(num_frames, last_frame), max(num_samples, last_sample)
            self.records[record["id"]] = record
        self._journal.truncate(content.rfind(b"\n") + 1)
        self._mels.truncate(min(num_frames, frames_on_disk) * 2 * self.num_mels)
        self._audio.truncate(min(num_samples, samples_on_disk) * 2)
        self._paths = folder / MELS, folder / AUDIO

    def forget_damaged(self) -> list[str]:
        """Drop the records whose frames or samples have a wrong checksum. Returns their ids."""
        damaged = []
        for name, record in list(self.records.items()):
            if "crc" in record and self._checksum(record) != record["crc"]:
                damaged.append(name)
                del self.records[name]
        return damaged

    def _checksum(self, record: dict[str, Any]) -> int:
        crc = 0
        for path, (start, count), size in zip(self._paths, (record["frames"], record["samples"]), self._sizes()):
            with path.open("rb") as file:
                file.seek(start * size)
                crc = zlib.crc32(file.read(count * size), crc)
        return crc

    def _sizes(self) -> tuple[int, int]:
        return 2 * self.num_mels, 2  # bytes of a frame and of a sample

    def append(self, record: dict[str, Any], mel: np.ndarray | None, audio: np.ndarray | None) -> None:
        """Store ``record`` with ``mel`` (T_mel, M) float16 and ``audio`` (T_wav,) int16.

        Without them a record with ``features`` keeps the frames and samples of the record it replaces.
        """
        if mel is not None and audio is not None:
            record["frames"] = [self._mels.seek(0, 2) // (2 * self.num_mels), len(mel)]
            record["samples"] = [self._audio.seek(0, 2) // 2, len(audio)]
            frames = np.ascontiguousarray(mel, dtype=np.float16).tobytes()
            samples = np.ascontiguousarray(audio, dtype=np.int16).tobytes()
            record["crc"] = zlib.crc32(samples, zlib.crc32(frames))
            self._mels.write(frames)
            self._audio.write(samples)
            self._mels.flush()
            self._audio.flush()
        elif "features" in record:
            earlier = self.records[record["id"]]
            record |= {key: earlier[key] for key in ("frames", "samples", "crc") if key in earlier}
        self._journal.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        self.records[record["id"]] = record

    def close(self) -> None:
        """Close the files. The data were already flushed."""
        for file in (self._mels, self._audio, self._journal):
            file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def indexed_ends(folder: Path) -> tuple[int, int]:
    """The numbers of frames and samples that ``items.jsonl`` of a corpus refers to. A training may be reading them."""
    frames = samples = 0
    if (folder / ITEMS).is_file():
        for line in (folder / ITEMS).read_bytes().splitlines(keepends=True):
            item = _parse(line)
            if item is not None and "frames" in item:
                frames, samples = max(frames, sum(item["frames"])), max(samples, sum(item["samples"]))
    return frames, samples


def is_place(value: Any) -> bool:
    """Whether ``value`` is a start and a count."""
    return isinstance(value, list) and len(value) == 2 and all(type(n) is int and 0 <= n < 2**48 for n in value)


def _parse(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        return None
    has_data = "frames" in record or "samples" in record
    return record if not has_data or (is_place(record.get("frames")) and is_place(record.get("samples"))) else None
