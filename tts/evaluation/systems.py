"""The systems of an evaluation: the voice, the recordings, and folders of other systems."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from tts.audio.io import FORMATS, AudioError, load_audio
from tts.audio.mel import MelSpectrogram
from tts.data.corpus import Corpus
from tts.evaluation.asr import Recognizer, resampled
from tts.evaluation.error_rates import count_errors
from tts.evaluation.mos import MOSPredictor
from tts.evaluation.reference_metrics import reference_metrics
from tts.evaluation.result_cache import cached_json
from tts.evaluation.test_texts import EvaluationText

RECORDING, HELD_OUT = "recording", "held_out"  # the system of recordings, and the category of its texts


class System(NamedTuple):
    """A row of the table."""

    label: str
    find: Callable[[str], np.ndarray | None]  # id -> (T_wav,) float32 at the voice's rate, or None


def folder_system(label: str, folder: str | Path, sample_rate: int) -> System:
    """A system whose audio is ``ID.wav`` (or flac) in ``folder``; raises `AudioError` if the folder does not exist."""
    folder = Path(folder)
    if not folder.is_dir():
        raise AudioError(
            f"{folder}, of system '{label}', is not a folder. Give --system LABEL=FOLDER with ID.wav files."
        )

    def find(name: str) -> np.ndarray | None:
        paths = [folder / f"{name}{suffix}" for suffix in FORMATS]
        path = next((path for path in paths if path.is_file()), None)
        return None if path is None else load_audio(path, sample_rate)

    return System(label, find)


def recordings_system(corpus: Corpus) -> System:
    """The system of the trimmed recordings of a corpus."""
    places = {item["id"]: index for index, item in enumerate(corpus.items)}
    return System(RECORDING, lambda name: corpus.audio(places[name]) if name in places else None)


def held_out(corpus: Corpus, limit: int | None = None) -> list[EvaluationText]:
    """The texts of a split, at most ``limit``."""
    return [EvaluationText(item["id"], HELD_OUT, item["text"]) for item in corpus.items[:limit]]


def measure_all(
    systems: Sequence[System],
    passages: Sequence[EvaluationText],
    mel: MelSpectrogram,
    recognizer: Recognizer | None,
    predictor: MOSPredictor | None,
    folder: Path,
) -> dict[str, dict[str, dict[str, Any]]]:
    """Measure the audio of every system. Returns the results by label and id; each result is stored at once.

    A result has ``seconds``, the words that the recognizer ``heard`` with `count_errors`, the predicted ``mos``, and
    `reference_metrics` against the recording. It is left out if the system has no audio for the text.
    """
    recordings = next((system for system in systems if system.label == RECORDING), None)
    found: dict[str, dict[str, dict[str, Any]]] = {system.label: {} for system in systems}
    for system, passage in tqdm(list(product(systems, passages)), desc="measuring", unit="text"):
        wav = system.find(passage.id)
        if wav is None:
            continue
        where = folder / "measured" / system.label
        row: dict[str, Any] = {"seconds": len(wav) / mel.sample_rate}
        if recognizer is not None:
            row |= _heard(wav, mel, recognizer, where / f"{passage.id}.heard.json")
            row |= count_errors(passage.text, row["heard"], recognizer.normalize)
        if predictor is not None:
            row |= _mos(wav, mel, predictor, where / f"{passage.id}.mos.json")
        recording = recordings.find(passage.id) if recordings is not None and system is not recordings else None
        if recording is not None:
            row |= _compare_with_recording(recording, wav, mel, where / f"{passage.id}.likeness.json")
        found[system.label][passage.id] = row
    return found


def missing(measured: Mapping[str, Mapping[str, Any]], passages: Sequence[EvaluationText]) -> dict[str, list[str]]:
    """For each system label, the ids of texts without audio; only held-out texts have recordings."""
    ids = [passage.id for passage in passages]
    gaps = {label: [i for i in ids if i not in rows] for label, rows in measured.items() if label != RECORDING}
    return {label: names for label, names in gaps.items() if names}


def _heard(wav: np.ndarray, mel: MelSpectrogram, recognizer: Recognizer, path: Path) -> dict[str, Any]:
    made_from = {"wav": _digest(wav), "asr": recognizer.name}
    return cached_json(path, made_from, lambda: {"heard": recognizer(resampled(wav, mel.sample_rate))})


def _mos(wav: np.ndarray, mel: MelSpectrogram, predictor: MOSPredictor, path: Path) -> dict[str, Any]:
    made_from = {"wav": _digest(wav), "predictor": predictor.name}
    return cached_json(path, made_from, lambda: {"mos": predictor(resampled(wav, mel.sample_rate))})


def _compare_with_recording(recording: np.ndarray, wav: np.ndarray, mel: MelSpectrogram, path: Path) -> dict[str, Any]:
    made_from = {"wav": _digest(wav), "real": _digest(recording), "mel": mel.mel_spec}
    return cached_json(path, made_from, lambda: reference_metrics(recording, wav, mel))


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]
