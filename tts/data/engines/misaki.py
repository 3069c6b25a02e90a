"""Convert our phonemes (IPA as espeak-ng writes English) to misaki's alphabet, which Kokoro and hibari read.

https://github.com/hexgrad/misaki
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import NamedTuple

import numpy as np

from tts.data.engines.base import EngineError

# The longest match is replaced first. A symbol that is not listed is the same in both alphabets.
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
    "\u0329": "",  # syllabic, after any other consonant
    "\u0303": "",  # nasal
    "g": "ɡ",
    "-": "",
}
_SYMBOL = re.compile("|".join(sorted(map(re.escape, MISAKI), key=len, reverse=True)) + "|.", re.DOTALL)


class SymbolPair(NamedTuple):
    """Some of our symbols and the engine's symbols for the same sound. One side may be empty."""

    ours: str
    theirs: str


def to_misaki(phonemes: str) -> list[SymbolPair]:
    """Split ``phonemes`` into pairs. The left sides joined are ``phonemes``; the right sides are misaki's spelling."""
    return [SymbolPair(match[0], MISAKI.get(match[0], match[0])) for match in _SYMBOL.finditer(phonemes)]


def symbol_bounds(pairs: Sequence[SymbolPair], known: Container[str], durations: np.ndarray) -> np.ndarray:
    """The start of each of our symbols, then the end of the last one: (T_text + 1,), in the unit of ``durations``.

    Our symbols in one pair share its time equally. A symbol that the engine does not know takes no time.

    Args:
        pairs: from `to_misaki`, with T_text of our symbols in total.
        known: the symbols of the engine; it leaves other symbols out.
        durations: (tokens,) durations of the engine's symbols; the first and the last are silence.

    Raises:
        EngineError: the engine spoke another number of symbols.
    """
    ends, position = np.cumsum(durations), 0
    bounds = [float(ends[0])]
    for ours, theirs in pairs:
        start = float(ends[position])
        position += sum(symbol in known for symbol in theirs)
        bounds += [start + (float(ends[position]) - start) * part / len(ours) for part in range(1, len(ours) + 1)]
    if position != len(durations) - 2:
        raise EngineError(f"{position} symbols were requested, but {len(durations) - 2} were spoken")
    return np.array(bounds)
