"""Vocoder folders: ``config.yaml`` (``audio``, ``vocoder``, ``card``) and ``vocoder.safetensors``.

Training writes one to RUN/vocoder, and `tts.import_vocoder` makes one from files of other projects. Both can replace
the vocoder of a voice.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from safetensors.torch import load_file, save
from torch import Tensor, nn

from tts.core.config import config_root, instantiate
from tts.core.files import atomic_write, replacing
from tts.core.interfaces import Vocoder
from tts.core.moved import modernize
from tts.core.plain_yaml import PlainYamlError, load_yaml
from tts.voices.bounds import LEXICON, check_values
from tts.voices.building import sized_by
from tts.voices.finding import ONNX_FOLDER
from tts.voices.voice import MEL_SPEC_KEY, Voice, VoiceError, check_mel_spec, find_voice, load_weights, to_storage

CONFIG, WEIGHTS = "config.yaml", "vocoder.safetensors"
ADAPTED = "tts.vocoder.mel_adapter.MelAdapter"


class LoadedVocoder(NamedTuple):
    """A vocoder with its mel and its configuration."""

    mel: Any  # `tts.audio.mel.MelSpectrogram`
    vocoder: nn.Module
    config: DictConfig  # audio, vocoder, perhaps card


def save_vocoder(
    folder: str | Path,
    config: DictConfig | Mapping[str, Any],
    state: Mapping[str, Tensor],
    dtype: torch.dtype | None = None,
) -> Path:
    """Write a vocoder folder. Each file of an existing folder is replaced atomically.

    Args:
        folder: the folder to write.
        config: a configuration with ``audio``, ``vocoder`` and optionally ``card``; other keys are not stored.
        state: the ``state_dict`` of the vocoder.
        dtype: type in which floating-point weights are stored; None keeps their type.
    """
    folder = Path(folder)
    config = config if isinstance(config, DictConfig) else OmegaConf.create(dict(config))
    parts = OmegaConf.create({key: config[key] for key in ("audio", "vocoder", "card") if config.get(key)})
    kept: Any = OmegaConf.create(OmegaConf.to_container(parts, resolve=True))
    metadata = {MEL_SPEC_KEY: json.dumps(instantiate(kept.audio, "audio").mel_spec)}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as temporary:
        (Path(temporary) / WEIGHTS).write_bytes(save(to_storage(state, dtype), metadata))
        OmegaConf.save(kept, Path(temporary) / CONFIG)
        for name in (WEIGHTS, CONFIG):
            os.replace(Path(temporary) / name, folder / name)
    return folder


def find_vocoder(name_or_path: str | Path | None = None) -> Path:
    """The folder of a vocoder: a vocoder folder, that of a training run, or a voice (name or folder).

    None means the default voice. Raises `tts.voices.voice.VoiceError` if the folder does not exist.
    """
    folders = [] if name_or_path is None else [Path(name_or_path), Path(name_or_path) / "vocoder"]
    for folder in folders:
        if (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file():
            return folder
    return find_voice(name_or_path)


def load_vocoder(name_or_path: str | Path | None = None) -> LoadedVocoder:
    """Build a vocoder and load its weights, if it has any. Raises `tts.voices.voice.VoiceError`."""
    folder = find_vocoder(name_or_path)
    config = _config(folder)
    if not OmegaConf.is_dict(config.get("audio")) or not OmegaConf.is_dict(config.get("vocoder")):
        raise VoiceError(f"{folder / CONFIG} does not describe a vocoder: it needs audio and vocoder. Copy it again.")
    try:
        plain = modernize(OmegaConf.to_container(config, resolve=True))
        check_values(plain, f"{folder / CONFIG}")
        mel = instantiate(config.audio, "audio")
        with sized_by(folder / WEIGHTS):
            vocoder = instantiate(config.vocoder, "vocoder", mel=mel)
    except (InstantiationException, OmegaConfBaseException) as error:
        if isinstance(error.__cause__, VoiceError):
            raise error.__cause__ from error
        raise VoiceError(f"{folder / CONFIG} cannot be built: {error}. Copy the vocoder again.") from error
    if not isinstance(vocoder, nn.Module) or not isinstance(vocoder, Vocoder):
        raise VoiceError(
            f"{folder / CONFIG}: {type(vocoder).__name__} does not implement Vocoder. Copy the vocoder again."
        )
    check_mel_spec(vocoder.mel_spec, mel.mel_spec, f"vocoder {type(vocoder).__name__}")
    if next(vocoder.parameters(), None) is not None:
        load_weights(vocoder, folder / WEIGHTS, mel)
    vocoder.eval().requires_grad_(False)
    return LoadedVocoder(mel.eval(), vocoder, config)


def _config(folder: Path) -> DictConfig:
    try:
        return load_yaml(folder / CONFIG)
    except PlainYamlError as error:
        raise VoiceError(f"{error} Copy the vocoder again.") from error


def wrap_in_adapter(
    config: Mapping[str, Any], state: Mapping[str, Tensor], **scale: Any
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Configuration and weights of a vocoder inside an `MelAdapter` with the arguments ``scale``."""
    config = {"_target_": ADAPTED, **scale, "vocoder": {**config, "_partial_": True}}
    return config, {f"vocoder.{name}": value for name, value in state.items()}


def match_mel_floor(loaded: LoadedVocoder, audio: DictConfig, who: str) -> LoadedVocoder:
    """Return a vocoder that accepts mels of ``audio``.

    If only the floors differ and that of ``audio`` is lower, an adapter clamps the mels to the floor of the vocoder.

    Raises `tts.voices.voice.VoiceError` if the mels differ otherwise.
    """
    mel = instantiate(audio, "audio")
    found, wanted = loaded.mel.mel_spec, mel.mel_spec
    if found == wanted or {**found, "floor": wanted["floor"]} != wanted or found["floor"] < wanted["floor"]:
        check_mel_spec(found, wanted, who)
        return loaded
    state = loaded.vocoder.state_dict()
    vocoder, state = wrap_in_adapter(loaded.config.vocoder, state, floor=found["floor"])
    config = OmegaConf.create({**loaded.config, "audio": audio, "vocoder": vocoder})
    adapted = instantiate(config.vocoder, "vocoder", mel=mel)
    adapted.load_state_dict(state)
    return LoadedVocoder(mel.eval(), adapted.eval().requires_grad_(False), config)


def replace_vocoder(vocoder: str | Path, voice: str | Path, target: str | Path | None = None) -> Path:
    """Replace the vocoder of the voice ``voice``. With ``target``, write a copy of the voice there instead.

    Raises:
        VoiceError: the vocoder or the voice does not exist, or their mels differ. Then nothing is changed.
    """
    source = find_vocoder(vocoder)
    loaded = load_vocoder(source)
    folder = find_voice(voice)
    config = _config(folder)
    fit = match_mel_floor(loaded, config.audio, f"vocoder {source}")
    if target is not None:
        folder = _copy(folder, Path(target))
    shutil.rmtree(folder / ONNX_FOLDER, ignore_errors=True)  # its graphs have the old vocoder
    config.vocoder = fit.config.vocoder
    if next(fit.vocoder.parameters(), None) is not None:
        _store(load_file(source / WEIGHTS), "" if fit is loaded else "vocoder.", fit.mel, folder / WEIGHTS)
    else:
        (folder / WEIGHTS).unlink(missing_ok=True)
    with replacing(folder / CONFIG) as temporary:
        OmegaConf.save(config, temporary)
    return folder


def _copy(voice: Path, target: Path) -> Path:
    """Copy only the files of a voice. A link is an error, because in an untrusted folder it could point to any file."""
    target.mkdir(parents=True, exist_ok=True)
    for name in (CONFIG, "acoustic.safetensors", WEIGHTS, LEXICON, "README.md"):
        path = voice / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise VoiceError(f"{path} is not a regular file. Copy the voice again.")
        if path.is_file():
            shutil.copyfile(path, target / name)
    return target


def with_vocoder(voice: Voice, name_or_path: str | Path) -> Voice:
    """Return the voice with another vocoder: ``griffin_lim``, a vocoder folder, a run or a voice.

    Raises `tts.voices.voice.VoiceError` if the vocoder does not exist or has another mel.
    """
    if str(name_or_path) == "griffin_lim":
        config = OmegaConf.load(config_root() / "conf" / "vocoder" / "griffin_lim.yaml")
        return replace(voice, vocoder=instantiate(config, mel=voice.mel).eval())
    loaded = match_mel_floor(load_vocoder(name_or_path), voice.config.audio, f"vocoder {name_or_path}")
    return replace(voice, vocoder=loaded.vocoder)


def _store(state: Mapping[str, Tensor], prefix: str, mel: Any, target: Path) -> None:
    """Write weights with ``prefix`` before their names and the spec of ``mel`` in the metadata. Their type stays."""
    metadata = {MEL_SPEC_KEY: json.dumps(mel.mel_spec)}
    atomic_write(target, save({prefix + name: value for name, value in state.items()}, metadata))
