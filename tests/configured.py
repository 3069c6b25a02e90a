"""A part with the options of its yaml, which is the only place where they have values."""

from __future__ import annotations

from functools import cache
from typing import Any

from omegaconf import OmegaConf

from tts.core.config import config_root


def configured(kind: type, *given: Any, **options: Any) -> Any:
    """An object of the class ``kind``: ``options``, and for the rest those of the first file in conf/ that names it."""
    found = options_of(f"{kind.__module__}.{kind.__qualname__}")
    return kind(*given, **(found | options))


@cache
def options_of(target: str) -> dict[str, Any]:
    """The options that the first file in conf/ gives to a class; interpolations are left out."""
    for path in sorted((config_root() / "conf").rglob("*.yaml")):
        for part in _parts(OmegaConf.to_container(OmegaConf.load(path))):
            if part.get("_target_") == target:
                return {
                    key: value
                    for key, value in part.items()
                    if not (key.startswith("_") or isinstance(value, dict) or str(value).startswith(("$", "???")))
                }
    raise LookupError(f"no file in conf/ names {target}")


def _parts(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        return []
    return [value, *(part for inner in value.values() for part in _parts(inner))]
