"""Collate utterances of different lengths into a padded batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from tts.core.interfaces import Batch
from tts.data.corpus import Corpus, Utterance

PAD_TOKEN = 0


def dataset_of(corpus: Corpus) -> Dataset[Utterance]:
    """``corpus`` with the type that torch's loaders expect. `Corpus` does not import torch."""
    return cast("Dataset[Utterance]", corpus)


class Collate:
    """``list[Utterance]`` -> `Batch`.

    Args:
        floor: smallest value of the linear mel. Frames after the end of an utterance are silence: its logarithm.
    """

    def __init__(self, floor: float = 1e-5) -> None:
        self.silence = math.log(floor)

    def __call__(self, utterances: Sequence[Utterance]) -> Batch:
        """Pad to the longest utterance. The batch has ``durations`` or ``pitch`` only if every utterance has them."""
        mel = _pad([utterance.mel.T for utterance in utterances], self.silence)  # (B, T_mel, M)
        durations = [utterance.durations for utterance in utterances if utterance.durations is not None]
        pitch = [utterance.pitch for utterance in utterances if utterance.pitch is not None]
        return Batch(
            ids=[utterance.id for utterance in utterances],
            tokens=_pad([utterance.tokens for utterance in utterances], PAD_TOKEN),
            token_lengths=torch.tensor([len(utterance.tokens) for utterance in utterances]),
            mel=mel.transpose(1, 2).contiguous(),
            mel_lengths=torch.tensor([utterance.mel.shape[1] for utterance in utterances]),
            durations=_pad(durations, 0) if len(durations) == len(utterances) else None,
            pitch=_pad(pitch, 0.0) if len(pitch) == len(utterances) else None,
            num_frames=sum(utterance.mel.shape[1] for utterance in utterances),
        )


def _pad(arrays: Sequence[np.ndarray], value: float) -> Tensor:
    tensors = [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]
    return pad_sequence(tensors, batch_first=True, padding_value=value)
