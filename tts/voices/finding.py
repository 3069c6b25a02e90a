"""Find voices: shipped voices, installed voices, voice folders and training runs. It does not import torch."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from tts.core.errors import AttuneError

DEFAULT_VOICE = "heart"
DATA_VARIABLE = "ATTUNE_DATA"
ONNX_FOLDER = "onnx"  # subfolder of a voice folder


class VoiceError(AttuneError):
    """A voice cannot be found, read, built or changed; the message says what to do."""


def list_voices() -> list[str]:
    """Names of the shipped and the installed voices."""
    return sorted({path.parent.name for folder in (_shipped(), data_dir()) for path in folder.glob("*/config.yaml")})


def data_dir() -> Path:
    """The folder of installed voices: ``$ATTUNE_DATA/voices``, or ``voices`` in the user's data folder."""
    return Path(os.environ.get(DATA_VARIABLE) or user_data_path("attune", appauthor=False)) / "voices"


def is_shipped(name: str) -> bool:
    """Whether the voice of this name ships with the package."""
    return (_shipped() / name / "config.yaml").is_file()


def find_voice(name_or_path: str | Path | None = None) -> Path:
    """The folder of a voice: a name of `list_voices`, a voice folder, or a run folder with ``voice/`` in it."""
    wanted = str(name_or_path or DEFAULT_VOICE)
    for folder in (_shipped() / wanted, data_dir() / wanted, Path(wanted), Path(wanted) / "voice"):
        if (folder / "config.yaml").is_file() and ((folder / "acoustic.safetensors").exists() or has_onnx(folder)):
            return folder
    if (Path(wanted) / "config.yaml").is_file():
        raise VoiceError(
            f"{wanted} has a config.yaml but no acoustic.safetensors. If it is a voice, copy it again; "
            "if it is a training run, wait for its first checkpoint."
        )
    raise VoiceError(
        f"There is no voice '{wanted}'. Installed voices: {', '.join(list_voices()) or 'none'}. "
        "You can also give the path of a voice folder or of a training run, whose voice is RUN/voice."
    )


def has_onnx(folder: Path) -> bool:
    """Whether the voice in ``folder`` has ONNX graphs, which run without torch."""
    return (folder / ONNX_FOLDER / "voice.json").is_file()


def _shipped() -> Path:
    return Path(__file__).resolve().parent
