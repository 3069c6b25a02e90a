"""The right of one process to write into a corpus folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from tts.core.files import check_writable
from tts.data.metadata import CorpusError


@contextlib.contextmanager
def writing_alone(folder: Path) -> Iterator[None]:
    """Create the folder of a corpus and lock it for this process. Training may read from it at the same time.

    Raises:
        CorpusError: another process writes into the folder.
        tts.core.files.PlaceError: the folder cannot be written.
    """
    check_writable(folder)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        with lock:
            yield
    except Timeout as error:
        if error.lock_file != lock.lock_file:
            raise
        raise CorpusError(f"Another preparation or alignment writes to {folder}. Wait for it, or stop it.") from None
