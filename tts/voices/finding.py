"""Where voices are: those that ship, folders, and training runs. No torch here."""

from __future__ import annotations

from pathlib import Path

DEFAULT_VOICE = "ljspeech"
ONNX_FOLDER = "onnx"  # inside a voice's own


class VoiceError(ValueError):
    """A voice that cannot be found, read, built or changed; the message says what to do."""


def list_voices() -> list[str]:
    """Names of the voices that ship with the package."""
    return sorted(path.parent.name for path in _shipped().glob("*/config.yaml"))


def find_voice(name_or_path: str | Path | None = None) -> Path:
    """The folder of a voice: a shipped name, a voice folder, or a run folder with ``voice/`` in it."""
    wanted = str(name_or_path or DEFAULT_VOICE)
    for folder in (_shipped() / wanted, Path(wanted), Path(wanted) / "voice"):
        if (folder / "config.yaml").is_file() and ((folder / "acoustic.safetensors").exists() or has_onnx(folder)):
            return folder
    if (Path(wanted) / "config.yaml").is_file():
        raise VoiceError(
            f"{wanted} has a config.yaml but no acoustic.safetensors. If it is a voice, copy it again; "
            "if it is a training run, wait for its first checkpoint."
        )
    raise VoiceError(
        f"There is no voice '{wanted}'. Voices that ship with this copy: {', '.join(list_voices()) or 'none'}. "
        "Or give the path of a voice folder or of a training run, which keeps its voice in RUN/voice."
    )


def has_onnx(folder: Path) -> bool:
    """Whether the voice in ``folder`` can be computed without torch."""
    return (folder / ONNX_FOLDER / "voice.json").is_file()


def _shipped() -> Path:
    return Path(__file__).resolve().parent
