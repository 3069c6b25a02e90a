"""Read the configuration of a run folder, which may have been moved and may come from an untrusted source."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from tts.core.moved import modernize_run
from tts.core.plain_yaml import load_yaml
from tts.core.trust import UntrustedTargetError, check_targets

#: Parts that write files, and their options that could write to another place.
WRITING = ("logger", "callbacks", "trainer")
FORBIDDEN = ("model_registry", "tracking_uri", "default_root_dir")
LOCAL_LOGGERS = ("TensorBoardLogger", "CSVLogger")


def saved_config(folder: Path) -> DictConfig:
    """Read ``config.yaml`` of a run. Paths inside the run folder are changed to its current place.

    Raises:
        tts.core.plain_yaml.PlainYamlError: the file is not a plain configuration.
        tts.core.config.UntrustedTargetError: the configuration names a class that is not allowed, or a path outside of
            the run folder.
    """
    config = load_yaml(folder / "config.yaml")
    plain = modernize_run(OmegaConf.to_container(config, resolve=True))
    plain = _moved(plain, str(plain.get("run_dir", folder)), str(folder))
    for part in WRITING:
        check_targets(plain.get(part) or {}, part, part)
        for where, value in _leaves(plain.get(part) or {}, part):
            _check_inside(where, value, folder)
    return OmegaConf.create(plain)


def _moved(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _moved(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, old, new) for inner in value]
    if isinstance(value, str) and (value == old or value.startswith(old + "/")):
        return new + value[len(old) :]
    return value


def _leaves(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, f"{where}.{key}")
    else:
        yield where, value


def _check_inside(where: str, value: Any, folder: Path) -> None:
    """Raise `UntrustedTargetError` for a path outside of the run folder and for a logger that uses the network."""
    name = where.rpartition(".")[2]
    if not isinstance(value, str) or ".texts." in where:
        return
    if name in FORBIDDEN:
        raise UntrustedTargetError(f"{where} of a stored run may not be set. Give it at the command line.")
    if name == "_target_":
        if where.startswith("logger.") and not value.endswith(LOCAL_LOGGERS):
            raise UntrustedTargetError(f"{where} is '{value}', which is not local. Choose it yourself with logger=...")
        return
    if os.sep in value or value.startswith("..") or name.endswith(("dir", "folder", "path", "dirpath")):
        inside = os.path.realpath(folder)
        if os.path.commonpath([inside, os.path.realpath(value)]) != inside:
            raise UntrustedTargetError(
                f"{where} is '{value}', outside of the run folder {folder}. If the run comes from someone else, do not "
                "continue it; if it is yours, correct the path."
            )
