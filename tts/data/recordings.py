"""Finding the recording that a line of ``metadata.csv`` names, in the ways that people write it."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

#: What libsndfile reads.
AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus")
#: What it does not.
FOREIGN_SUFFIXES = (".m4a", ".aac", ".wma", ".mp4", ".webm", ".amr", ".aif.bak")


class Recordings:
    """The audio files of a folder, in it or in folders below it.

    Args:
        folder: usually ``wavs/``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}
        self._foreign: dict[str, Path] = {}
        for file in sorted(folder.rglob("*")):
            suffix = file.suffix.lower()
            if suffix in AUDIO_SUFFIXES + FOREIGN_SUFFIXES and file.is_file():
                key = _normal(file.relative_to(folder).as_posix())
                (self._files if suffix in AUDIO_SUFFIXES else self._foreign).setdefault(key, file)

    def __len__(self) -> int:
        return len(self._files)

    def find(self, written: str) -> tuple[str, Path | None]:
        """The id of a recording, and its file; None if there is none.

        ``clip``, ``clip.wav``, ``wavs/clip.wav``, ``./wavs/clip``, ``wavs\\clip.wav``, ``/data/wavs/clip.wav`` and
        ``chapter/clip`` all name one; the id is without folders that are not below ``wavs/``.
        """
        path = _normal(written.replace("\\", "/"))
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if ".." in parts:
            return written, None
        candidates = ["/".join(parts)]
        if self._folder.name in parts:
            candidates.append("/".join(parts[parts.index(self._folder.name) + 1 :]))
        if path.startswith("/") or ":" in path[:3]:
            candidates.append(parts[-1] if parts else "")
        for key in candidates:
            if key in self._files:
                return key.replace("/", "_"), self._files[key]
        return candidates[-1].replace("/", "_") or written, None

    def advice(self, name: str) -> str:
        """What to do about a recording that was not found."""
        foreign = self._foreign.get(_normal(name))
        if foreign is None:
            return f"no {self._folder.name}/{name}.wav or {', '.join(AUDIO_SUFFIXES[1:])}"
        return f"{foreign.name} cannot be read; convert it: ffmpeg -i {foreign.name} {foreign.stem}.wav"


def _normal(path: str) -> str:
    """One form for what looks the same (macOS takes letters apart), without a suffix of audio."""
    path = unicodedata.normalize("NFC", path)
    suffix = PurePosixPath(path).suffix.lower()
    return path[: -len(suffix)] if suffix in AUDIO_SUFFIXES + FOREIGN_SUFFIXES else path
