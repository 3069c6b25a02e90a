"""Normalize English text. `tts.text.language` normalizes text of other languages."""

from __future__ import annotations

from tts.text.english.normalize import normalize

__all__ = ["normalize"]
