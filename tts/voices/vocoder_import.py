"""Convert vocoders of other projects into vocoder folders, and replace the vocoders of voices."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from tts.core.errors import AttuneError
from tts.vocoder.import_weights import WeightImportError, read_external
from tts.voices.bounds import check_bounds
from tts.voices.vocoder import load_vocoder, replace_vocoder, save_vocoder, wrap_in_adapter


def convert(
    source: str,
    into: str | None = None,
    output: str | None = None,
    half: bool = False,
    log: str | None = None,
    floor: float | None = None,
    stats: str | None = None,
) -> Path:
    """Run the command with the options of its command line. Returns the folder that was written.

    Raises:
        AttuneError: the files are unknown or damaged, or the mel is not supported; the message says what to do.
    """
    if into is None and output is None:
        raise WeightImportError("give -o FOLDER, or --voice VOICE to replace the vocoder of a voice")
    config, state = _read(source, log, floor, stats)
    dtype = torch.float16 if half else None
    with tempfile.TemporaryDirectory() as temporary:
        _check(source, config, state, Path(temporary))
        if into is not None:
            return replace_vocoder(save_vocoder(temporary, config, state, dtype), into, output)
        return save_vocoder(Path(str(output)), config, state, dtype)


def _check(source: str, config: DictConfig, state: Mapping[str, Tensor], folder: Path) -> None:
    """Raise `WeightImportError` if the vocoder cannot be built, before anything is written."""
    try:
        check_bounds(cast("dict[str, Any]", OmegaConf.to_container(config, resolve=True)), source)
        load_vocoder(save_vocoder(folder, config, state))
    except (AttuneError, InstantiationException, AttributeError, TypeError) as error:
        reason = " ".join(str(error).replace(str(folder), source).split())[:300]
        raise WeightImportError(
            f"{source} is not a vocoder that can be converted ({reason}). Download it again."
        ) from error


def _read(source: str, log: str | None, floor: float | None, stats: str | None) -> tuple:
    """Configuration and weights of a vocoder of this or another project."""
    found = read_external(Path(source))
    if found is None:
        if log or floor or stats:
            raise WeightImportError(
                f"{source} is not a HiFi-GAN or Vocos folder: a vocoder of this package stores its mel; remove --log, "
                "--floor and --stats"
            )
        loaded = load_vocoder(source)
        return loaded.config, loaded.vocoder.state_dict()
    config, state = found
    if floor:
        config["audio"]["floor"] = floor
    if log or stats:
        mean, std = _statistics(stats, config["audio"]["n_mels"]) if stats else (None, None)
        config["vocoder"], state = wrap_in_adapter(config["vocoder"], state, log=log or "natural", mean=mean, std=std)
    return OmegaConf.create(config), state


def _statistics(path: str, n_mels: int) -> tuple[list[float], list[float]]:
    """Read mean and scale of every band. Raises `WeightImportError`."""
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise WeightImportError(f"{path} cannot be read as numbers ({error}); --stats needs an .npy file") from error
    if found.shape != (2, n_mels) or not (found[1] > 0).all():
        raise WeightImportError(f"{path} has the shape {found.shape}; --stats needs mean and scale, (2, {n_mels})")
    return found[0].tolist(), found[1].tolist()
