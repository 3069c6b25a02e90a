"""Where a preparation writes: an append-only log that an interruption at any point leaves usable.

Frames and samples go to the ends of two flat files, then one line of ``journal.jsonl`` says where they lie. A line
that was not finished, or that names bytes which never reached the disk, is dropped when the log is opened again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

MELS, AUDIO, JOURNAL = "mels.f16", "audio.i16", "journal.jsonl"


class Journal:
    """The log of one corpus folder; ``records`` maps an id to its newest record.

    Args:
        folder: the corpus folder, created if need be.
        num_mels: M, channels of a frame.
    """

    def __init__(self, folder: Path, num_mels: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.num_mels = num_mels
        self.records: dict[str, dict[str, Any]] = {}
        self._mels = (folder / MELS).open("ab")
        self._audio = (folder / AUDIO).open("ab")
        self._journal = (folder / JOURNAL).open("ab")
        self._recover(folder / JOURNAL)

    def _recover(self, path: Path) -> None:
        num_frames, num_samples, good = 0, 0, 0
        limit_frames = self._mels.tell() // (2 * self.num_mels)
        limit_samples = self._audio.tell() // 2
        for line in path.read_bytes().splitlines(keepends=True):
            record = _parse(line)
            if record is None:
                break
            if "frames" in record:
                last_frame, last_sample = sum(record["frames"]), sum(record["samples"])
                if last_frame > limit_frames or last_sample > limit_samples:
                    break
                num_frames, num_samples = max(num_frames, last_frame), max(num_samples, last_sample)
            self.records[record["id"]] = record
            good += len(line)
        self._journal.truncate(good)
        self._mels.truncate(num_frames * 2 * self.num_mels)
        self._audio.truncate(num_samples * 2)

    def append(self, record: dict[str, Any], mel: np.ndarray | None, audio: np.ndarray | None) -> None:
        """Store ``record`` with ``mel`` (T_mel, M) float16 and ``audio`` (T_wav,) int16.

        Without them a record with ``features`` keeps the frames and samples of the record it replaces.
        """
        if mel is not None and audio is not None:
            record["frames"] = [self._mels.seek(0, 2) // (2 * self.num_mels), len(mel)]
            record["samples"] = [self._audio.seek(0, 2) // 2, len(audio)]
            self._mels.write(np.ascontiguousarray(mel, dtype=np.float16).tobytes())
            self._audio.write(np.ascontiguousarray(audio, dtype=np.int16).tobytes())
            self._mels.flush()
            self._audio.flush()
        elif "features" in record:
            earlier = self.records[record["id"]]
            record["frames"], record["samples"] = earlier["frames"], earlier["samples"]
        self._journal.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        self.records[record["id"]] = record

    def close(self) -> None:
        """Close the files; what was appended is on its way to the disk already."""
        for file in (self._mels, self._audio, self._journal):
            file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _parse(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "id" in record else None
