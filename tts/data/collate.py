"""Collate utterances of different lengths into a padded batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from tts.core.interfaces import Batch
from tts.data.corpus import Corpus, Utterance
from tts.data.fixed_shapes import BatchShape, padded_lengths

PAD_TOKEN = 0


def dataset_of(corpus: Corpus) -> Dataset[Utterance]:
    """``corpus`` with the type that torch's loaders expect. `Corpus` does not import torch."""
    return cast("Dataset[Utterance]", corpus)


class Collate:
    """``list[Utterance]`` -> `Batch`.

    Args:
        floor: smallest value of the linear mel. Frames after the end of an utterance are silence: its logarithm.
        shapes: the shapes to which batches are padded, in increasing order. Without them a batch is as long as its
            longest utterance.
    """

    def __init__(self, floor: float = 1e-5, shapes: Sequence[BatchShape] = ()) -> None:
        self.silence, self.shapes = math.log(floor), shapes

    def __call__(self, utterances: Sequence[Utterance]) -> Batch:
        """Pad the utterances. The batch has ``durations`` or ``pitch`` only if every utterance has them."""
        frames, symbols = (max(map(len, rows)) for rows in zip(*((u.mel.T, u.tokens) for u in utterances)))
        T_mel, T_text = padded_lengths(self.shapes, len(utterances), frames, symbols)
        mel = _pad([utterance.mel.T for utterance in utterances], T_mel, self.silence)  # (B, T_mel, M)
        durations = [utterance.durations for utterance in utterances if utterance.durations is not None]
        pitch = [utterance.pitch for utterance in utterances if utterance.pitch is not None]
        return Batch(
            ids=[utterance.id for utterance in utterances],
            tokens=_pad([utterance.tokens for utterance in utterances], T_text, PAD_TOKEN),
            token_lengths=torch.tensor([len(utterance.tokens) for utterance in utterances]),
            mel=mel.transpose(1, 2).contiguous(),
            mel_lengths=torch.tensor([utterance.mel.shape[1] for utterance in utterances]),
            durations=_pad(durations, T_text, 0) if len(durations) == len(utterances) else None,
            pitch=_pad(pitch, T_mel, 0.0) if len(pitch) == len(utterances) else None,
            num_frames=sum(utterance.mel.shape[1] for utterance in utterances),
        )


def _pad(arrays: Sequence[np.ndarray], length: int, value: float) -> Tensor:
    first = torch.from_numpy(np.ascontiguousarray(arrays[0]))
    padded = first.new_full((len(arrays), length, *first.shape[1:]), value)
    for row, array in zip(padded, arrays):
        row[: len(array)] = torch.from_numpy(np.ascontiguousarray(array))
    return padded
