"""A corpus in the memory of the training device. Batches are gathered on the device, without worker processes.

The batches are bit-identical to those of the usual loader. A frame takes 160 bytes for the mel (M = 80) and, for
vocoders, 512 bytes for the samples (hop length 256): 24 hours are 1.2 GB of mels and 3.8 GB of samples.
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
from tts.data.fixed_shapes import padded_lengths
from tts.data.joined import Recordings
from tts.data.metadata import CorpusError
from tts.data.sampler import BucketSampler


class Packed:
    """Arrays of different lengths, concatenated in one tensor.

    Args:
        values: (N, ...), all arrays.
        lengths: (K,), the lengths of the arrays.
    """

    def __init__(self, values: Tensor, lengths: np.ndarray) -> None:
        self.values, self.lengths = values, lengths
        self._starts = torch.from_numpy(np.cumsum(lengths) - lengths).to(values.device)
        self._lengths = torch.from_numpy(lengths.astype(np.int64)).to(values.device)

    def padded(self, chosen: Tensor, length: int, value: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Gather arrays by index (B,): (B, length, ...) padded with ``value``, and their lengths (B,)."""
        starts, lengths = self.starts_at(chosen)
        return self.window(starts, lengths, length, value, dtype), lengths

    def window(self, starts: Tensor, lengths: Tensor, length: int, value: float, dtype: torch.dtype) -> Tensor:
        """(B, length, ...): the values from ``starts`` (B,), with ``value`` after ``lengths`` (B,) values."""
        steps = torch.arange(length, device=self.values.device)
        valid = steps < lengths.unsqueeze(1)
        places = (starts.unsqueeze(1) + steps).clamp_max(len(self.values) - 1)
        found = self.values[places].to(dtype)
        return found.masked_fill(~valid.view(*valid.shape, *[1] * (found.dim() - 2)), value)

    def starts_at(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """The starts and lengths of the arrays ``chosen`` (B,)."""
        return self._starts[chosen], self._lengths[chosen]

    @property
    def num_bytes(self) -> int:
        """Memory of the values in bytes."""
        return self.values.numel() * self.values.element_size()


def pack(pieces: Sequence[np.ndarray], device: torch.device, corpus: Recordings) -> Packed:
    """Pack arrays of ``corpus`` on ``device``. Raises `CorpusError` if they do not fit into its memory."""
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
    """Batches of a corpus on the device, equal to those of `Collate`.

    Args:
        corpus: the utterances.
        collate: gives the value of silence and the shapes of batches.
        device: the training device.
    """

    def __init__(self, corpus: Corpus, collate: Collate, device: torch.device) -> None:
        self._ids, self._device = [item["id"] for item in corpus.items], device
        self._silence, self._shapes = collate.silence, collate.shapes
        notes = [corpus.annotations(index) for index in range(len(corpus))]
        tokens, durations, pitch = zip(*notes)
        self._mels = pack([corpus.stored_mel(index) for index in range(len(corpus))], device, corpus)
        self._tokens = pack(tokens, device, corpus)
        self._durations = _Partial(durations, np.dtype(np.int64), device, corpus)
        self._pitch = _Partial(pitch, np.dtype(np.float32), device, corpus)

    @property
    def num_bytes(self) -> int:
        """Memory of the mels in bytes, which is nearly all of the memory."""
        return self._mels.num_bytes

    def batch(self, indices: list[int]) -> Batch:
        """The batch of the utterances ``indices``. Only the indices are copied to the device."""
        where = np.array(indices)
        chosen = send(where, self._device)
        longest = int(self._mels.lengths[where].max()), int(self._tokens.lengths[where].max())
        T_mel, T_text = padded_lengths(self._shapes, len(indices), *longest)
        mel, mel_lengths = self._mels.padded(chosen, T_mel, self._silence, torch.float32)
        tokens, token_lengths = self._tokens.padded(chosen, T_text, PAD_TOKEN, torch.int64)
        return Batch(
            ids=[self._ids[index] for index in indices],
            tokens=tokens,
            token_lengths=token_lengths,
            mel=mel.transpose(1, 2).contiguous(),
            mel_lengths=mel_lengths,
            durations=self._durations.padded(where, chosen, T_text),
            pitch=self._pitch.padded(where, chosen, T_mel),
            num_frames=int(self._mels.lengths[where].sum()),
        )


class _Partial:
    """Arrays that some utterances lack. A batch has them only if all of its utterances have them."""

    def __init__(
        self, pieces: Sequence[np.ndarray | None], dtype: np.dtype, device: torch.device, corpus: Corpus
    ) -> None:
        self._known = np.array([piece is not None for piece in pieces])
        filled = [np.zeros(0, dtype) if piece is None else piece for piece in pieces]
        self._packed = pack(filled, device, corpus) if self._known.any() else None

    def padded(self, indices: np.ndarray, chosen: Tensor, length: int) -> Tensor | None:
        """(B, length) of the arrays ``chosen`` (B,); ``indices`` (B,) are the same on the CPU."""
        if self._packed is None or not self._known[indices].all():
            return None
        return self._packed.padded(chosen, length, 0, self._packed.values.dtype)[0]


class ResidentLoader:
    """Yields the batches of a `BucketSampler`, like `tts.data.datamodule.ResumableLoader`.

    Args:
        utterances: the corpus on the device.
        sampler: chooses the utterances of each batch.
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
        """Epoch and position after the last returned batch."""
        return self.batch_sampler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues after the last batch of ``state``."""
        self.batch_sampler.load_state_dict(state)


def training_device(trainer: Any) -> torch.device:
    """The device of a Lightning trainer, or the CPU if there is no trainer."""
    return torch.device("cpu") if trainer is None else trainer.strategy.root_device


def send(values: np.ndarray, device: torch.device) -> Tensor:
    """Copy ``values`` to the device without a synchronization."""
    sent = torch.from_numpy(values)
    return (sent.pin_memory() if device.type == "cuda" and torch.cuda.is_available() else sent).to(
        device, non_blocking=True
    )
