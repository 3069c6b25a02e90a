"""The Fourier transforms of a vocoder, framed as the mel is; the counterpart of `tts.vocoder.inverse_stft`."""

from __future__ import annotations

from functools import cached_property

import numpy as np


class STFT:
    """Frames of samples to spectra and back.

    Args:
        n_fft: samples per frame, a multiple of ``hop_length``.
        hop_length: samples between frames.
        win_length: samples under the Hann window, at most ``n_fft``.
        trim: samples that are cut from both ends of what the frames cover.
    """

    def __init__(self, n_fft: int, hop_length: int, win_length: int, trim: int) -> None:
        self.n_fft, self.hop_length, self.trim = n_fft, hop_length, trim
        self.overlap = n_fft // hop_length
        missing = n_fft - win_length
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win_length) / win_length)
        self.window = np.pad(hann, (missing // 2, missing - missing // 2)).astype(np.float32)

    def forward(self, wav: np.ndarray, mode: str = "constant") -> np.ndarray:
        """(T_mel * hop,) -> (T_mel, n_fft/2+1) complex64; beyond the ends is what ``mode`` of `numpy.pad` says."""
        extended = np.pad(wav, self.trim, mode=mode)
        frames = np.lib.stride_tricks.sliding_window_view(extended, self.n_fft)[:: self.hop_length]
        return np.fft.rfft(frames * self.window).astype(np.complex64, copy=False)

    def inverse(self, spectrum: np.ndarray) -> np.ndarray:
        """(T_mel, n_fft/2+1) complex -> waveform, T_mel * hop_length samples where frames are not centered."""
        frames = np.fft.irfft(spectrum, self.n_fft).astype(np.float32, copy=False)
        frames *= self.window
        T_mel = len(frames)
        total = self._overlap_add(frames)
        end = total.shape[0] * self.hop_length - self.trim
        return (total * self._inverse_weight(T_mel)).reshape(-1)[self.trim : end]

    def _overlap_add(self, frames: np.ndarray) -> np.ndarray:
        """(T_mel, n_fft) -> (T_mel + overlap - 1, hop)."""
        parts = frames.reshape(len(frames), self.overlap, self.hop_length)
        total = np.zeros((len(frames) + self.overlap - 1, self.hop_length), dtype=np.float32)
        for shift in range(self.overlap):
            total[shift : shift + len(frames)] += parts[:, shift]
        return total

    def _inverse_weight(self, T_mel: int) -> np.ndarray:
        """One over the sum of the squared windows, (T_mel + overlap - 1, hop) or what broadcasts to it."""
        if T_mel < self.overlap:
            return 1 / np.maximum(self._overlap_add(np.tile(self.window**2, (T_mel, 1))), 1e-8)
        begin, middle, end = self._edges
        return np.concatenate((begin, np.broadcast_to(middle, (T_mel - self.overlap + 1, self.hop_length)), end))

    @cached_property
    def _edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        weight = 1 / np.maximum(self._overlap_add(np.tile(self.window**2, (self.overlap, 1))), 1e-8)
        return weight[: self.overlap - 1], weight[self.overlap - 1], weight[self.overlap :]
