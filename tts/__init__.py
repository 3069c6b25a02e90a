"""Text to speech with attention you can see.

>>> from tts import TTS
>>> TTS()("Hello world.").save("hello.wav")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tts.synthesis.synthesizer import TTS, Speech

__version__ = "0.2.0"
__all__ = ["TTS", "Speech", "__version__"]


def __getattr__(name: str) -> Any:
    # `import tts` does not import torch, so that `--version` and `--help` are fast.
    if name in ("TTS", "Speech"):
        from tts.synthesis import synthesizer

        return getattr(synthesizer, name)
    raise AttributeError(f"module 'tts' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
