"""Frames of a spectrum to a waveform: the inverse of the analysis in `tts.audio.mel`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class InverseSTFT(nn.Module):
    """Windowed inverse Fourier transform, overlap-add, and division by the sum of the squared windows.

    Args:
        n_fft: samples per frame, a multiple of ``hop_length``.
        hop_length: samples between frames.
        win_length: samples under the Hann window, at most ``n_fft``.
    """

    window: Tensor

    def __init__(self, n_fft: int, hop_length: int, win_length: int) -> None:
        super().__init__()
        if n_fft % hop_length:
            raise ValueError(f"n_fft ({n_fft}) must be a multiple of hop_length ({hop_length})")
        self.n_fft, self.hop_length = n_fft, hop_length
        missing = n_fft - win_length
        window = F.pad(torch.hann_window(win_length), (missing // 2, missing - missing // 2))
        self.register_buffer("window", window, persistent=False)

    @property
    def overlap(self) -> int:
        """Frames that share a sample."""
        return self.n_fft // self.hop_length

    @property
    def context_frames(self) -> int:
        """Frames on either side that the samples of a frame depend on."""
        return self.overlap // 2

    def forward(self, spectrum: Tensor, trim: int) -> Tensor:
        """(B, T_mel, n_fft/2+1) complex -> (B, T_mel * hop_length + n_fft - hop_length - 2 * trim).

        ``trim`` samples are cut from both ends: (n_fft - hop_length) / 2 is the framing of the mel, n_fft / 2 that of
        centered frames.
        """
        _, T_mel, _ = spectrum.shape
        frames = torch.fft.irfft(spectrum, self.n_fft) * self.window  # (B, T_mel, n_fft)
        wav, weight = self.overlap_add(frames), self.weight(T_mel)
        end = wav.shape[1] - trim
        return wav[:, trim:end] / weight[:, trim:end].clamp(min=1e-8)

    def weight(self, T_mel: int) -> Tensor:
        """Sum of the squared windows of ``T_mel`` frames, (1, (T_mel + overlap - 1) * hop_length)."""
        few = min(T_mel, self.overlap)
        ends = self.overlap_add(self.window.square().expand(1, few, -1))
        begin, middle, end = ends.split(
            [(few - 1) * self.hop_length, self.hop_length, ends.shape[1] - few * self.hop_length], 1
        )
        return torch.cat([begin, middle.repeat(1, T_mel - few + 1), end], 1)

    def overlap_add(self, frames: Tensor) -> Tensor:
        """(B, T_mel, n_fft) -> (B, (T_mel + overlap - 1) * hop_length)."""
        B, T_mel, _ = frames.shape
        parts = frames.view(B, T_mel, self.overlap, self.hop_length)
        total = frames.new_zeros(B, T_mel + self.overlap - 1, self.hop_length)
        for shift in range(self.overlap):
            total[:, shift : shift + T_mel] = total[:, shift : shift + T_mel] + parts[:, :, shift]
        return total.flatten(1)
