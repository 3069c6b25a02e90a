"""A cache of results: one small JSON file for each, with the values that it depends on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tts.core.files import atomic_write


def cached_json(path: Path, made_from: Mapping[str, Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the result cached at ``path`` if its ``made_from`` is equal; otherwise compute ``make()`` and store it."""
    earlier = _read(path)
    if earlier is not None and earlier["made_from"] == dict(made_from):
        return earlier["result"]
    result = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, json.dumps({"made_from": dict(made_from), "result": result}, ensure_ascii=False))
    return result


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.keys() == {"made_from", "result"} else None
