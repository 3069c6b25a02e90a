"""Loads the vocoder that a manifest describes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from tts.engine.manifest import Manifest


class OnnxVocoder(Protocol):
    """Mel to waveform, frames first."""

    def __call__(self, mel: np.ndarray) -> np.ndarray:
        """(T_mel, M) -> (T_wav,)."""

    def stream(self, chunks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """Chunks of mel (T, M) -> chunks of waveform; joined, they equal the waveform of the whole mel."""


def load_vocoder(manifest: Manifest, open_: Callable[..., Any]) -> OnnxVocoder:
    """The vocoder of a voice; ``open_`` makes a function from a graph's path."""
    options, folder = manifest.vocoder, manifest.folder
    vocoder = _load(options, manifest, lambda name: open_(folder / f"{name}.onnx"))
    return ScaledVocoder(vocoder, **options["scale"]) if "scale" in options else vocoder


def _load(options: dict[str, Any], manifest: Manifest, graph: Callable[[str], Any]) -> OnnxVocoder:
    kind = options["kind"]
    if kind == "harmonic":
        from tts.engine.vocoders.harmonic import HarmonicVocoder

        return HarmonicVocoder(options, manifest.mel, graph("pitch"), graph("vocoder"), manifest.arrays())
    if kind == "griffin_lim":
        from tts.engine.vocoders.griffin_lim import GriffinLimVocoder

        return GriffinLimVocoder(options, manifest.mel, manifest.arrays()["filterbank"])
    from tts.engine.vocoders.network import SpectrumVocoder, WaveformVocoder

    return (SpectrumVocoder if kind == "spectrum" else WaveformVocoder)(options, manifest.mel, graph("vocoder"))


class ScaledVocoder:
    """A vocoder that was trained on another scale of the mel; see `tts.vocoder.mel_adapter`.

    Args:
        vocoder: the vocoder to run.
        factor: of the natural logarithm.
        floor: smallest natural logarithm in the vocoder's training.
        mean: of every band, on the vocoder's scale.
        std: of every band, on the vocoder's scale.
    """

    def __init__(self, vocoder: OnnxVocoder, factor: float, floor: float, mean: list[float], std: list[float]) -> None:
        self._vocoder, self._factor, self._floor = vocoder, np.float32(factor), np.float32(floor)
        self._mean, self._std = np.asarray(mean, dtype=np.float32), np.asarray(std, dtype=np.float32)

    def __call__(self, mel: np.ndarray) -> np.ndarray:
        """See `OnnxVocoder`."""
        return self._vocoder(self._scaled(mel))

    def stream(self, chunks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """See `OnnxVocoder`."""
        return self._vocoder.stream(self._scaled(chunk) for chunk in chunks)

    def _scaled(self, mel: np.ndarray) -> np.ndarray:
        return (self._factor * np.maximum(mel, self._floor) - self._mean) / self._std
