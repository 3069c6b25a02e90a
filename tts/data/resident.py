"""A corpus in the memory of the device that trains: batches are gathered there, and no process reads ahead.

The batches are those of the usual way to the last bit. A frame takes 160 bytes of mel (M = 80), for vocoders with
512 bytes of samples beside it (hop length 256): 24 hours are 1.2 GB of mels and 3.8 GB of samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tts.core.interfaces import Batch
from tts.data.collate import PAD_TOKEN, Collate
from tts.data.corpus import Corpus
from tts.data.joined import Recordings
from tts.data.metadata import CorpusError
from tts.data.sampler import BucketSampler


class Packed:
    """Pieces of different lengths, one behind the other in one tensor.

    Args:
        values: (N, ...), all pieces.
        lengths: (K,) of the pieces.
    """

    def __init__(self, values: Tensor, lengths: np.ndarray) -> None:
        self.values, self.lengths = values, lengths
        self._starts = torch.from_numpy(np.cumsum(lengths) - lengths).to(values.device)
        self._lengths = torch.from_numpy(lengths.astype(np.int64)).to(values.device)

    def padded(self, indices: np.ndarray, chosen: Tensor, value: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """The pieces ``indices``, on the device ``chosen`` (B,): (B, T, ...) and their lengths (B,)."""
        starts, lengths = self.starts_at(chosen)
        return self.window(starts, lengths, int(self.lengths[indices].max()), value, dtype), lengths

    def window(self, starts: Tensor, lengths: Tensor, length: int, value: float, dtype: torch.dtype) -> Tensor:
        """(B, length, ...): what is at ``starts`` (B,), and ``value`` from ``lengths`` (B,) on."""
        steps = torch.arange(length, device=self.values.device)
        valid = steps < lengths.unsqueeze(1)
        places = (starts.unsqueeze(1) + steps).clamp_max(len(self.values) - 1)
        found = self.values[places].to(dtype)
        return found.masked_fill(~valid.view(*valid.shape, *[1] * (found.dim() - 2)), value)

    def starts_at(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Where the pieces ``chosen`` (B,) begin, and how long they are."""
        return self._starts[chosen], self._lengths[chosen]

    @property
    def num_bytes(self) -> int:
        """Memory of the values."""
        return self.values.numel() * self.values.element_size()


def pack(pieces: Sequence[np.ndarray], device: torch.device, corpus: Recordings) -> Packed:
    """Pieces of ``corpus`` of any kind. Raises `CorpusError` if the device has no room."""
    return Packed(_move(np.concatenate(pieces), device, corpus), np.array([len(piece) for piece in pieces]))


def _move(values: np.ndarray, device: torch.device, corpus: Recordings) -> Tensor:
    try:
        return torch.from_numpy(values).to(device)
    except torch.OutOfMemoryError as error:
        raise CorpusError(
            f"{corpus.folder} does not fit into the memory of {device}: {values.nbytes / 1e9:.1f} GB are needed. "
            "Use datamodule.resident=false."
        ) from error


class ResidentUtterances:
    """Batches of a corpus that lies on the device, as `Collate` makes them.

    Args:
        corpus: the utterances.
        collate: says what silence is.
        device: where they shall be.
    """

    def __init__(self, corpus: Corpus, collate: Collate, device: torch.device) -> None:
        self._ids, self._silence, self._device = [item["id"] for item in corpus.items], collate.silence, device
        notes = [corpus.annotations(index) for index in range(len(corpus))]
        tokens, durations, pitch = zip(*notes)
        self._mels = pack([corpus.stored_mel(index) for index in range(len(corpus))], device, corpus)
        self._tokens = pack(tokens, device, corpus)
        self._durations = _Partial(durations, np.dtype(np.int64), device, corpus)
        self._pitch = _Partial(pitch, np.dtype(np.float32), device, corpus)

    @property
    def num_bytes(self) -> int:
        """Memory of the mels, which is nearly all of it."""
        return self._mels.num_bytes

    def batch(self, indices: list[int]) -> Batch:
        """The utterances ``indices``, gathered on the device; the indices alone go there."""
        where = np.array(indices)
        chosen = send(where, self._device)
        mel, mel_lengths = self._mels.padded(where, chosen, self._silence, torch.float32)
        tokens, token_lengths = self._tokens.padded(where, chosen, PAD_TOKEN, torch.int64)
        return Batch(
            ids=[self._ids[index] for index in indices],
            tokens=tokens,
            token_lengths=token_lengths,
            mel=mel.transpose(1, 2).contiguous(),
            mel_lengths=mel_lengths,
            durations=self._durations.padded(where, chosen),
            pitch=self._pitch.padded(where, chosen),
            num_frames=int(self._mels.lengths[where].sum()),
        )


class _Partial:
    """Pieces that some utterances lack; a batch has them only if all of its utterances do."""

    def __init__(
        self, pieces: Sequence[np.ndarray | None], dtype: np.dtype, device: torch.device, corpus: Corpus
    ) -> None:
        self._known = np.array([piece is not None for piece in pieces])
        filled = [np.zeros(0, dtype) if piece is None else piece for piece in pieces]
        self._packed = pack(filled, device, corpus) if self._known.any() else None

    def padded(self, indices: np.ndarray, chosen: Tensor) -> Tensor | None:
        if self._packed is None or not self._known[indices].all():
            return None
        return self._packed.padded(indices, chosen, 0, self._packed.values.dtype)[0]


class ResidentLoader:
    """Hands out the batches of a `BucketSampler`, as `tts.data.datamodule.ResumableLoader` does.

    Args:
        utterances: on the device.
        sampler: decides the batches.
    """

    def __init__(self, utterances: ResidentUtterances, sampler: BucketSampler) -> None:
        self.utterances, self.batch_sampler = utterances, sampler

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[Batch]:
        for indices in self.batch_sampler:
            batch = self.utterances.batch(indices)
            self.batch_sampler.advance()
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """Epoch and position, as of the last batch handed out."""
        return self.batch_sampler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues after the last batch of ``state``."""
        self.batch_sampler.load_state_dict(state)


def training_device(trainer: Any) -> torch.device:
    """Where a Lightning trainer trains; the CPU where there is none."""
    return torch.device("cpu") if trainer is None else trainer.strategy.root_device


def send(values: np.ndarray, device: torch.device) -> Tensor:
    """To the device, without waiting for it."""
    sent = torch.from_numpy(values)
    return (sent.pin_memory() if device.type == "cuda" and torch.cuda.is_available() else sent).to(
        device, non_blocking=True
    )
