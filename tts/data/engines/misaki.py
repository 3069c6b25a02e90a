"""Our phonemes (IPA as espeak-ng writes English) in misaki's alphabet, which Kokoro and hibari read.

https://github.com/hexgrad/misaki
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import NamedTuple

import numpy as np

from tts.data.engines.base import EngineError

# What is longest is replaced first; a symbol that is not listed is the same in both alphabets.
MISAKI = {
    "tʃ": "ʧ",
    "dʒ": "ʤ",
    "aɪ": "I",
    "aʊ": "W",
    "eɪ": "A",
    "ɔɪ": "Y",
    "oʊ": "O",
    "əl": "ᵊl",
    "ɪəl": "ɪᵊl",
    "ɚ": "əɹ",
    "r": "ɹ",
    "x": "k",
    "ç": "k",
    "ɐ": "ə",
    "ɬ": "l",
    "ɜːɹ": "ɜɹ",
    "ɜːr": "ɜɹ",
    "ɜː": "ɜɹ",
    "ɪə": "iə",
    "ː": "",
    "o": "ɔ",
    "e": "A",
    "ɾ": "T",
    "ʔ": "t",
    "n\u0329": "ᵊn",
    "\u0329": "",  # syllabic, of any other consonant
    "\u0303": "",  # nasal
    "g": "ɡ",
    "-": "",
}
_SYMBOL = re.compile("|".join(sorted(map(re.escape, MISAKI), key=len, reverse=True)) + "|.", re.DOTALL)


class SymbolPair(NamedTuple):
    """Some of our symbols, and the teacher's for the same sound; one side may be empty."""

    ours: str
    theirs: str


def to_misaki(phonemes: str) -> list[SymbolPair]:
    """``phonemes`` in pairs; joined, the left sides are ``phonemes`` and the right sides misaki's spelling."""
    return [SymbolPair(match[0], MISAKI.get(match[0], match[0])) for match in _SYMBOL.finditer(phonemes)]


def symbol_bounds(pairs: Sequence[SymbolPair], known: Container[str], durations: np.ndarray) -> np.ndarray:
    """Where each of our symbols begins, then where the last one ends: (T_text + 1,), in the unit of ``durations``.

    Several of our symbols in a pair share its time equally. A symbol that the teacher does not know takes none.

    Args:
        pairs: from `to_misaki`, T_text of our symbols in all.
        known: the teacher's symbols; it leaves others out.
        durations: (tokens,) of what the teacher said, with the silences before and after it first and last.

    Raises:
        EngineError: the teacher said another number of symbols.
    """
    ends, position = np.cumsum(durations), 0
    bounds = [float(ends[0])]
    for ours, theirs in pairs:
        start = float(ends[position])
        position += sum(symbol in known for symbol in theirs)
        bounds += [start + (float(ends[position]) - start) * part / len(ours) for part in range(1, len(ours) + 1)]
    if position != len(durations) - 2:
        raise EngineError(f"{position} symbols were asked for, {len(durations) - 2} were said")
    return np.array(bounds)
