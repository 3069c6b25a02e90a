"""Speech engines that make a corpus, one per file.

Only espeak-ng is part of the package. The error for another engine that is not installed says how to install it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import Any

from tts.data.engines.base import EngineError, SpeechEngine, Utterance

__all__ = ["ENGINES", "EngineError", "SpeechEngine", "Utterance", "accepted_options", "load_engine"]

ENGINES = {
    "espeak": "Espeak",
    "flite": "Flite",
    "hibari": "Hibari",
    "kokoro": "Kokoro",
    "piper": "Piper",
    "command": "Command",
}


def accepted_options(name: str) -> list[str]:
    """Names of the options of the engine ``name``."""
    return list(signature(_engine_class(name)).parameters)


def load_engine(name: str, options: Mapping[str, Any]) -> SpeechEngine:
    """Start an engine of `ENGINES`. Raises `EngineError` if it is not installed or lacks one of the options."""
    unknown = [option for option in options if option not in accepted_options(name)]
    if unknown:
        raise EngineError(f"{name} has no option {', '.join(unknown)}; it has: {', '.join(accepted_options(name))}.")
    return _engine_class(name)(**options)


def _engine_class(name: str) -> Any:
    return getattr(import_module(f"tts.data.engines.{name}"), ENGINES[name])
