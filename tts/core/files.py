"""Atomic writes, safe reads, and clear errors for a full or read-only disk."""

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

#: Errors of the disk or folder, not of the program -> what to do.
_DISK_ERRORS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "there is no permission to write; choose another folder",
    errno.EPERM: "there is no permission to write; choose another folder",
    errno.ENOTDIR: "a part of its path is a file; choose another folder",
    errno.EEXIST: "a part of its path is a file; choose another folder",
    errno.EISDIR: "it is a folder; remove it, or choose another name",
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
}
#: Errors of opening a file -> what is wrong.
_OPEN_ERRORS = {
    errno.ENOENT: "it does not exist; check the path",
    errno.EACCES: "this user has no permission; change its permissions or choose another place",
    errno.EPERM: "this user has no permission; change its permissions or choose another place",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENOTDIR: "a part of its path is a file; check the path",
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    errno.EROFS: "the disk is read-only; choose another folder",
}
LEFTOVER_SECONDS = 3600.0


class PlaceError(AttuneError, OSError):
    """A file or folder cannot be read or written; the message says why and what to do."""


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``. At the end its file replaces ``path``; after an error it is deleted.

    Raises:
        PlaceError: the disk is full, or the folder cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{os.getpid()}.{path.name[-80:]}")  # file names may have 255 bytes
    try:
        with writing_to(path):
            yield temporary
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def atomic_write(path: str | Path, content: str | bytes) -> None:
    """Write a file at once: a reader sees the old or the new content, never a part."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def writing_to(path: str | Path) -> Iterator[None]:
    """Turn errors of the disk or folder into `PlaceError` with ``path`` in the message. Other errors pass unchanged."""
    try:
        yield
    except OSError as error:
        if isinstance(error, PlaceError) or error.errno not in _DISK_ERRORS:
            raise
        raise PlaceError(f"{path} cannot be written: {_DISK_ERRORS[error.errno]}.") from error


def check_writable(folder: str | Path) -> None:
    """Create ``folder`` and write one byte, so that hours of work do not fail at the end. Raises `PlaceError`."""
    folder = Path(folder)
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{os.getpid()}.probe"
        try:
            probe.write_bytes(b"\0")
        finally:
            probe.unlink(missing_ok=True)


def check_readable(path: str | Path) -> None:
    """Raise `PlaceError` if this user may not read the existing file ``path``, which must not be taken for damaged."""
    if os.path.exists(path) and not os.access(path, os.R_OK):
        raise PlaceError(f"{path} cannot be read: {_OPEN_ERRORS[errno.EACCES]}.")


def explain(error: OSError) -> str:
    """A sentence about an error of the system that names a file."""
    reason = _OPEN_ERRORS.get(error.errno or 0, error.strerror or str(error))
    return f"{error.filename} cannot be used: {reason}."


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove temporary folders of killed processes from ``folder``.

    Folders younger than `LEFTOVER_SECONDS` stay, because another process may use them.
    """
    for path in folder.iterdir():
        if path.name.startswith(prefix) and path.is_dir() and time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def read_regular(path: Path, most: int) -> bytes:
    """Read a regular file of at most ``most`` bytes. Raises OSError for a pipe, a device or a larger file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is not a regular file")
        if found.st_size > most:
            raise OSError(f"it has {found.st_size} bytes, more than the limit of {most}")
        return file.read(most)
