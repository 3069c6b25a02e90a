"""``onnx/voice.json``: the data of a voice that an engine needs in addition to the graphs."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tts.core.files import read_regular
from tts.core.moved import modernize
from tts.core.plain_yaml import MAX_BYTES
from tts.core.trust import check_targets
from tts.voices.bounds import check_bounds, lexicon_path
from tts.voices.finding import ONNX_FOLDER, VoiceError

FORMAT = 1
MANIFEST, ARRAYS = "voice.json", "arrays.npz"
MAX_ARRAY_BYTES = 200_000_000  # of all arrays, unpacked
#: Numbers of the mel that must be positive.
COUNTS = ("sample_rate", "n_fft", "hop_length", "win_length", "n_mels")


class Manifest(NamedTuple):
    """See ``docs/guides/onnx.md`` for the keys."""

    folder: Path  # folder of the graphs
    name: str
    text: dict[str, Any]  # config of the text front end
    mel: dict[str, Any]  # sample_rate, n_fft, hop_length, win_length, n_mels, log_floor
    acoustic: dict[str, Any]
    vocoder: dict[str, Any]

    def arrays(self) -> dict[str, np.ndarray]:
        """Constants that the vocoder needs outside of its graphs."""
        path = self.folder / ARRAYS
        try:
            return _read_arrays(read_regular(path, MAX_ARRAY_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
            raise VoiceError(f"{path} cannot be read ({error}). Copy or export the voice again.") from error


def _read_arrays(content: bytes) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_ARRAY_BYTES:
            raise ValueError(f"it unpacks to more than {MAX_ARRAY_BYTES} bytes")
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return dict(stored)


def read_manifest(voice: Path) -> Manifest:
    """Read the manifest of the voice in a folder.

    Raises:
        VoiceError: the file is damaged, or of a later version of this package.
    """
    path = voice / ONNX_FOLDER / MANIFEST
    try:
        content = json.loads(read_regular(path, MAX_BYTES).decode("utf-8"))
        if isinstance(content, dict):
            check_bounds(content, str(path))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise VoiceError(f"{path} cannot be read ({error}). Export the voice again.") from error
    if not isinstance(content, dict):
        raise VoiceError(f"{path} is no description of a voice. Export the voice again.")
    if content.get("format") != FORMAT:
        raise VoiceError(
            f"{path} has format {content.get('format')}, but this version of attune-tts reads format {FORMAT}. "
            "Install the version that it was exported with, or export the voice again."
        )
    _check_parts(content, path)
    return Manifest(path.parent, *(content[key] for key in Manifest._fields[1:]))


def _check_parts(content: dict[str, Any], path: Path) -> None:
    for key in Manifest._fields[1:]:
        if not isinstance(content.get(key), str if key == "name" else dict):
            raise VoiceError(f"{path} has no {key}. Export the voice again.")
    for key in COUNTS:
        if type(value := content["mel"].get(key)) is not int or value < 1:
            raise VoiceError(f"{path}: mel.{key} is {value!r}, no positive number. Export the voice again.")


def write_manifest(folder: Path, manifest: Manifest, arrays: dict[str, np.ndarray]) -> None:
    """Write both files into ``folder``."""
    content = {"format": FORMAT, **{key: getattr(manifest, key) for key in Manifest._fields[1:]}}
    (folder / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if arrays:
        named: dict[str, Any] = dict(arrays)
        np.savez_compressed(folder / ARRAYS, **named)


def build_text(config: Any, voice: Path) -> Any:
    """Build the text front end of the voice in the folder ``voice``. The config may come from a stranger.

    Raises:
        tts.core.trust.UntrustedTargetError: the config names anything but a text front end.
        VoiceError: its lexicon is outside of the folder.
    """
    config = modernize(config)
    check_targets(config, "text", "text")
    if "_target_" not in config:
        raise VoiceError(f"{voice}: text names no class. Copy or export the voice again.")
    if config.get("lexicon"):
        config["lexicon"] = lexicon_path(voice, str(config["lexicon"]))
    return _build(config)


def _build(config: Any) -> Any:
    if isinstance(config, list):
        return [_build(value) for value in config]
    if not isinstance(config, dict):
        return config
    options = {key: _build(value) for key, value in config.items() if not key.startswith("_")}
    if "_target_" not in config:
        return options
    module, _, name = str(config["_target_"]).rpartition(".")
    return getattr(import_module(module), name)(**options)
