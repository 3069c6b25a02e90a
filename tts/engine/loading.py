"""Chooses and loads the engine of a voice."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tts.core.errors import check_threads
from tts.core.install import install_command
from tts.engine.base import Engine
from tts.voices.finding import VoiceError, find_voice, has_onnx

ENGINES = ("onnx", "torch")


def load_engine(
    voice: str | Path | Any | None = None,
    engine: str | None = None,
    device: str = "cpu",
    threads: int | None = None,
    overrides: Sequence[str] = (),
) -> Engine:
    """Load a voice into an engine.

    Args:
        voice: name of a shipped voice, a voice folder, a training run, or a built `tts.voices.voice.Voice`; None is the
            default voice.
        engine: ``"onnx"`` or ``"torch"``; None is ONNX if the voice has it and no other argument needs torch.
        device: torch device.
        threads: CPU threads; None is one with ONNX and torch's own number with torch.
        overrides: changes of the voice's config; they need torch.

    Raises:
        AttuneError: there is no such voice, engine or device, the number of threads is impossible, or torch is needed
            and not installed.
    """
    if threads is not None:
        check_threads(threads)
    if engine not in (None, *ENGINES):
        raise VoiceError(f"There is no engine '{engine}'. Use onnx or torch.")
    if isinstance(voice, (bool, int, float, bytes, list, tuple, dict)):
        raise VoiceError(f"The voice is {voice!r}. Give a name, the path of a voice folder or a run, or None.")
    if not isinstance(voice, (str, Path, type(None))):
        return _torch(voice, device, threads)
    folder = find_voice(voice)
    reason = _needs_torch(folder, device, overrides)
    if engine == "onnx" and reason:
        raise VoiceError(f"{reason}, which needs torch. Leave the engine at its default, or use engine torch.")
    if engine == "torch" or reason:
        return _torch(folder, device, threads, overrides, reason or "Engine torch was asked for")
    from tts.engine.onnx_engine import OnnxEngine

    return OnnxEngine(folder, threads or 1)


def check_torch(reason: str) -> None:
    """Raise `VoiceError` with the install command if torch is not installed."""
    if find_spec("torch") is None:
        raise VoiceError(f"{reason}, and torch is not installed. Install it: {install_command('train')}")


def _needs_torch(folder: Path, device: str, overrides: Sequence[str]) -> str:
    """Why the arguments need torch; empty if ONNX suffices."""
    if overrides:
        return f"The voice's config is to be changed ({' '.join(overrides)})"
    if str(device) != "cpu":
        return f"Device '{device}' was asked for"
    return "" if has_onnx(folder) else f"{folder} has no ONNX (python -m tts.export {folder} -o FOLDER --onnx adds it)"


def _torch(
    voice: Any, device: str, threads: int | None, overrides: Sequence[str] = (), reason: str = "The voice is torch's"
) -> Engine:
    check_torch(reason)
    import torch

    from tts.engine.torch_engine import TorchEngine
    from tts.voices.voice import load_voice

    if threads:
        torch.set_num_threads(threads)
    return TorchEngine(load_voice(voice, overrides) if isinstance(voice, Path) else voice, device)
