"""Compute the features of an utterance that a corpus stores: trimmed samples, mel frames and symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import librosa
import numpy as np
import soundfile
import torch
from torch.utils.data import Dataset

from tts.audio.io import AudioError, has_inverted_channels, load_audio
from tts.core.config import instantiate
from tts.data.metadata import Entry
from tts.text.frontend import TextError

SILENT_PEAK = 1e-3  # a recording whose peak is below -60 dB full scale has no speech
CLIPPED_LEVEL = 0.999
MIN_RATE, MAX_RATE = 4000, 400_000  # Hz, limits of the sample rate in a header
CLIPPED_RUN = 3  # samples at full scale in a row that count as clipping


class Trim:
    """Trims silence from both ends of a recording.

    Args:
        threshold_db: frames this many decibels below the loudest frame are silence.
        keep_seconds: silence to keep before the first and after the last sound.
    """

    def __init__(self, threshold_db: float, keep_seconds: float) -> None:
        self.threshold_db = threshold_db
        self.keep_seconds = keep_seconds

    def __call__(
        self, audio: np.ndarray, sample_rate: int, spoken: tuple[float, float] | None = None
    ) -> tuple[int, int, float, float]:
        """Find the part of ``audio`` (T_wav,) to keep.

        Args:
            audio: the recording.
            sample_rate: in Hz.
            spoken: start and end of the speech in seconds, which is kept even if it is quiet; None if unknown.

        Returns:
            The first sample to keep, the end of the part to keep, and the seconds of silence at the start and the end.
        """
        _, (start, end) = librosa.effects.trim(audio, top_db=self.threshold_db, frame_length=1024, hop_length=128)
        if spoken is not None:
            start = min(int(start), round(spoken[0] * sample_rate))
            end = max(int(end), min(len(audio), round(spoken[1] * sample_rate)))
        keep = round(self.keep_seconds * sample_rate)
        head, tail = start / sample_rate, (len(audio) - end) / sample_rate
        return max(0, int(start) - keep), min(len(audio), int(end) + keep), head, tail


class ExtractionTask(NamedTuple):
    """The work for one entry.

    Attributes:
        entry: a line of the metadata.
        key: identifies the state of the audio file.
        known: an earlier record whose audio is still valid, or None.
        spoken: start and end of the speech in seconds, if the engine of a synthetic corpus gave them.
    """

    entry: Entry
    key: str
    known: dict[str, Any] | None = None
    spoken: tuple[float, float] | None = None


class Extraction(NamedTuple):
    """A journal record with its frames and samples, or without them if earlier ones are valid or there are none."""

    record: dict[str, Any]
    mel: np.ndarray | None = None  # (T_mel, M) float16
    audio: np.ndarray | None = None  # (T_mel * hop_length,) int16


class FeatureExtractor(Dataset):
    """The tasks of a preparation as a map-style dataset, so that a DataLoader runs them in parallel.

    Args:
        tasks: the tasks.
        config: the corpus configuration with ``text``, ``audio`` and ``trim``.
    """

    def __init__(self, tasks: Sequence[ExtractionTask], config: dict[str, Any]) -> None:
        self.tasks = tasks
        self.config = config
        self._parts: tuple[Any, Any, Any] | None = None

    def __len__(self) -> int:
        return len(self.tasks)

    def __getitem__(self, index: int) -> Extraction:
        """Extract the features of task ``index``. For a bad utterance the record holds the problem."""
        task = self.tasks[index]
        if self._parts is None:  # built in the worker, because a loaded espeak-ng cannot be pickled
            self._parts = tuple(instantiate(self.config[part], part) for part in ("text", "audio", "trim"))
        frontend, mel, trim = self._parts
        record = {"id": task.entry.id, "text": task.entry.text, "key": task.key}
        try:
            record |= _read(frontend, task.entry.text)
            if task.known is not None:
                return Extraction(record | {"features": task.known["features"]})
            features, frames, samples = _extract(task.entry, mel, partial(trim, spoken=task.spoken))
        except TextError as error:
            return Extraction(record | {"problem": ["unreadable_text", str(error)]})
        except (AudioError, OSError) as error:
            return Extraction(record | {"problem": ["audio", str(error)]})
        return Extraction(record | {"features": features}, frames, samples)


def _read(frontend: Any, text: str) -> dict[str, Any]:
    reading = frontend(text)
    return {
        "normalized": reading.normalized,
        "phonemes": reading.phonemes,
        "tokens": list(reading.tokens),
        "unknown": sorted(set(reading.phonemes) - set(frontend.symbols)),
        "lost": frontend.lost_letters(text),
    }


def _extract(
    entry: Entry, mel: Any, trim: Callable[..., tuple[int, int, float, float]]
) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    rate = _sample_rate(entry, mel.sample_rate)
    recorded = load_audio(entry.audio, rate)
    audio = recorded if rate == mel.sample_rate else load_audio(entry.audio, mel.sample_rate)
    if not len(audio):
        raise AudioError(f"{entry.audio} holds no sound at {mel.sample_rate} Hz. Record it again.")
    if np.abs(audio).max() < SILENT_PEAK:
        raise AudioError(f"{entry.audio} is silent: its peak is {np.abs(audio).max():.1e}. Record it again.")
    start, end, head, tail = trim(audio, mel.sample_rate)
    num_frames = (end - start) // mel.hop_length
    if num_frames < 4:
        raise AudioError(f"{entry.audio} holds less than four mel frames of sound. Record it again.")
    samples = audio[start : start + num_frames * mel.hop_length]
    with torch.inference_mode():
        frames = mel(torch.from_numpy(samples.copy()).unsqueeze(0)).squeeze(0)  # (M, T_mel)
    features = {
        "num_frames": num_frames,
        "trim": [start, start + len(samples)],
        "seconds": round(len(audio) / mel.sample_rate, 3),
        "kept_seconds": round(len(samples) / mel.sample_rate, 3),
        "sample_rate": rate,
        "clipped": count_clipped(recorded),
        "inverted": has_inverted_channels(entry.audio),
        "head": round(head, 3),
        "tail": round(tail, 3),
    }
    pcm = np.round(samples * 32768.0).clip(-32768, 32767).astype(np.int16)  # exact for 16-bit recordings
    return features, frames.T.to(torch.float16).numpy(), pcm


def _sample_rate(entry: Entry, default: int) -> int:
    try:
        rate = soundfile.info(str(entry.audio)).samplerate if entry.audio.is_file() else default
    except (soundfile.SoundFileError, OSError):
        return default  # `load_audio` says what is wrong with the file
    if not MIN_RATE <= rate <= MAX_RATE:
        raise AudioError(f"{entry.audio} says that it has {rate} samples a second, which is no recording of speech.")
    return rate


def count_clipped(audio: np.ndarray) -> int:
    """Flat tops in ``audio`` (T_wav,): runs of at least three samples at full scale."""
    full = np.abs(audio) >= CLIPPED_LEVEL
    window = np.convolve(full, np.ones(CLIPPED_RUN), "valid") == CLIPPED_RUN
    return int(np.count_nonzero(np.diff(window.astype(np.int8), prepend=0) == 1))
