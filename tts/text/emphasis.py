"""Emphasis as stress: what a voice without an emphasis of its own can do."""

from __future__ import annotations

import re

_VOWEL = re.compile("[aeiouæɐɑɒɔəɚɛɜɪʊʌᵻ]")
_FULL = {"ɐ": "eɪ", "ə": "ʌ"}
LEVELS = ("strong", "moderate", "none", "reduced")


def stress(phonemes: str, level: str) -> str:
    """One word with the stress of ``level``: strong and moderate words bear one, reduced words none.

    >>> stress("kæn", "strong")
    'kˈæn'
    """
    if level == "reduced":
        return phonemes.replace("ˈ", "ˌ")
    if level not in ("strong", "moderate") or "ˈ" in phonemes:
        return phonemes
    if "ˌ" in phonemes:
        return phonemes.replace("ˌ", "ˈ", 1)
    return _VOWEL.sub(lambda m: "ˈ" + _FULL.get(m[0], m[0]), phonemes, count=1)
