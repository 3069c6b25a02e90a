"""Import of official weights of HiFi-GAN and Vocos.

HiFi-GAN: a folder with ``config.json`` and ``generator_v1`` or ``g_02500000``, a pickle of ``{"generator": weights}``
whose weight norm has its old names (``weight_g``, ``weight_v``) or its new ones (``parametrizations.weight.original0``,
``original1``), or is folded in. Vocos: ``config.yaml`` naming classes and ``pytorch_model.bin``, flat.

Pickles are read with ``weights_only=True``. The files describe the mel of their training; it is an error if
`tts.audio.mel.MelSpectrogram` cannot compute it.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tts.core.errors import AttuneError
from tts.core.files import read_regular
from tts.core.plain_yaml import MAX_BYTES, PlainYamlError, load_plain

MEL = "tts.audio.mel.MelSpectrogram"
DERIVED = ("feature_extractor.", "head.istft.window")  # buffers that follow from the configuration


class ExternalVocoder(NamedTuple):
    """An imported vocoder: configuration and weights."""

    config: dict[str, Any]  # audio, vocoder, card
    state: dict[str, Tensor]


class WeightImportError(AttuneError):
    """Files that cannot be converted; the message says why."""


def read_external(folder: Path) -> ExternalVocoder | None:
    """Read the vocoder in ``folder``; None if it is neither HiFi-GAN's nor Vocos'. Raises `WeightImportError`."""
    if (folder / "config.json").is_file():
        return _read_hifigan(folder)
    if (folder / "config.yaml").is_file() and (folder / "pytorch_model.bin").is_file():
        return _read_vocos(folder)
    return None


def _read_hifigan(folder: Path) -> ExternalVocoder:
    numbers = _numbers(folder / "config.json")
    files = sorted([*folder.glob("generator*"), *folder.glob("g_*")])
    if not files:
        raise WeightImportError(f"{folder} has a config.json, but no weights beside it (generator_v1 or g_02500000)")
    stored = _unpickle(files[-1])
    try:
        state = fold_weight_norm(_tensors(stored.get("generator", stored)))
    except (KeyError, IndexError, RuntimeError, TypeError) as error:
        raise WeightImportError(f"{files[-1]} holds no weights of HiFi-GAN ({error}). Download it again.") from error
    try:
        config = _hifigan_config(numbers)
    except KeyError as error:
        raise WeightImportError(f"{folder / 'config.json'} is not HiFi-GAN's: it has no {error}") from error
    except (TypeError, ValueError) as error:
        raise WeightImportError(f"{folder / 'config.json'} is not HiFi-GAN's ({error}). Download it again.") from error
    config["card"] = {"vocoder": f"HiFi-GAN, converted from {files[-1].name}"}
    return ExternalVocoder(config, state)


def _numbers(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_regular(path, MAX_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightImportError(f"{path} cannot be read ({error}). Download it again.") from error
    if not isinstance(found, dict):
        raise WeightImportError(f"{path} is not HiFi-GAN's. Download it again.")
    return found


def _tensors(state: Any) -> dict[str, Tensor]:
    """``state``; raises TypeError if it is no dictionary of tensors by name."""
    if not isinstance(state, Mapping) or not all(isinstance(name, str) for name in state):
        raise TypeError("its weights have no names")
    if not all(isinstance(value, Tensor) for value in state.values()):
        raise TypeError("not all of it are weights")
    return dict(state)


def _hifigan_config(numbers: Mapping[str, Any]) -> dict[str, Any]:
    audio = {
        "_target_": MEL,
        "sample_rate": numbers["sampling_rate"],
        "n_fft": numbers["n_fft"],
        "hop_length": numbers["hop_size"],
        "win_length": numbers["win_size"],
        "n_mels": numbers["num_mels"],
        "f_min": float(numbers["fmin"]),
        "f_max": float(numbers["fmax"] or numbers["sampling_rate"] / 2),
        "floor": 1e-5,
    }
    same = ["upsample_rates", "upsample_kernel_sizes", "upsample_initial_channel"]
    same += ["resblock_kernel_sizes", "resblock_dilation_sizes"]
    vocoder = {
        "_target_": "tts.vocoder.hifigan.HiFiGAN",
        "double_blocks": str(numbers["resblock"]) == "1",
        **{key: numbers[key] for key in same},
        "normalize_weights": False,
    }
    return {"audio": audio, "vocoder": vocoder}


def fold_weight_norm(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Multiply directions and lengths, under old or new names, into plain weights."""
    pairs = (("weight_v", "weight_g"), ("parametrizations.weight.original1", "parametrizations.weight.original0"))
    folded = {}
    for name, value in state.items():
        for direction, length in pairs:
            if name.endswith(length):
                break
            if name.endswith(direction):
                stem = name[: -len(direction)]
                norm = value.flatten(1).norm(dim=1).view(-1, *[1] * (value.dim() - 1))
                folded[stem + "weight"] = value * (state[stem + length] / norm)
                break
        else:
            folded[name] = value
    return folded


def _read_vocos(folder: Path) -> ExternalVocoder:
    path = folder / "config.yaml"
    try:
        described = load_plain(path)
    except PlainYamlError as error:
        raise WeightImportError(f"{error} Download it again.") from error
    try:
        features, backbone, head = (described[part]["init_args"] for part in ("feature_extractor", "backbone", "head"))
        audio = _vocos_audio(described["feature_extractor"]["class_path"], features, head)
        vocoder = {
            "_target_": "tts.vocoder.vocos.Vocos",
            "dim": backbone["dim"],
            "hidden_dim": backbone["intermediate_dim"],
            "num_layers": backbone["num_layers"],
        }
    except (KeyError, TypeError) as error:
        raise WeightImportError(f"{path} is not that of a mel-based Vocos: it lacks {error}") from error
    try:
        stored = _tensors(_unpickle(folder / "pytorch_model.bin"))
    except TypeError as error:
        raise WeightImportError(f"{folder} holds no weights of Vocos ({error}). Download it again.") from error
    state = {name: value for name, value in stored.items() if not name.startswith(DERIVED)}
    return ExternalVocoder({"audio": audio, "vocoder": vocoder, "card": {"vocoder": "Vocos, converted"}}, state)


def _vocos_audio(extractor: str, features: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    if not str(extractor).endswith("MelSpectrogramFeatures"):
        raise WeightImportError(
            f"this Vocos starts from {extractor}, not from mels; only mel-based ones can be converted"
        )
    padding, n_fft = features.get("padding", "center"), features.get("n_fft", 1024)
    if padding != head.get("padding", "same"):
        raise WeightImportError(
            f"this Vocos analyzes frames padded by '{padding}', unlike those it synthesizes; it cannot be converted"
        )
    return {
        "_target_": MEL,
        "sample_rate": features["sample_rate"],
        "n_fft": n_fft,
        "hop_length": features["hop_length"],
        "win_length": n_fft,
        "n_mels": features["n_mels"],
        "f_min": 0.0,
        "f_max": features["sample_rate"] / 2,
        "floor": 1e-7,
        "mel_scale": "htk",
        "norm": None,
        "framing": "centered" if padding == "center" else "hifigan",
    }


def _unpickle(path: Path) -> dict[str, Any]:
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise WeightImportError(f"{path} cannot be read as weights alone ({error}). Download it again.") from error
    if not isinstance(stored, dict):
        raise WeightImportError(f"{path} holds no weights by name, but a {type(stored).__name__}")
    return stored
