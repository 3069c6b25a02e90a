"""A cache of phonemes on disk. A text that was read before does not load espeak-ng again."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sqlite3
import sys
from pathlib import Path

log = logging.getLogger(__name__)

#: Environment variable: the folder of the cache, or "off".
CACHE_VARIABLE = "ATTUNE_CACHE"
#: Number of new entries after which they are written. A process that is killed loses at most so many.
_BATCH = 500
#: Maximum number of entries in memory.
MAX_IN_MEMORY = 50_000
#: Seconds to wait while another process writes.
_READ_TIMEOUT, _WRITE_TIMEOUT = 0.2, 5
#: Size in bytes at which the file is deleted and started again.
MAX_FILE_BYTES = 100_000_000


def cache_dir() -> Path | None:
    """The folder of the caches: ``$ATTUNE_CACHE``, or else the user's cache folder. None if the variable is "off"."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return None if chosen == "off" else Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()), "attune", "cache")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "attune")


class PhonemeCache:
    """A dictionary of strings that is stored on disk. If the disk cannot be used, it is kept in memory only.

    Args:
        name: file name without its suffix; None keeps the cache in memory only.
    """

    def __init__(self, name: str | None):
        self._name = name
        self._memory: dict[str, str] = {}
        self._new: dict[str, str] = {}
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def get(self, key: str) -> str | None:
        """The value of ``key``, or None."""
        found = self._memory.get(key)
        if found is None and (connection := self._open()):
            try:
                row = connection.execute("SELECT value FROM phonemes WHERE key = ?", (key,)).fetchone()
            except sqlite3.Error as error:
                self._stop_using_disk(error)
                return None
            if row and isinstance(row[0], str):
                found = row[0]
                self._keep(key, found)
        return found

    def put(self, key: str, value: str) -> None:
        """Set the value of ``key``."""
        self._keep(key, value)
        self._new[key] = value
        if len(self._new) >= _BATCH:
            self.write()

    def write(self) -> None:
        """Write all new entries to the disk."""
        new, self._new = self._new, {}
        if new and (connection := self._open()):
            try:
                connection.execute(f"PRAGMA busy_timeout = {1000 * _WRITE_TIMEOUT}")
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO phonemes VALUES (?, ?)", new.items())
                connection.execute(f"PRAGMA busy_timeout = {round(1000 * _READ_TIMEOUT)}")
            except sqlite3.Error as error:  # full, read-only or locked: another process computes them again
                self._stop_using_disk(error)

    def _keep(self, key: str, value: str) -> None:
        if len(self._memory) >= MAX_IN_MEMORY:
            self._memory.clear()
        self._memory[key] = value

    def _stop_using_disk(self, error: sqlite3.Error) -> None:
        """Use memory only from now on. To wait for a locked file at every word would be slower than espeak-ng."""
        log.debug("phonemes are not cached: %s", error)
        self._connection = None
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            _remove(self._name)  # damaged: the next process creates a new file

    def __reduce__(self) -> tuple:
        return PhonemeCache, (self._name,)

    def _open(self) -> sqlite3.Connection | None:
        """The connection of this process. A forked process must not use the connection of its parent."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._connection = _connect(self._name)
            atexit.register(self.write)
        return self._connection


def _remove(name: str | None) -> None:
    directory = cache_dir()
    if name is not None and directory is not None:
        with contextlib.suppress(OSError):
            (directory / f"{name}.sqlite").unlink()


def _connect(name: str | None) -> sqlite3.Connection | None:
    try:
        if name is None or (directory := cache_dir()) is None:
            return None
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{name}.sqlite"
        if path.exists() and path.stat().st_size > MAX_FILE_BYTES:
            path.unlink()
        connection = sqlite3.connect(path, timeout=_READ_TIMEOUT, check_same_thread=False)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS phonemes (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        connection.execute("SELECT key, value FROM phonemes LIMIT 1")
        return connection
    except sqlite3.OperationalError as error:  # locked, read-only or a folder: the file is not damaged
        log.debug("phonemes are not cached: %s", error)
        return None
    except sqlite3.DatabaseError as error:
        log.warning("the phoneme cache %s is damaged (%s); it is created again", name, error)
        _remove(name)
        return None
    except (sqlite3.Error, OSError, RuntimeError) as error:
        log.debug("phonemes are not cached: %s", error)
        return None
