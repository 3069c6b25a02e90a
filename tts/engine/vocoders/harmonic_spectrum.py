"""The sum of harmonics, noise and the rest as spectra, in numpy; `tts.vocoder.harmonic_vocos` has the equations.

Every operation here is over all bins of all frames and costs as much as reading them. So there are as few operations as
possible, on arrays that fit into the processor's cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MAX_LOG_AMPLITUDE = 6.0
#: The Hann window's main lobe, sinc(d) / (1 - d²), is (4 - d²) times this polynomial of d², to 9e-6 up to its end at 2.
LOBE = (0.24999778, -0.09869381, 0.0169099, -0.0016293, 7.913843e-05)


class SpectrumComposer:
    """Composes the spectra of some frames.

    Args:
        mel: parameters of the voice's mel.
        spread: (points, M), bands to a smooth spectrum.
        spacing: bins between points.
    """

    def __init__(self, mel: dict[str, Any], spread: np.ndarray, spacing: int) -> None:
        self._spread = np.ascontiguousarray(spread.T)
        self.bins = mel["n_fft"] // 2 + 1
        self.width = len(spread) * spacing  # bins, and some after the last one that are not used
        stretch = mel["win_length"] / mel["n_fft"]
        self._places = (np.arange(self.width) * stretch).astype(np.float32)
        self._places_per_hz = np.float32(mel["win_length"] / mel["sample_rate"])
        self._below_first = int(np.ceil(2 / stretch))  # bins that the lobe of a harmonic at 0 Hz would reach
        shares = np.arange(spacing, dtype=np.float32) / np.float32(spacing)
        self._lines = np.stack((1 - shares, shares))  # (2, spacing): weights of two points for the bins between them
        # A frame begins n_fft / 2 samples before its center, so harmonics in every second bin change sign.
        self._turned_lines = self._lines * np.where(np.arange(spacing) % 2, -1, 1).astype(np.float32)

    def points(self, wanted: np.ndarray, smooth: np.ndarray) -> np.ndarray:
        """The smooth parts of the spectra at their points: (4, T, points), a row for each part.

        The parts are the harmonics' real and imaginary amplitude, the noise's amplitude, and the log amplitude of the
        rest.

        Args:
            wanted: (T, M) magnitudes of the bands.
            smooth: (T, 4 * points): log amplitudes of harmonics and noise, direction of the harmonics.
        """
        amplitudes, direction = smooth.reshape(len(smooth), 2, 2, -1).transpose(1, 2, 0, 3)  # (2, T, points) each
        points = np.empty((4, *amplitudes.shape[1:]), dtype=np.float32)
        envelope = np.log(np.maximum(wanted @ self._spread, 1e-5), out=points[3])
        amplitudes = np.add(amplitudes, envelope, out=np.empty_like(points[:2]))
        np.minimum(amplitudes, MAX_LOG_AMPLITUDE, out=amplitudes)
        np.exp(amplitudes, out=amplitudes)
        squares = np.square(direction)
        length = squares[0] + squares[1]
        length += np.float32(1e-6)
        amplitudes[0] /= np.sqrt(length, out=length)
        np.multiply(amplitudes[0], direction, out=points[:2])
        points[2] = amplitudes[1]
        return points

    def __call__(
        self, points: np.ndarray, free: np.ndarray, frequency: np.ndarray, phase: np.ndarray, noise: np.ndarray
    ) -> np.ndarray:
        """The spectra (T, bins) complex64 of T frames.

        Args:
            points: (4, T, points), see `points`.
            free: (T, 2 * bins): log amplitude and phase of the rest.
            frequency: (T,) in Hz.
            phase: (T,) of the fundamental.
            noise: (2, T, width), real and imaginary.
        """
        harmonics_real, harmonics_imaginary = self._interpolate(points[:2], self._turned_lines)
        level, magnitude = self._interpolate(points[2:], self._lines)
        lobe_real, lobe_imaginary = self._lobes(frequency, phase)
        real, imaginary = level * noise[0], level * noise[1]
        product = np.multiply(harmonics_real, lobe_real, out=level)
        real += product
        real -= np.multiply(harmonics_imaginary, lobe_imaginary, out=product)
        imaginary += np.multiply(harmonics_real, lobe_imaginary, out=product)
        imaginary += np.multiply(harmonics_imaginary, lobe_real, out=product)
        rest_real, rest_imaginary = self._rest(magnitude, free, noise[:, :, 0])
        spectrum = np.empty((len(free), self.bins), dtype=np.complex64)
        np.add(real[:, : self.bins], rest_real, out=spectrum.real)
        np.add(imaginary[:, : self.bins], rest_imaginary, out=spectrum.imag)
        return spectrum

    def _rest(self, floor: np.ndarray, free: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Real and imaginary part (T, bins) of the free part; ``first`` (2, T) rotates its phases."""
        magnitude = floor[:, : self.bins] + free[:, : self.bins]
        np.minimum(magnitude, MAX_LOG_AMPLITUDE, out=magnitude)
        np.exp(magnitude, out=magnitude)
        angle = free[:, self.bins :] + np.arctan2(first[1], first[0])[:, None]
        real = np.cos(angle)
        real *= magnitude
        np.sin(angle, out=angle)
        angle *= magnitude
        return real, angle

    def _interpolate(self, points: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """(n, T, points) -> (n, T, width), straight lines between the points: one small product for each pair."""
        pairs = np.empty((*points.shape, 2), dtype=np.float32)
        pairs[..., 0] = points
        pairs[..., :-1, 1] = points[..., 1:]
        pairs[..., -1, 1] = points[..., -1]
        return (pairs.reshape(-1, 2) @ lines).reshape(*points.shape[:2], self.width)

    def _lobes(self, frequency: np.ndarray, phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The Hann window's main lobe at every harmonic, rotated by its phase: real and imaginary parts (T, width)."""
        spacing = (frequency * self._places_per_hz)[:, None]
        number = self._places / spacing
        np.rint(number, out=number)
        square = number * spacing
        np.subtract(self._places, square, out=square)
        square *= square
        np.minimum(square, 4, out=square)
        lobe = square * np.float32(LOBE[-1])
        for factor in LOBE[-2:0:-1]:
            lobe += np.float32(factor)
            lobe *= square
        lobe += np.float32(LOBE[0])
        np.subtract(4, square, out=square)
        lobe *= square
        lobe[:, : self._below_first] *= number[:, : self._below_first] > 0
        number *= (phase % np.float32(2 * np.pi))[:, None]
        real = np.cos(number, out=square)
        real *= lobe
        np.sin(number, out=number)
        number *= lobe
        return real, number
