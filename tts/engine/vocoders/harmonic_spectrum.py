"""The sum of harmonics, noise and the rest as spectra, in numpy; `tts.vocoder.harmonic_vocos` has the equations."""

from __future__ import annotations

from typing import Any

import numpy as np

MAX_LOG_AMPLITUDE = 6.0


class SpectrumComposer:
    """Composes the spectra of some frames.

    Args:
        mel: numbers of the voice's mel.
        spread: (points, M), bands to a smooth spectrum.
        spacing: bins from point to point.
    """

    def __init__(self, mel: dict[str, Any], spread: np.ndarray, spacing: int) -> None:
        self._spread = np.ascontiguousarray(spread.T)
        self._shares = np.arange(spacing, dtype=np.float32) / np.float32(spacing)
        self._bins = np.arange(mel["n_fft"] // 2 + 1, dtype=np.float32)
        self._signs = np.where(np.arange(len(self._bins)) % 2, -1, 1).astype(np.float32)
        self._bins_per_hz = np.float32(mel["n_fft"] / mel["sample_rate"])
        self._stretch = np.float32(mel["win_length"] / mel["n_fft"])

    def __call__(
        self,
        mel: np.ndarray,
        smooth: np.ndarray,
        free: np.ndarray,
        frequency: np.ndarray,
        phase: np.ndarray,
        noise: np.ndarray,
    ) -> np.ndarray:
        """The spectra (T, bins) complex64 of T frames.

        Args:
            mel: (T, M).
            smooth: (T, 4 * points): log amplitudes of harmonics and noise, direction of the harmonics.
            free: (T, 2 * bins): log amplitude and phase of the rest.
            frequency: (T,) in Hz.
            phase: (T,) of the fundamental.
            noise: (2, T, bins), real and imaginary.
        """
        harmonics_real, harmonics_imaginary, level, magnitude = self._smooth(mel, smooth)
        bins = len(self._bins)
        magnitude += free[:, :bins]
        np.minimum(magnitude, MAX_LOG_AMPLITUDE, out=magnitude)
        np.exp(magnitude, out=magnitude)
        first = noise[0, :, 0] + 1j * noise[1, :, 0]
        angle = free[:, bins:] + np.angle(first)[:, None]  # turned by the angle of the first bin's noise
        lobe_real, lobe_imaginary = self._lobes(frequency, phase)
        spectrum = np.empty((len(mel), bins), dtype=np.complex64)
        real = harmonics_real * lobe_real
        real -= harmonics_imaginary * lobe_imaginary
        real += level * noise[0]
        real += magnitude * np.cos(angle)
        spectrum.real = real
        lobe_imaginary *= harmonics_real
        lobe_imaginary += harmonics_imaginary * lobe_real
        lobe_imaginary += level * noise[1]
        lobe_imaginary += magnitude * np.sin(angle)
        spectrum.imag = lobe_imaginary
        return spectrum

    def _smooth(self, mel: np.ndarray, smooth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Harmonics' real and imaginary amplitude, noise's amplitude, the rest's floor: (T, bins) each."""
        harmonics, noise, *direction = np.split(smooth, 4, axis=1)
        envelope = np.log(np.maximum(np.exp(mel) @ self._spread, 1e-5))
        harmonics, noise = (np.exp(np.minimum(x + envelope, MAX_LOG_AMPLITUDE)) for x in (harmonics, noise))
        harmonics /= np.sqrt(direction[0] ** 2 + direction[1] ** 2 + np.float32(1e-6))
        points = (harmonics * direction[0], harmonics * direction[1], noise, envelope)
        return tuple(self._interpolate(x) for x in points)

    def _interpolate(self, points: np.ndarray) -> np.ndarray:
        """(T, points) -> (T, bins), straight lines between the points."""
        line = np.empty((len(points), len(self._bins)), dtype=np.float32)
        start, step = points[:, :-1], points[:, 1:] - points[:, :-1]
        for number, share in enumerate(self._shares):
            between = line[:, number : -1 : len(self._shares)]
            np.multiply(step, share, out=between)
            between += start
        line[:, -1] = points[:, -1]
        return line

    def _lobes(self, frequency: np.ndarray, phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The Hann window's main lobe at every harmonic, turned by its phase: real and imaginary parts (T, bins)."""
        spacing = (frequency * self._bins_per_hz)[:, None]
        number = np.rint(self._bins / spacing)
        distance = number * spacing
        np.subtract(self._bins, distance, out=distance)
        np.abs(distance, out=distance)
        distance *= self._stretch
        lobe = np.sinc(distance)
        lobe /= 1 - distance * distance + np.float32(1e-6)
        lobe[np.abs(distance - 1) < 1e-2] = 0.5
        lobe *= (distance < 2) & (number > 0)
        lobe *= self._signs
        turn = number * (phase % np.float32(2 * np.pi))[:, None]
        return lobe * np.cos(turn), lobe * np.sin(turn)
