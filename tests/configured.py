"""Build a part with the options of its yaml file."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from omegaconf import OmegaConf

from tts.core.config import config_root

#: What an interpolation means for a part that stands alone.
ALONE = {
    "${seed}": 0,
    "${text}": None,
    "${audio}": None,
    "${audio.sample_rate}": 22050,
    "${audio.hop_length}": 256,
    "${audio.win_length}": 1024,
    "${mel_mean}": 0.0,
    "${mel_std}": 1.0,
    "${acoustic.mel_mean}": 0.0,
    "${acoustic.mel_std}": 1.0,
}


def configured(kind: type, *given: Any, **options: Any) -> Any:
    """An object of the class ``kind``: what is given, and for the rest the values of the first file in conf/ for it."""
    positional = list(inspect.signature(kind).parameters)[: len(given)]
    known = {name: value for name, value in options_of(kind).items() if name not in positional}
    return kind(*given, **(known | options))


def part(kind: type, **options: Any) -> dict[str, Any]:
    """The configuration of `configured`."""
    return {"_target_": f"{kind.__module__}.{kind.__qualname__}", **options_of(kind), **options}


def options_of(kind: type) -> dict[str, Any]:
    """The options that the first file in conf/ gives to a class or, if none names it, to its base."""
    for base in kind.__mro__:
        found = _options_of(f"{base.__module__}.{base.__qualname__}")
        if found is not None:
            return dict(found)
    raise LookupError(f"no file in conf/ names {kind}")


@cache
def configuration_parts() -> list[dict[str, Any]]:
    """Every dictionary in a file of conf/."""
    paths = sorted((config_root() / "conf").rglob("*.yaml"))
    return [part for path in paths for part in parts_of(OmegaConf.to_container(OmegaConf.load(path)))]


@cache
def _options_of(target: str) -> dict[str, Any] | None:
    """Nested parts, and interpolations other than those of `ALONE`, are left out."""
    for part in configuration_parts():
        if part.get("_target_") == target:
            alone = {key: ALONE.get(str(value), value) for key, value in part.items()}
            return {
                key: value
                for key, value in alone.items()
                if not (key.startswith("_") or key == "defaults" or isinstance(value, dict))
                and not str(value).startswith(("$", "???"))
            }
    return None


def parts_of(value: Any) -> list[dict[str, Any]]:
    """Every dictionary in a plain configuration, itself first."""
    if isinstance(value, list):
        return [part for inner in value for part in parts_of(inner)]
    if not isinstance(value, dict):
        return []
    return [value, *(part for inner in value.values() for part in parts_of(inner))]
