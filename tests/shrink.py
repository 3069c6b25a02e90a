"""A part as its yaml describes it, small enough for a test."""

from __future__ import annotations

from typing import Any


def shrink(config: Any) -> dict[str, Any]:
    """Options of ``config`` that make it small: widths (``*dim``, ``*channels``) and numbers of layers."""
    widths = {
        name: min(value, 32)
        for name, value in config.items()
        if name.endswith(("dim", "channel", "channels")) and isinstance(value, int)
    }
    layers = {name: min(value, 2) for name, value in config.items() if name.endswith("num_layers")}
    return widths | layers
