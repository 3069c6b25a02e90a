"""Griffin-Lim in numpy; `tts.audio.griffin_lim` has the equations and the sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tts.engine.random_numbers import Generator
from tts.engine.vocoders.stft import STFT


class GriffinLimVocoder:
    """Mel to waveform; the same mel always gives the same waveform.

    Args:
        options: from the manifest: ``iterations``, ``momentum``, ``seed``.
        mel: parameters of the voice's mel.
        filterbank: (M, bins).
    """

    def __init__(self, options: dict[str, Any], mel: dict[str, Any], filterbank: np.ndarray) -> None:
        self._iterations, self._momentum, self._seed = options["iterations"], options["momentum"], options["seed"]
        self._filterbank = filterbank
        margin = (mel["n_fft"] - mel["hop_length"]) // 2
        self._stft = STFT(mel["n_fft"], mel["hop_length"], mel["win_length"], margin)

    def __call__(self, mel: np.ndarray) -> np.ndarray:
        """(T_mel, M) -> (T_wav,)."""
        if len(mel) == 0:
            return np.zeros(0, dtype=np.float32)
        magnitude = self._linear(np.exp(mel).T).T
        phase = np.float32(2 * np.pi) * Generator(self._seed).uniform(*magnitude.shape)
        spectrum = magnitude * np.exp(1j * phase)
        previous = np.zeros_like(spectrum)
        for _ in range(self._iterations):
            consistent = self._stft.forward(self._stft.frames(self._stft.inverse(spectrum), mode="reflect"))
            spectrum = consistent + np.float32(self._momentum) * (consistent - previous)
            spectrum = magnitude * spectrum / np.maximum(np.abs(spectrum), 1e-12)
            previous = consistent
        return self._stft.inverse(spectrum).clip(-1, 1)

    def stream(self, chunks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """The whole waveform at once: every sample depends on all frames."""
        yield self(np.concatenate(list(chunks)))

    def _linear(self, mel: np.ndarray, iterations: int = 40) -> np.ndarray:
        """(M, T_mel) bands -> (bins, T_mel) magnitudes, as `tts.audio.griffin_lim.linear_from_mel`."""
        adjoint = self._filterbank.T
        spread = adjoint / np.maximum(self._filterbank.sum(1), 1e-9)
        spread /= np.maximum(adjoint.sum(1, keepdims=True), 1e-9)
        magnitude = np.maximum(spread @ mel, 1e-9)
        target, gram = adjoint @ mel, adjoint @ self._filterbank
        for _ in range(iterations):
            magnitude = magnitude * target / np.maximum(gram @ magnitude, 1e-9)
        return magnitude
