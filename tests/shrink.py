"""Build a part from its yaml with small sizes, for tests."""

from __future__ import annotations

from typing import Any


def shrink(config: Any) -> dict[str, Any]:
    """Small values for options of ``config``: widths (``*dim``, ``*channels``) and numbers of layers."""
    widths = {
        name: min(value, 32)
        for name, value in config.items()
        if name.endswith(("dim", "channel", "channels")) and isinstance(value, int)
    }
    layers = {name: min(value, 2) for name, value in config.items() if name.endswith("num_layers")}
    return widths | layers
