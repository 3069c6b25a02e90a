"""English text as it is spoken; other languages are normalized by `tts.text.language`."""

from __future__ import annotations

from tts.text.english.normalize import normalize

__all__ = ["normalize"]
