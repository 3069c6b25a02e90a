"""Pronunciations that users save in the page, in the file format of ``tts.synthesize --lexicon``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tts.core.files import atomic_write

HEADER = "# Word and pronunciation (IPA or ARPAbet), one a line. Written by the page of tts.serve.\n"


class SharedLexicon:
    """Pronunciations that apply to every request of a server.

    Args:
        path: file that stores them; None keeps them in memory.

    Raises:
        OSError: the file exists and cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.entries: dict[str, str] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8-sig").splitlines():
                word, *pronunciation = line.split(None, 1)[:2] or [""]
                if pronunciation and not word.startswith(("#", ";;;")):
                    self.entries[word] = pronunciation[0].strip()

    def merged(self, entries: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The shared entries; those of a request take precedence."""
        return tuple(sorted({**self.entries, **entries}.items()))

    def add(self, word: str, pronunciation: str) -> None:
        """Add or replace an entry and write the file; raises OSError if that fails."""
        self._write({**self.entries, word: pronunciation})

    def remove(self, word: str) -> bool:
        """Remove an entry; returns whether it was there."""
        if word not in self.entries:
            return False
        self._write({other: entry for other, entry in self.entries.items() if other != word})
        return True

    def _write(self, entries: dict[str, str]) -> None:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lines = "".join(f"{word} {entry}\n" for word, entry in sorted(entries.items()))
            atomic_write(self._path, HEADER + lines)
        self.entries = entries
