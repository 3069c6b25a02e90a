"""Measure the pitch of the recordings of a corpus, for models that predict it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import torch
from tqdm import tqdm

from tts.audio.pitch import PitchTracker
from tts.data.corpus import Corpus

MIN_PERIODICITY = 0.3  # frames with less periodicity are unvoiced


@torch.inference_mode()
def measure_pitch(corpus: Corpus, tracker: PitchTracker, names: Collection[str]) -> dict[str, np.ndarray]:
    """ln Hz of every mel frame (T_mel,) float32, zero where unvoiced, by id, for the utterances ``names``."""
    measured, wanted = {}, set(names)
    indices = [index for index, item in enumerate(corpus.items) if item["id"] in wanted]
    for index in tqdm(indices, desc="pitch", unit="clip", disable=not indices):
        item = corpus.items[index]
        frequency, periodicity, _ = (
            values[0].numpy() for values in tracker(torch.from_numpy(corpus.audio(index)).unsqueeze(0))
        )
        voiced = np.where(periodicity > MIN_PERIODICITY, np.log(frequency), 0.0)
        measured[item["id"]] = voiced[: item["frames"][1]].astype(np.float32)
    return measured
