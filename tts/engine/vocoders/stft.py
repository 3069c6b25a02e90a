"""The Fourier transforms of a vocoder, framed as the mel is; the counterpart of `tts.vocoder.inverse_stft`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

import numpy as np

TILE = 112  # most frames computed together: few calls, and arrays that fit into a core's cache


class STFT:
    """Frames of samples to spectra and back.

    Args:
        n_fft: samples per frame, a multiple of ``hop_length``.
        hop_length: samples between frames.
        win_length: samples under the Hann window, at most ``n_fft``.
        trim: samples that are cut from both ends of the waveform.
    """

    def __init__(self, n_fft: int, hop_length: int, win_length: int, trim: int) -> None:
        self.n_fft, self.hop_length, self.trim = n_fft, hop_length, trim
        self.overlap = n_fft // hop_length
        missing = n_fft - win_length
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win_length) / win_length)
        self.window = np.pad(hann, (missing // 2, missing - missing // 2)).astype(np.float32)

    def frames(self, wav: np.ndarray, mode: Literal["constant", "reflect", "edge"] = "constant") -> np.ndarray:
        """(T_mel * hop,) -> a view of its frames (T_mel, n_fft); ``mode`` of `numpy.pad` sets what is beyond."""
        extended = np.pad(wav, self.trim, mode=mode) if mode != "constant" else self._between_silence(wav)
        count, (stride,) = 1 + (len(extended) - self.n_fft) // self.hop_length, extended.strides
        shape, strides = (count, self.n_fft), (self.hop_length * stride, stride)
        return np.lib.stride_tricks.as_strided(extended, shape, strides, writeable=False)

    def _between_silence(self, wav: np.ndarray) -> np.ndarray:
        extended = np.zeros(len(wav) + 2 * self.trim, dtype=wav.dtype)
        extended[self.trim : self.trim + len(wav)] = wav
        return extended

    def forward(self, frames: np.ndarray) -> np.ndarray:
        """Frames (T, n_fft) -> (T, n_fft/2+1) complex64."""
        return np.fft.rfft(frames * self.window).astype(np.complex64, copy=False)

    def inverse(self, spectrum: np.ndarray) -> np.ndarray:
        """(T_mel, n_fft/2+1) complex -> waveform, T_mel * hop_length samples where frames are not centered."""
        return self.inverse_tiles(len(spectrum), lambda tile: spectrum[tile])

    def inverse_tiles(self, T_mel: int, spectrum: Callable[[slice], np.ndarray]) -> np.ndarray:
        """The same for a spectrum that is computed in tiles of a few frames, which fit into the processor's cache."""
        total = np.zeros((T_mel + self.overlap - 1, self.hop_length), dtype=np.float32)
        size = -(-T_mel // -(-T_mel // TILE))  # tiles are about equally long
        for start in range(0, T_mel, size):
            frames = np.fft.irfft(spectrum(slice(start, min(start + size, T_mel))), self.n_fft)
            frames = frames.astype(np.float32, copy=False)
            frames *= self.window
            self._add(frames, total[start : start + len(frames) + self.overlap - 1])
        self._weigh(total)
        return total.reshape(-1)[self.trim : total.size - self.trim]

    def _add(self, frames: np.ndarray, total: np.ndarray) -> None:
        parts = frames.reshape(len(frames), self.overlap, self.hop_length)
        for shift in range(self.overlap):
            total[shift : shift + len(frames)] += parts[:, shift]

    def _squares(self, T_mel: int) -> np.ndarray:
        """Sum of the squared windows of a few frames, (T_mel + overlap - 1, hop)."""
        total = np.zeros((T_mel + self.overlap - 1, self.hop_length), dtype=np.float32)
        self._add(np.tile(self.window**2, (T_mel, 1)), total)
        return np.maximum(total, 1e-8)

    def _weigh(self, total: np.ndarray) -> None:
        """Divide ``total`` (T_mel + overlap - 1, hop) by the sum of the squared windows."""
        shared = self.overlap - 1  # rows at either end that fewer windows cover
        if len(total) < 2 * shared + 1:
            total /= self._squares(len(total) - shared)
            return
        begin, middle, end = self._edges
        total[:shared] *= begin
        total[shared : len(total) - shared] *= middle
        total[len(total) - shared :] *= end

    @cached_property
    def _edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        weight = 1 / self._squares(self.overlap)
        return weight[: self.overlap - 1], weight[self.overlap - 1], weight[self.overlap :]
