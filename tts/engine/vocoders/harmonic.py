"""`tts.vocoder.harmonic_vocos.HarmonicVocos` without torch; that file has the equations.

``pitch.onnx``    mel -> pitch and periodicity of each frame
numpy             the phase of the fundamental, a sum in float64
``vocoder.onnx``  mel and pitch -> output of the head for each frame
numpy             the spectrum (`tts.engine.vocoders.harmonic_spectrum`), inverse Fourier transform, overlap-add, and
                  the refinement steps that correct the levels of the bands
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tts.engine.random_numbers import Generator
from tts.engine.sessions import Run
from tts.engine.vocoders.harmonic_spectrum import SpectrumComposer
from tts.engine.vocoders.stft import STFT, TILE
from tts.engine.vocoders.streaming import ContextStream


class HarmonicVocoder:
    """Mel to waveform.

    Args:
        options: from the manifest.
        mel: parameters of the voice's mel.
        pitch: runs ``pitch.onnx``.
        network: runs ``vocoder.onnx``.
        arrays: ``filterbank`` (M, bins), ``gains`` (M, bins) and ``spread`` (points, M).
    """

    def __init__(self, options: dict[str, Any], mel: dict[str, Any], pitch: Run, network: Run, arrays: Any) -> None:
        self._pitch, self._network = pitch, network
        self._rounds, self._overshoot = options["rounds"], options["overshoot"]
        self._context, self._pitch_context = options["context"], options["pitch_context"]
        self._hop, self._n_mels = mel["hop_length"], mel["n_mels"]
        self._radians = np.pi * self._hop / mel["sample_rate"]  # per Hz, for half a hop
        self._stft = STFT(mel["n_fft"], self._hop, mel["win_length"], (mel["n_fft"] - self._hop) // 2)
        self._composer = SpectrumComposer(mel, arrays["spread"], options["point_spacing"])
        self._noise = self._table(options["seed"], options["noise_frames"])
        self._noise_frames = options["noise_frames"]
        self._leveler = Leveler(arrays["filterbank"], arrays["gains"])

    def _table(self, seed: int, frames: int) -> np.ndarray:
        """(2, frames + TILE, width): normal numbers; the first frames again at the end, so no tile wraps around."""
        bins = self._composer.bins
        normal = Generator(seed).normal(2 * bins * frames).reshape(frames, bins, 2) * np.float32(0.5**0.5)
        table = np.zeros((2, frames + TILE, self._composer.width), dtype=np.float32)
        table[:, :, :bins] = normal.transpose(2, 0, 1)[:, np.arange(frames + TILE) % frames]
        return table

    def __call__(self, mel: np.ndarray) -> np.ndarray:
        """(T_mel, M) -> (T_wav,)."""
        frequency, periodicity = self._pitch(mel=mel)
        phase = self._phase(frequency, None, 0.0)[:, 0].astype(np.float32)
        return self._sound(mel, frequency, periodicity, phase, 0)

    def stream(self, chunks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """Chunks of mel (T, M) -> chunks of waveform; joined, they equal the waveform of the whole mel."""
        pitches = ContextStream(self._estimate, self._pitch_context)
        waves = ContextStream(self._render, self._context, self._hop)
        waiting = np.zeros((0, self._n_mels), dtype=np.float32)
        last, start = None, 0.0
        for chunk in chunks:
            waiting = np.concatenate((waiting, chunk))
            features, waiting, last, start = self._features(pitches.push(chunk), waiting, last, start)
            yield waves.push(features)
        features, *_ = self._features(pitches.finish(), waiting, last, start)
        yield np.concatenate((waves.push(features), waves.finish()))

    def _features(
        self, pitch: np.ndarray, mel: np.ndarray, last: float | None, start: float
    ) -> tuple[np.ndarray, np.ndarray, float | None, float]:
        count = len(pitch)
        if count == 0:
            return np.zeros((0, mel.shape[1] + 3), dtype=np.float32), mel, last, start
        phase = self._phase(pitch[:, 0], last, start)
        features = np.concatenate((mel[:count], pitch, phase), 1)
        return features, mel[count:], float(pitch[-1, 0]), float(phase[-1, 0])

    def _estimate(self, mel: np.ndarray, first: int) -> np.ndarray:
        """(T, M) -> frequency and periodicity (T, 2)."""
        return np.stack(self._pitch(mel=mel), 1)

    def _phase(self, frequency: np.ndarray, last: float | None, start: float) -> np.ndarray:
        """(T,) Hz -> phase of the fundamental at the frames' centers (T, 1), by the trapezoidal rule."""
        frequency = frequency.astype(np.float64)
        before = np.concatenate(([frequency[0] if last is None else last], frequency[:-1]))
        phase = (np.cumsum(self._radians * (before + frequency)) + start) % (2 * np.pi)
        return phase[:, None]

    def _render(self, features: np.ndarray, first: int) -> np.ndarray:
        """(T, M + 3) mel, pitch and phase -> (T * hop,)."""
        mel = np.ascontiguousarray(features[:, :-3], dtype=np.float32)
        frequency, periodicity, phase = features[:, -3:].T.astype(np.float32)
        return self._sound(mel, frequency, periodicity, phase, first)

    def _sound(
        self, mel: np.ndarray, frequency: np.ndarray, periodicity: np.ndarray, phase: np.ndarray, first: int
    ) -> np.ndarray:
        """(T, M) mel, (T,) pitch and phase, number of the first frame -> (T * hop,)."""
        smooth, free = self._network(mel=mel, frequency=frequency, periodicity=periodicity)
        wanted = np.exp(mel)
        points = self._composer.points(wanted, smooth)

        def spectrum(tile: slice) -> np.ndarray:
            place = (first + tile.start) % self._noise_frames
            noise = self._noise[:, place : place + tile.stop - tile.start]
            return self._composer(points[:, tile], free[tile], frequency[tile], phase[tile], noise)

        wav = self._match_levels(self._stft.inverse_tiles(len(mel), spectrum), wanted)
        return np.clip(wav, -1, 1, out=wav)

    def _match_levels(self, wav: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Analysis and synthesis steps that scale the bands of ``wav`` to the levels ``wanted`` (T, M)."""
        for left in reversed(range(self._rounds)):
            frames, power = self._stft.frames(wav), self._overshoot if left else 1.0

            def leveled(tile: slice, frames: np.ndarray = frames, power: float = power) -> np.ndarray:
                return self._leveler(self._stft.forward(frames[tile]), wanted[tile], power)

            wav = self._stft.inverse_tiles(len(frames), leveled)
        return wav


class Leveler:
    """Scales the bands of a spectrum to given levels.

    Most entries of a filterbank are zero, so it is applied in two parts: low bins with low bands, and high bins with
    high bands.

    Args:
        filterbank: (M, bins).
        gains: (M, bins), weights of the bands' gains for each bin.
    """

    def __init__(self, filterbank: np.ndarray, gains: np.ndarray) -> None:
        self._num_covered = int(np.flatnonzero(filterbank.any(0))[-1]) + 1  # bins; higher ones use the last band's gain
        middle = self._num_covered // 2
        self._pieces = [_Piece.of(filterbank, gains, *ends) for ends in ((0, middle), (middle, self._num_covered))]

    def __call__(self, spectrum: np.ndarray, wanted: np.ndarray, power: float) -> np.ndarray:
        """Scale ``spectrum`` (T, bins) complex64 in place by the gains for ``wanted`` (T, M), raised to a power."""
        parts = spectrum.view(np.float32)[:, : 2 * self._num_covered]
        parts = parts * parts
        magnitude = parts[:, ::2] + parts[:, 1::2]
        magnitude += np.float32(1e-9)
        np.sqrt(magnitude, out=magnitude)
        bands = np.full_like(wanted, 1e-5)
        for piece in self._pieces:
            bands[:, piece.bands] += magnitude[:, piece.bins] @ piece.filterbank
        np.divide(wanted, bands, out=bands)
        np.clip(bands, 0.1, 10, out=bands)
        bands = bands if power == 1 else bands ** np.float32(power)
        for piece in self._pieces:
            spectrum[:, piece.bins] *= bands[:, piece.bands] @ piece.gains
        spectrum[:, self._num_covered :] *= bands[:, -1:]
        return spectrum


class _Piece(NamedTuple):
    """Some bins, and the bands that overlap with them."""

    bins: slice
    bands: slice
    filterbank: np.ndarray  # (these bins, these bands)
    gains: np.ndarray  # (these bands, these bins)

    @classmethod
    def of(cls, filterbank: np.ndarray, gains: np.ndarray, first: int, end: int) -> _Piece:
        bins = slice(first, end)
        found = np.flatnonzero((filterbank[:, bins] != 0).any(1) | (gains[:, bins] != 0).any(1))
        bands = slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)
        return cls(
            bins, bands, np.ascontiguousarray(filterbank[bands, bins].T), np.ascontiguousarray(gains[bands, bins])
        )
