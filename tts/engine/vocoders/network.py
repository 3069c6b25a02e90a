"""Vocoders that are one network: to a spectrum (Vocos), or to the waveform (HiFi-GAN)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tts.engine.sessions import Run
from tts.engine.vocoders.stft import STFT
from tts.engine.vocoders.streaming import ContextStream


class WaveformVocoder:
    """Mel to waveform.

    Args:
        options: from the manifest: ``context`` frames on either side that a frame depends on.
        mel: parameters of the voice's mel.
        network: runs ``vocoder.onnx``.
    """

    def __init__(self, options: dict[str, Any], mel: dict[str, Any], network: Run) -> None:
        self._network, self._context, self._hop = network, options["context"], mel["hop_length"]

    def __call__(self, mel: np.ndarray) -> np.ndarray:
        """(T_mel, M) -> (T_wav,)."""
        return self._network(mel=mel)[0]

    def stream(self, chunks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """Chunks of mel (T, M) -> chunks of waveform."""
        stream = ContextStream(lambda mel, first: self(mel), self._context, self._hop)
        for chunk in chunks:
            yield stream.push(chunk)
        yield stream.finish()


class SpectrumVocoder(WaveformVocoder):
    """Mel to the real and imaginary parts of a spectrum, then an inverse Fourier transform.

    Args:
        options: also ``trim``, samples cut from both ends.
        mel: parameters of the voice's mel.
        network: runs ``vocoder.onnx``.
    """

    def __init__(self, options: dict[str, Any], mel: dict[str, Any], network: Run) -> None:
        super().__init__(options, mel, network)
        self._stft = STFT(mel["n_fft"], mel["hop_length"], mel["win_length"], options["trim"])

    def __call__(self, mel: np.ndarray) -> np.ndarray:
        """(T_mel, M) -> (T_wav,)."""
        real, imaginary = self._network(mel=mel)
        return self._stft.inverse(real + 1j * imaginary)
