"""Several corpora as one, to cut pieces of recordings from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tts.data.corpus import Corpus


class JoinedCorpus:
    """The recordings of several corpora, one after the other; see `tts.data.corpus.Corpus`.

    Args:
        parts: the corpora, all with the same mel definition.
    """

    def __init__(self, parts: Sequence[Corpus]) -> None:
        self.parts = list(parts)
        self._starts = np.cumsum([0, *map(len, self.parts)])
        self.items: list[dict[str, Any]] = [item for part in self.parts for item in part.items]
        self.num_frames = np.concatenate([part.num_frames for part in self.parts])

    def __len__(self) -> int:
        return len(self.items)

    @property
    def folder(self) -> Path:
        """Of the first corpus."""
        return self.parts[0].folder

    @property
    def config(self) -> dict[str, Any]:
        """Of the first corpus; the mel definition is that of all."""
        return self.parts[0].config

    def weights(self, shares: Sequence[float]) -> np.ndarray:
        """How likely each utterance is to be drawn, (N,): by its length, and each corpus by its share."""
        lengths = [part.num_frames / part.num_frames.sum() for part in self.parts]
        return np.concatenate([share * length for share, length in zip(shares, lengths, strict=True)])

    def mel(self, index: int, first: int = 0, length: int | None = None) -> np.ndarray:
        """See `Corpus.mel`."""
        part, own = self._find(index)
        return part.mel(own, first, length)

    def audio(self, index: int, first: int = 0, length: int | None = None) -> np.ndarray:
        """See `Corpus.audio`."""
        part, own = self._find(index)
        return part.audio(own, first, length)

    def stored_mel(self, index: int) -> np.ndarray:
        """See `Corpus.stored_mel`."""
        part, own = self._find(index)
        return part.stored_mel(own)

    def stored_audio(self, index: int) -> np.ndarray:
        """See `Corpus.stored_audio`."""
        part, own = self._find(index)
        return part.stored_audio(own)

    def _find(self, index: int) -> tuple[Corpus, int]:
        number = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self.parts[number], index - int(self._starts[number])


Recordings = Corpus | JoinedCorpus
