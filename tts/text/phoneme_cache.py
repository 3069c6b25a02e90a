"""Phonemes that were looked up once, on disk: a text that was read before does not wake espeak."""

from __future__ import annotations

import atexit
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
        self._name, self._memory, self._new = name, {}, {}
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def get(self, key: str) -> str | None:
        """What was stored under ``key``, or None."""
        found = self._memory.get(key)
        if found is None and (connection := self._open()):
            try:
                row = connection.execute("SELECT value FROM phonemes WHERE key = ?", (key,)).fetchone()
            except sqlite3.Error:
                return None
            if row:
                found = self._memory[key] = row[0]
        return found

    def put(self, key: str, value: str) -> None:
        """Store ``value``."""
        self._memory[key] = self._new[key] = value
        if len(self._new) >= _BATCH:
            self.write()

    def write(self) -> None:
        """Bring everything new to the disk."""
        new, self._new = self._new, {}
        if new and (connection := self._open()):
            try:
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO phonemes VALUES (?, ?)", new.items())
            except sqlite3.Error as error:  # full, read-only, locked: the next process looks it up again
                log.debug("phonemes are not cached: %s", error)

    def __reduce__(self) -> tuple:
        return PhonemeCache, (self._name,)

    def _open(self) -> sqlite3.Connection | None:
        """The connection of this process: a forked one must not use its parent's."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._connection = _connect(self._name)
            atexit.register(self.write)
        return self._connection


def _connect(name: str | None) -> sqlite3.Connection | None:
    try:
        if name is None or (place := folder()) is None:
            return None
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{name}.sqlite"
        if path.exists() and path.stat().st_size > LARGEST:
            path.unlink()
        connection = sqlite3.connect(path, timeout=1.0, check_same_thread=False)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS phonemes (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        return connection
    except (sqlite3.Error, OSError, RuntimeError) as error:
        log.debug("phonemes are not cached: %s", error)
        return None
