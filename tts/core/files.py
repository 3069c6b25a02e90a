"""Files that are whole or not there, and what a full or read-only disk is called."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from tts.core.errors import AttuneError

#: Errors that the place is to blame for, not the program.
_OF_THE_PLACE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; name another place",
    errno.EACCES: "there is no permission to write; name another place",
    errno.EPERM: "there is no permission to write; name another place",
    errno.ENOTDIR: "a part of its path is a file; name another place",
    errno.EEXIST: "a part of its path is a file; name another place",
}
LEFT_SECONDS = 3600.0


class PlaceError(AttuneError, OSError):
    """A place cannot be written to; the message says why and what to do."""


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path``: what is written there takes its place at the end, or goes if anything fails.

    Raises:
        PlaceError: the disk is full, or the place cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".{os.getpid()}.{path.name[-80:]}")  # a name may have 255 bytes, with our dots
    try:
        with writing_to(path):
            yield temporary
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def atomic_write(path: str | Path, content: str | bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def writing_to(path: str | Path) -> Iterator[None]:
    """Errors of the place as `PlaceError`, which names ``path``; other errors as they are."""
    try:
        yield
    except OSError as error:
        if isinstance(error, PlaceError) or error.errno not in _OF_THE_PLACE:
            raise
        raise PlaceError(f"{path} cannot be written: {_OF_THE_PLACE[error.errno]}.") from error


def check_writable(folder: str | Path) -> None:
    """Create ``folder`` and write a byte into it, before hours of work; raises `PlaceError`."""
    folder = Path(folder)
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{os.getpid()}.probe"
        try:
            probe.write_bytes(b"\0")
        finally:
            probe.unlink(missing_ok=True)


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove the temporary folders that a killed process left in ``folder``; one that is younger may be in use."""
    for path in folder.iterdir():
        if path.name.startswith(prefix) and path.is_dir() and time.time() - path.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def read_regular(path: Path, most: int) -> bytes:
    """The bytes of a regular file of at most ``most`` bytes; raises OSError for a pipe, a device or a larger one."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is no regular file")
        if found.st_size > most:
            raise OSError(f"it has {found.st_size} bytes, more than {most}")
        return file.read(most)
