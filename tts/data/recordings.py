"""Find the recording of a line of ``metadata.csv``. People write its path in several forms."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

#: Formats that libsndfile reads.
AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus")
#: Formats that libsndfile does not read.
FOREIGN_SUFFIXES = (".m4a", ".aac", ".wma", ".mp4", ".webm", ".amr", ".aif.bak")


class Recordings:
    """The audio files of a folder and its subfolders.

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
        """The id of a recording and its file, or None instead of the file if it does not exist.

        Valid forms are ``clip``, ``clip.wav``, ``wavs/clip.wav``, ``./wavs/clip``, ``wavs\\clip.wav``,
        ``/data/wavs/clip.wav`` and ``chapter/clip``. The id has only folders below ``wavs/``.
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
        """Advice for a recording that was not found."""
        foreign = self._foreign.get(_normal(name))
        if foreign is None:
            return f"no {self._folder.name}/{name}.wav or {', '.join(AUDIO_SUFFIXES[1:])}"
        return f"{foreign.name} cannot be read; convert it: ffmpeg -i {foreign.name} {foreign.stem}.wav"


def _normal(path: str) -> str:
    """``path`` without its audio suffix in Unicode form NFC (macOS decomposes letters)."""
    path = unicodedata.normalize("NFC", path)
    suffix = PurePosixPath(path).suffix.lower()
    return path[: -len(suffix)] if suffix in AUDIO_SUFFIXES + FOREIGN_SUFFIXES else path
