"""Phonemes that were looked up once, on disk: a text that was read before does not wake espeak."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sqlite3
import sys
from pathlib import Path

log = logging.getLogger(__name__)

#: Where the cache lies, or "off".
VARIABLE = "ATTUNE_CACHE"
#: Written this often: a process that is killed loses that much.
_BATCH = 500
#: Entries kept in memory; so many again are kept by the file system.
MAX_REMEMBERED = 50_000
#: Seconds to wait for another process that writes.
_PATIENCE, _PATIENCE_TO_WRITE = 0.2, 5
#: Bytes at which the file is begun anew.
LARGEST = 100_000_000


def folder() -> Path | None:
    """Where caches lie: ``$ATTUNE_CACHE``, else the user's cache folder; None if it is "off"."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return None if chosen == "off" else Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()), "attune", "cache")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "attune")


class PhonemeCache:
    """A dictionary of strings that outlives the process. Where the disk cannot be used, it lives in memory only.

    Args:
        name: of the file; None for a cache in memory.
    """

    def __init__(self, name: str | None):
        self._name = name
        self._memory: dict[str, str] = {}
        self._new: dict[str, str] = {}
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def get(self, key: str) -> str | None:
        """What was stored under ``key``, or None."""
        found = self._memory.get(key)
        if found is None and (connection := self._open()):
            try:
                row = connection.execute("SELECT value FROM phonemes WHERE key = ?", (key,)).fetchone()
            except sqlite3.Error as error:
                self._give_up(error)
                return None
            if row and isinstance(row[0], str):
                found = row[0]
                self._remember(key, found)
        return found

    def put(self, key: str, value: str) -> None:
        """Store ``value``."""
        self._remember(key, value)
        self._new[key] = value
        if len(self._new) >= _BATCH:
            self.write()

    def write(self) -> None:
        """Bring everything new to the disk."""
        new, self._new = self._new, {}
        if new and (connection := self._open()):
            try:
                connection.execute(f"PRAGMA busy_timeout = {1000 * _PATIENCE_TO_WRITE}")
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO phonemes VALUES (?, ?)", new.items())
                connection.execute(f"PRAGMA busy_timeout = {round(1000 * _PATIENCE)}")
            except sqlite3.Error as error:  # full, read-only, locked: the next process looks it up again
                self._give_up(error)

    def _remember(self, key: str, value: str) -> None:
        if len(self._memory) >= MAX_REMEMBERED:
            self._memory.clear()
        self._memory[key] = value

    def _give_up(self, error: sqlite3.Error) -> None:
        """Without the disk from now on: to wait for a locked file at every word would be slower than to do without."""
        log.debug("phonemes are not cached: %s", error)
        self._connection = None
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            _remove(self._name)  # damaged: the next process begins a new one

    def __reduce__(self) -> tuple:
        return PhonemeCache, (self._name,)

    def _open(self) -> sqlite3.Connection | None:
        """The connection of this process: a forked one must not use its parent's."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._connection = _connect(self._name)
            atexit.register(self.write)
        return self._connection


def _remove(name: str | None) -> None:
    place = folder()
    if name is not None and place is not None:
        with contextlib.suppress(OSError):
            (place / f"{name}.sqlite").unlink()


def _connect(name: str | None) -> sqlite3.Connection | None:
    try:
        if name is None or (place := folder()) is None:
            return None
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{name}.sqlite"
        if path.exists() and path.stat().st_size > LARGEST:
            path.unlink()
        connection = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS phonemes (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        connection.execute("SELECT key, value FROM phonemes LIMIT 1")
        return connection
    except sqlite3.OperationalError as error:  # locked, read-only, a folder: it is whole, as far as one can tell
        log.debug("phonemes are not cached: %s", error)
        return None
    except sqlite3.DatabaseError as error:
        log.warning("the phoneme cache %s is damaged (%s); it is begun anew", name, error)
        _remove(name)
        return None
    except (sqlite3.Error, OSError, RuntimeError) as error:
        log.debug("phonemes are not cached: %s", error)
        return None
