"""Write checkpoints atomically, and find the newest valid checkpoint."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from tts.core.files import PlaceError, replacing, writing_to


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes a file beside the destination, flushes it to the disk, and renames it.

    Lightning itself writes to the system's temporary folder first. If this folder is on another file system, the file
    is copied, and a full disk or a killed process leaves a partial copy.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Save a checkpoint. Lightning calls this on the rank that writes. Raises `PlaceError` if the disk is full."""
        path = Path(path)
        with writing_to(path), replacing(path) as temporary:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                try:
                    torch.save(checkpoint, file)
                except RuntimeError as error:  # torch's error for a short write
                    _raise_cause(error, path)
                file.flush()
                os.fsync(file.fileno())


def _raise_cause(error: RuntimeError, path: Path) -> None:
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError):
            raise found
        found = found.__context__
    if "PytorchStreamWriter" in str(error) or "unexpected pos" in str(error):
        raise PlaceError(f"{path} cannot be written: the disk is full or failing; free some space.") from error
    raise error


def newest_valid(found: Sequence[Path], load: Any) -> tuple[Path | None, list[str]]:
    """The last of ``found`` (oldest first) that ``load`` can read, and the errors of the files after it.

    Raises `PlaceError` if a file cannot be read.
    """
    problems = []
    for path in reversed(found):
        try:
            load(path)
        except PlaceError:  # it may be good
            raise
        except ValueError as error:
            problems.append(str(error))
        else:
            return path, problems
    return None, problems
