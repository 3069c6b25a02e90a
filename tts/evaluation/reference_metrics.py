"""Metrics of synthesized speech against the recording of the same text, aligned by dynamic time warping.

The cepstra are those of `tts.evaluation.copy_metrics`, so a reading compares with a vocoder's copy.
"""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np

from tts.audio.mel import MelSpectrogram
from tts.evaluation.copy_metrics import cepstra, cepstral_distance

LOWEST, HIGHEST = 70.0, 500.0  # Hz, of the pitch


def reference_metrics(real: np.ndarray, made: np.ndarray, mel: MelSpectrogram) -> dict[str, float]:
    """``mcd`` dB along the DTW path; ``f0_cents``, RMSE where both are voiced on it, and ``f0_hz``, the same in Hz;
    ``voicing``, percent of it where only one is; made over real: ``duration_ratio``, ``f0_spread``, the standard
    deviations of the logarithmic pitch (below 1 is monotonous), and ``voiced_ratio``, the voiced shares (above 1 hums).

    Args:
        real: the recording, (T_wav,) float32 at the mel's rate.
        made: the reading, (T_wav',).
        mel: whose bands and hop are used.
    """
    first, second = cepstra(real, mel), cepstra(made, mel)
    steps = librosa.sequence.dtw(first, second, metric="euclidean")[1]
    return {
        "mcd": cepstral_distance(first, second, steps, len(mel.filterbank)),
        **_pitch(real, made, steps, mel),
        "duration_ratio": len(made) / len(real),
    }


def _pitch(real: np.ndarray, made: np.ndarray, steps: np.ndarray, mel: MelSpectrogram) -> dict[str, float]:
    """pYIN in the mel's frames, compared along ``steps`` (S, 2)."""
    whole, tracks = [], []
    for side, wav in enumerate((real, made)):
        options: dict[str, Any] = {
            "sr": mel.sample_rate,
            "frame_length": 1024,
            "hop_length": mel.hop_length,
            "resolution": 0.1,
        }
        track = librosa.pyin(wav, fmin=LOWEST, fmax=HIGHEST, **options)[0]
        whole.append(track)
        tracks.append(track[np.minimum(steps[:, side], len(track) - 1)])
    voiced = [~np.isnan(track) for track in tracks]
    both = voiced[0] & voiced[1]
    hertz, octaves = (tracks[1] - tracks[0])[both], np.log2(tracks[1][both] / tracks[0][both])
    return {
        "f0_cents": 1200 * _root_mean_square(octaves),
        "f0_hz": _root_mean_square(hertz),
        "voicing": 100 * float((voiced[0] != voiced[1]).mean()),
        "f0_spread": _ratio(*(_spread(track) for track in whole)),
        "voiced_ratio": _ratio(*(np.mean(~np.isnan(track)) for track in whole)),
    }


def _spread(track: np.ndarray) -> float:
    voiced = track[~np.isnan(track)]
    return float(np.log(voiced).std()) if len(voiced) else 0.0


def _ratio(real: float, made: float) -> float:
    return float(made / real) if real else float("nan")


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.square(values).mean())) if len(values) else float("nan")
