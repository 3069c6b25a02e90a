"""Metrics of copy synthesis: a generated waveform against its recording. Both have equal length.

PESQ and STOI come from the packages ``pesq`` and ``pystoi`` (``pip install "attune-tts[evaluate]"``) and are left out
where these are missing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import librosa
import numpy as np
import soxr
import torch

from tts.audio.mel import MelSpectrogram
from tts.core.install import install_command
from tts.losses.spectral import MultiResolutionSTFTLoss

NAMES = {  # measure -> (heading, digits, whether more is better)
    "log_mel": ("log-mel L1", 3, False),
    "stft": ("STFT distance", 3, False),
    "mcd": ("MCD dB", 2, False),
    "f0_cents": ("F0 RMSE cents", 1, False),
    "voicing": ("voicing errors %", 2, False),
    "pesq": ("PESQ", 3, True),
    "stoi": ("STOI", 4, True),
    "high_band_error": ("> 8 kHz dB off", 2, False),
    "frame_rate_buzz": ("frame-rate tone dB", 2, False),
}
CEPSTRA = 13
PESQ_RATE, STOI_RATE = 16_000, 10_000


def measure(target: np.ndarray, generated: np.ndarray, mel: MelSpectrogram) -> dict[str, float]:
    """Compute every metric of `NAMES` whose package is installed; both waveforms are (T_wav,)."""
    rate = mel.sample_rate
    signal = {
        "high_band_error": high_band_error(target, generated, rate),
        "frame_rate_buzz": frame_rate_buzz(target, generated, rate, mel.hop_length),
    }
    return {
        "log_mel": log_mel(target, generated, mel),
        "stft": stft(target, generated, rate),
        "mcd": mel_cepstral_distortion(target, generated, mel),
        **pitch(target, generated, rate),
        **perceptual(target, generated, rate),
        **signal,
    }


@torch.no_grad()
def log_mel(target: np.ndarray, generated: np.ndarray, mel: MelSpectrogram) -> float:
    """Mean absolute difference of the log mels, nats."""
    first, second = (mel(torch.from_numpy(wav)[None]) for wav in (target, generated))
    return float((first - second).abs().mean())


@torch.no_grad()
def stft(target: np.ndarray, generated: np.ndarray, rate: int) -> float:
    """Log-magnitude distance and spectral convergence, mean over windows of 512, 1024 and 2048."""
    windows, bands = (512, 1024, 2048), (40, 80, 80)
    distance = MultiResolutionSTFTLoss(rate, 1.0, windows, bands, magnitude=1.0, mel=0.0, complex=0.0, floor=1e-2)
    return float(distance.compare(torch.from_numpy(generated)[None], torch.from_numpy(target)[None])["magnitude"])


def mel_cepstral_distortion(target: np.ndarray, generated: np.ndarray, mel: MelSpectrogram) -> float:
    """`cepstral_distance` along the DTW path, dB."""
    first, second = cepstra(target, mel), cepstra(generated, mel)
    steps = librosa.sequence.dtw(first, second, metric="euclidean")[1]
    return cepstral_distance(first, second, steps, len(mel.filterbank))


@torch.no_grad()
def cepstra(wav: np.ndarray, mel: MelSpectrogram) -> np.ndarray:
    """(13, T_mel): the cepstra 1 to 13 of the log mel of ``wav`` (T_wav,)."""
    return librosa.feature.mfcc(S=mel(torch.from_numpy(wav)[None])[0].numpy(), n_mfcc=CEPSTRA + 1, norm="ortho")[1:]


def cepstral_distance(target: np.ndarray, generated: np.ndarray, steps: np.ndarray, n_mels: int) -> float:
    """10/ln 10 · sqrt(2 Σ (c − ĉ)²), mean over ``steps`` (S, 2) that pair frames of (13, T) with (13, T'), dB."""
    difference = target[:, steps[:, 0]] - generated[:, steps[:, 1]]  # (13, S)
    scale = np.sqrt(2 / n_mels)  # the transform is orthonormal, cepstra are the coefficients of a series
    return float(10 / np.log(10) * scale * np.sqrt(2 * np.square(difference).sum(0)).mean())


def pitch(target: np.ndarray, generated: np.ndarray, rate: int) -> dict[str, float]:
    """RMSE of F0 where both are voiced, in cents, and share of frames where only one is, in percent (pYIN)."""
    tracks = [
        librosa.pyin(wav, fmin=70, fmax=500, sr=rate, frame_length=1024, hop_length=256, resolution=0.1)[0]
        for wav in (target, generated)
    ]
    voiced = [~np.isnan(track) for track in tracks]
    both = voiced[0] & voiced[1]
    cents = 1200 * np.log2(tracks[0][both] / tracks[1][both])
    error = float(np.sqrt(np.square(cents).mean())) if both.any() else float("nan")
    return {"f0_cents": error, "voicing": 100 * float((voiced[0] != voiced[1]).mean())}


def perceptual(target: np.ndarray, generated: np.ndarray, rate: int) -> dict[str, float]:
    """Wide-band PESQ and STOI."""
    found = {}
    for name, metric_rate, metric in (("pesq", PESQ_RATE, _pesq()), ("stoi", STOI_RATE, _stoi())):
        if metric is not None:
            found[name] = float(metric(*(soxr.resample(wav, rate, metric_rate) for wav in (target, generated))))
    return found


def high_band_error(target: np.ndarray, generated: np.ndarray, rate: int) -> float:
    """Absolute difference of the energy above 8 kHz, which a mel up to 8 kHz does not contain, dB."""
    energies = []
    for wav in (target, generated):
        power = np.abs(np.fft.rfft(wav)) ** 2
        energies.append(power[np.fft.rfftfreq(len(wav), 1 / rate) > 8000].sum() + 1e-9)
    return float(abs(10 * np.log10(energies[1] / energies[0])))


def frame_rate_buzz(target: np.ndarray, generated: np.ndarray, rate: int, hop_length: int) -> float:
    """Buzz at the frame rate: power at its multiples minus power halfway between them, generated minus target, dB."""
    levels = []
    for wav in (target, generated):
        power = np.abs(np.fft.rfft(wav * np.hanning(len(wav)))) ** 2 + 1e-9
        ratio = np.fft.rfftfreq(len(wav), 1 / rate) * hop_length / rate  # in frame rates
        distance = np.abs(ratio - np.round(ratio))
        inside = (ratio > 0.5) & (ratio < 60)
        on, between = power[inside & (distance < 0.03)], power[inside & (distance > 0.2)]
        levels.append(10 * (np.log10(on).mean() - np.log10(between).mean()))
    return float(levels[1] - levels[0])


def _pesq() -> Callable[..., float] | None:
    try:
        from pesq import pesq
    except ImportError:
        _warn_of_missing("pesq")
        return None
    return lambda target, generated: pesq(PESQ_RATE, target, generated, "wb")


def _stoi() -> Callable[..., float] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pystoi import stoi
    except ImportError:
        _warn_of_missing("pystoi")
        return None
    return lambda target, generated: stoi(target, generated, STOI_RATE)


def _warn_of_missing(package: str) -> None:
    warnings.warn(
        f"{package} is not installed, so its metric is left out. Install it: {install_command('evaluate')}",
        stacklevel=4,
    )
