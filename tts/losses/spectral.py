"""Distances between spectra of two waveforms.

Source: Yamamoto et al. 2020, Parallel WaveGAN (multi-resolution STFT); Kong et al. 2020, HiFi-GAN (log mel).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks

from tts.core.interfaces import VocoderOutput


class MultiResolutionSTFTLoss(nn.Module):
    """Mean over resolutions of L1 distances: of log magnitudes, of log mels, and of compressed magnitudes.

        magnitude:  mean |ln|X̂| − ln|X||  +  ‖|X̂| − |X|‖ / ‖|X|‖
        mel:        mean |ln F|X̂| − ln F|X||
        complex:    mean |X̂/√|X̂| − X/√|X|| / mean √|X|        of real and imaginary parts; needs equal phases

    Args:
        sample_rate: Hz.
        weight: factor of the loss in the sum.
        windows: samples of the resolutions; a window's hop is a quarter of it.
        num_bands: mel bands of each resolution, over the whole spectrum.
        magnitude: factor of this part.
        mel: factor of this part.
        complex: factor of this part; 0 does not compare phases.
        floor: smallest magnitude that counts, for a window of 1024; relative to its length for others.
    """

    def __init__(
        self,
        sample_rate: int,
        weight: float,
        windows: Sequence[int],
        num_bands: Sequence[int],
        magnitude: float,
        mel: float,
        complex: float,
        floor: float,
    ) -> None:
        super().__init__()
        self.weight = weight
        self.windows = tuple(windows)
        self.magnitude, self.mel, self.complex = magnitude, mel, complex
        self.floor = floor
        for window, bands in zip(self.windows, num_bands):
            bank = melscale_fbanks(window // 2 + 1, 0.0, sample_rate / 2, bands, sample_rate, "slaney", "slaney")
            self.register_buffer(f"bank_{window}", bank, persistent=False)
            self.register_buffer(f"window_{window}", torch.hann_window(window), persistent=False)

    def forward(self, output: VocoderOutput, batch: Any, step: int) -> Tensor:
        """Scalar."""
        return torch.stack(list(self.compare(output.wav, batch.wav).values())).sum()

    def compare(self, generated: Tensor, target: Tensor) -> dict[str, Tensor]:
        """(B, T_wav), (B, T_wav) -> the parts by name, each with its factor, scalars."""
        with torch.autocast(generated.device.type, enabled=False):
            parts = [self._compare(window, generated.float(), target.float()) for window in self.windows]
        return {name: torch.stack([part[name] for part in parts]).mean() for name in parts[0]}

    def _compare(self, window: int, generated: Tensor, target: Tensor) -> dict[str, Tensor]:
        floor = self.floor * window / 1024
        X, Y = self._spectrum(window, generated), self._spectrum(window, target)
        x, y = ((re.square() + im.square() + 1e-9).sqrt() for re, im in (X, Y))  # (B, bins, frames)
        bank = getattr(self, f"bank_{window}").T
        closeness = (x - y).norm() / y.norm().clamp(min=floor)
        parts = {
            "magnitude": self.magnitude * (_log_distance(x, y, floor) + closeness),
            "mel": self.mel * _log_distance(bank @ x, bank @ y, floor * 1e-2),
        }
        if self.complex:
            parts["complex"] = self.complex * _complex_distance(X, x, Y, y, floor)
        return parts

    def _spectrum(self, window: int, wav: Tensor) -> tuple[Tensor, Tensor]:
        """Real and imaginary parts, (B, bins, frames) each."""
        shape = getattr(self, f"window_{window}")
        spectrum = torch.stft(wav, window, window // 4, window, shape, return_complex=True)
        return spectrum.real, spectrum.imag


def _complex_distance(X: tuple[Tensor, Tensor], x: Tensor, Y: tuple[Tensor, Tensor], y: Tensor, floor: float) -> Tensor:
    bend, target = (x + floor).rsqrt(), (y + floor).rsqrt()  # square roots of the magnitudes
    distance = sum((made * bend - real * target).abs().mean() for made, real in zip(X, Y))
    size = (Y[0] * target).abs().mean() + (Y[1] * target).abs().mean()
    return distance / size.clamp(min=1e-5)


def _log_distance(x: Tensor, y: Tensor, floor: float) -> Tensor:
    return ((x + floor).log() - (y + floor).log()).abs().mean()
