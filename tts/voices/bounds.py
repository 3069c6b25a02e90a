"""Limits on the config of a voice, because a single large number can use up time or memory. Without torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tts.core.option_types import wrong_values
from tts.voices.finding import VoiceError

#: The largest value by name, and for any other name. Real voices stay far below.
MAX_NUMBER = 20_000
MAX_BY_NAME = {
    **{"sample_rate": 384_000, "f_max": 200_000, "n_fft": 16_384, "win_length": 16_384, "n_mels": 1024},
    **{
        "iterations": 2000,
        "refinement_steps": 200,
        "rounds": 200,
        "noise_frames": 2000,
        "max_frames_per_symbol": 500,
        "num_layers": 256,
    },
    "seed": 2**63,
}
MAX_ENTRIES, MAX_TEXT = 5000, 10_000
LEXICON = "lexicon.txt"


def check_bounds(config: Mapping[str, Any], where: str) -> None:
    """Raise `VoiceError` if a number, text or list of a voice's ``config`` exceeds its limit."""
    for key, value in config.items():
        _check(str(key), value, f"{where}: {key}")


def check_values(config: Mapping[str, Any], where: str) -> None:
    """`check_bounds`, and raise `VoiceError` if an option has a type that its class does not take."""
    check_bounds(config, where)
    for wrong in wrong_values(config, where):
        raise VoiceError(f"{wrong}. Use another voice.")


def _check(name: str, value: Any, where: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check(str(key), inner, f"{where}.{key}")
    elif isinstance(value, (list, tuple)):
        if len(value) > MAX_ENTRIES:
            raise VoiceError(f"{where} has {len(value)} entries, more than {MAX_ENTRIES}. Use another voice.")
        for inner in value:
            _check(name, inner, where)
    elif isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise VoiceError(f"{where} is a text of {len(value)} characters, more than {MAX_TEXT}. Use another voice.")
    elif isinstance(value, (int, float)):
        most = MAX_BY_NAME.get(name, MAX_NUMBER)
        if not -most <= value <= most:
            raise VoiceError(f"{where} is {value}, beyond the limit of {most}. Use another voice.")


def lexicon_path(folder: Path, lexicon: str) -> str:
    """The path of the lexicon of the voice in ``folder``. Raises `VoiceError` if it is not a file in this folder."""
    path = folder / lexicon
    inside = path.resolve().parent == folder.resolve()
    if Path(lexicon).name != lexicon or not inside or not path.is_file():
        raise VoiceError(
            f"{folder}: text.lexicon is '{lexicon}', which is not a file in the voice's own folder. Copy it there and "
            "write only its name, or set it to null."
        )
    return str(path)
