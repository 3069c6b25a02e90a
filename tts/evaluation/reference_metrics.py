"""Metrics of synthesized speech against the recording of the same text, aligned by dynamic time warping.

The cepstra are those of `tts.evaluation.copy_metrics`, so that voices and vocoders can be compared.
"""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np

from tts.audio.mel import MelSpectrogram
from tts.evaluation.copy_metrics import cepstra, cepstral_distance

MIN_PITCH, MAX_PITCH = 70.0, 500.0  # Hz


def reference_metrics(target: np.ndarray, generated: np.ndarray, mel: MelSpectrogram) -> dict[str, float]:
    """Return the metrics by name.

    ``mcd``             mel cepstral distortion along the DTW path, dB
    ``f0_cents``        RMSE of the pitch on frames of the path where both are voiced; ``f0_hz`` is the same in Hz
    ``voicing``         percent of the path where only one of both is voiced
    ``duration_ratio``  duration of the generated speech / that of the recording
    ``f0_spread``       ratio of the standard deviations of the logarithmic pitch; below 1 is monotonous
    ``voiced_ratio``    ratio of the voiced fractions

    Args:
        target: the recording, (T_wav,) float32 at the sample rate of ``mel``.
        generated: the synthesized speech, (T_wav',).
        mel: gives the bands and the hop.
    """
    first, second = cepstra(target, mel), cepstra(generated, mel)
    steps = librosa.sequence.dtw(first, second, metric="euclidean")[1]
    return {
        "mcd": cepstral_distance(first, second, steps, len(mel.filterbank)),
        **_pitch(target, generated, steps, mel),
        "duration_ratio": len(generated) / len(target),
    }


def _pitch(target: np.ndarray, generated: np.ndarray, steps: np.ndarray, mel: MelSpectrogram) -> dict[str, float]:
    """pYIN in the mel's frames, compared along ``steps`` (S, 2)."""
    whole, tracks = [], []
    for side, wav in enumerate((target, generated)):
        options: dict[str, Any] = {
            "sr": mel.sample_rate,
            "frame_length": 1024,
            "hop_length": mel.hop_length,
            "resolution": 0.1,
        }
        track = librosa.pyin(wav, fmin=MIN_PITCH, fmax=MAX_PITCH, **options)[0]
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


def _ratio(target: float, generated: float) -> float:
    return float(generated / target) if target else float("nan")


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.square(values).mean())) if len(values) else float("nan")
