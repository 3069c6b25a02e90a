"""Batches of utterances with similar lengths, in a seeded order that a checkpoint can continue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import Sampler

from tts.core.errors import AttuneError
from tts.data.fixed_shapes import BatchShape
from tts.data.metadata import CorpusError


class BucketSampler(Sampler[list[int]]):
    """Batches of utterances with similar lengths, in a new combination every epoch.

    The utterances are sorted by length and divided into buckets once. Each epoch shuffles every bucket, divides it into
    batches and shuffles the batches. The batch size of a bucket is such that its longest utterances fit the budget. So
    the number of batches is the same in every epoch, and no batch exceeds ``frames_per_batch`` including padding.
    With DDP every rank gets the same number of batches; if necessary, a few batches are repeated.

    Workers fetch batches ahead, so the sampler does not know which batches were used: call `advance` for each.

    Args:
        lengths: mel frames of each utterance, (N,).
        frames_per_batch: maximum frames in a batch including padding; a longer utterance is a batch by itself.
        batch_size: maximum utterances in a batch. Give this, ``frames_per_batch`` or both: the smaller limit applies.
        seed: seed of the order.
        num_buckets: fewer buckets mix the data more and need more padding.
        rank: rank of this process.
        world_size: number of processes.
        equal_sizes: give all batches of a bucket the same number of utterances. A batch that would have one utterance
            less repeats one of another batch.
    """

    def __init__(
        self,
        lengths: Sequence[int] | np.ndarray,
        frames_per_batch: int | None = None,
        batch_size: int | None = None,
        seed: int = 0,
        num_buckets: int = 8,
        rank: int = 0,
        world_size: int = 1,
        equal_sizes: bool = False,
    ) -> None:
        if frames_per_batch is None and batch_size is None:
            raise AttuneError("give frames_per_batch, batch_size or both")
        if len(lengths) == 0:
            raise AttuneError("no utterances to sample from")
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.frames_per_batch = frames_per_batch
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.equal_sizes = equal_sizes
        order = np.argsort(self.lengths, kind="stable")
        self._buckets = [part for part in np.array_split(order, min(num_buckets, len(order))) if len(part)]
        self._batches_per_bucket = [math.ceil(len(part) / self._fitting(part)) for part in self._buckets]
        self.epoch = 0
        self.position = 0  # batches of this epoch, on this rank, that training has consumed

    def _fitting(self, bucket: np.ndarray) -> int:
        """Number of utterances of ``bucket`` that fit in a batch if all are as long as its longest."""
        limits = [] if self.batch_size is None else [self.batch_size]
        if self.frames_per_batch is not None:
            limits.append(max(1, self.frames_per_batch // int(self.lengths[bucket].max())))
        return min(limits)

    def __len__(self) -> int:
        """Batches of a whole epoch on this rank, independent of the position."""
        return math.ceil(sum(self._batches_per_bucket) / self.world_size)

    def __iter__(self) -> Iterator[list[int]]:
        """The batches of the current epoch from ``position``."""
        return iter(self.batches(self.epoch)[self.position :])

    def batches(self, epoch: int) -> list[list[int]]:
        """All batches of ``epoch`` on this rank. They depend only on the arguments of the sampler."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        batches: list[list[int]] = []
        for bucket, count in zip(self._buckets, self._batches_per_bucket):
            dealt = bucket[torch.randperm(len(bucket), generator=generator).numpy()]
            parts = [part.tolist() for part in np.array_split(dealt, count)]
            if self.equal_sizes:
                short = [part for part in parts if len(part) < len(parts[0])]
                for part, repeated in zip(short, dealt.tolist()):  # the first of all, which are in earlier batches
                    part.append(repeated)
            batches += parts
        order = torch.randperm(len(batches), generator=generator).tolist()
        even = (order * self.world_size)[: len(self) * self.world_size]  # repeat the first batches
        return [batches[index] for index in even[self.rank :: self.world_size]]

    def shapes(self, num_tokens: np.ndarray) -> list[BatchShape]:
        """The largest batch of each bucket, the shortest bucket first; ``num_tokens`` (N,) are the symbols."""
        return [
            BatchShape(math.ceil(len(part) / count), int(self.lengths[part].max()), int(num_tokens[part].max()))
            for part, count in zip(self._buckets, self._batches_per_bucket)
        ]

    def advance(self) -> None:
        """Count one used batch. After the last batch the next epoch begins."""
        self.position += 1
        if self.position >= len(self):
            self.epoch, self.position = self.epoch + 1, 0

    def state_dict(self) -> dict[str, int]:
        """Epoch, position, number of processes, and a fingerprint of everything that determines the order."""
        order = self._fingerprint(self.world_size)
        return {"epoch": self.epoch, "position": self.position, "world_size": self.world_size, "order": order}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue at ``state``. With another number of processes the position may be less than one step earlier.

        Raises `CorpusError` if the order would differ.
        """
        if state["order"] != self._fingerprint(state.get("world_size", self.world_size)):
            raise CorpusError(
                "the checkpoint's data order cannot be continued: the corpus, the batch size or the seed has changed. "
                "Resume with the same values, or start a new run from its weights (init_from=RUN name=...)."
            )
        self.epoch, self.position = state["epoch"], rescale_position(state, self.world_size)

    def _fingerprint(self, world_size: int) -> int:
        numbers = [self.seed, world_size, self.frames_per_batch or 0, self.batch_size or 0, len(self._buckets)]
        return fingerprint([*numbers, *self.lengths.tolist()])


def rescale_position(state: dict[str, int], world_size: int) -> int:
    """The position of ``state``, in batches per process, for ``world_size`` processes."""
    return state["position"] * state.get("world_size", world_size) // world_size


def fingerprint(numbers: Iterable[int]) -> int:
    """A hash of the sequence ``numbers``."""
    digest = 0
    for number in numbers:
        digest = (digest * 1_000_003 + number) % (2**61 - 1)
    return digest
