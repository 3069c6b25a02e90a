"""Phonemes to symbol ids and back."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Sequence

from tts.text.symbols import BOS, EOS, PAD, SYMBOLS

log = logging.getLogger(__name__)


class Tokenizer:
    """Maps each character of a phoneme string to its index in ``symbols``.

    Args:
        symbols: single characters, in embedding order. `PAD` must be at index 0; `BOS` and `EOS` may be anywhere.

    Raises:
        ValueError: a symbol occurs twice, or one of the three special symbols is missing.
    """

    def __init__(self, symbols: Sequence[str] = SYMBOLS):
        self.symbols = tuple(symbols)
        self._ids = {symbol: index for index, symbol in enumerate(self.symbols)}
        if len(self._ids) != len(self.symbols):
            raise ValueError("a symbol occurs twice; give each symbol once")
        if self.symbols[:1] != (PAD,) or BOS not in self._ids or EOS not in self._ids:
            raise ValueError(f"the symbols must begin with padding {PAD!r} and hold {BOS!r} and {EOS!r}")
        self._written = self._ids.keys() - {PAD, BOS, EOS}  # no phonemizer writes these, so they count as unknown
        self._reported: set[str] = set()

    @property
    def num_symbols(self) -> int:
        """Number of rows that an embedding for this tokenizer needs."""
        return len(self.symbols)

    def encode(self, phonemes: str, places: Sequence[int] | None = None) -> list[int]:
        """The ids of ``phonemes`` between `BOS` and `EOS`. Unknown symbols are left out; each is logged once.

        ``places`` are those of `places`, if they are known already.
        """
        places = self.places(phonemes) if places is None else places
        known = phonemes if len(places) == len(phonemes) else [phonemes[i] for i in places]
        return [self._ids[BOS], *map(self._ids.__getitem__, known), self._ids[EOS]]

    def places(self, phonemes: str) -> Sequence[int]:
        """Positions in ``phonemes`` of the symbols that `encode` puts between `BOS` and `EOS`."""
        if self._written.issuperset(phonemes):
            return range(len(phonemes))
        self._report(c for c in phonemes if c not in self._written)
        return [i for i, c in enumerate(phonemes) if c in self._written]

    def decode(self, ids: Iterable[int]) -> str:
        """The phonemes of ``ids``, without padding, `BOS` and `EOS`."""
        return "".join(s for s in (self.symbols[i] for i in ids) if s not in (PAD, BOS, EOS))

    def _report(self, unknown: Iterable[str]) -> None:
        for symbol in unknown:
            if symbol not in self._reported:
                self._reported.add(symbol)
                name = unicodedata.name(symbol, "unnamed")
                log.warning("symbol %r (U+%04X %s) is unknown to this voice and is left out", symbol, ord(symbol), name)
