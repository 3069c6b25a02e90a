"""Which utterances share a batch: of like length, in an order that a seed decides and a checkpoint can continue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import Sampler

from tts.core.errors import AttuneError
from tts.data.metadata import CorpusError


class BucketSampler(Sampler[list[int]]):
    """Batches of utterances of like length, another mixture every epoch.

    The utterances sorted by length are cut into buckets once; each epoch deals every bucket anew into batches and
    shuffles the batches. A bucket's batches are so large that even its longest utterances fit the budget, so the
    number of batches is the same in every epoch and no batch ever exceeds ``frames_per_batch``, padding included.
    Under DDP every rank gets the same number of batches; where they do not come out even, a few are repeated.

    The sampler itself does not know what was trained on (workers fetch ahead): `advance` tells it.

    Args:
        lengths: mel frames of each utterance, (N,).
        frames_per_batch: most frames in a batch, padding included; a longer utterance is a batch of its own.
        batch_size: most utterances in a batch. Give this, ``frames_per_batch`` or both: the smaller one decides.
        seed: decides every epoch's order.
        num_buckets: fewer mix more and pad more.
        rank: of this process.
        world_size: number of processes.
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
        order = np.argsort(self.lengths, kind="stable")
        self._buckets = [part for part in np.array_split(order, min(num_buckets, len(order))) if len(part)]
        self._batches_per_bucket = [math.ceil(len(part) / self._fitting(part)) for part in self._buckets]
        self.epoch = 0
        self.position = 0  # batches of this epoch, on this rank, that training has consumed

    def _fitting(self, bucket: np.ndarray) -> int:
        """Utterances of ``bucket`` that fit a batch, judged by its longest."""
        limits = [] if self.batch_size is None else [self.batch_size]
        if self.frames_per_batch is not None:
            limits.append(max(1, self.frames_per_batch // int(self.lengths[bucket].max())))
        return min(limits)

    def __len__(self) -> int:
        """Batches of a whole epoch on this rank, wherever in the epoch the sampler stands."""
        return math.ceil(sum(self._batches_per_bucket) / self.world_size)

    def __iter__(self) -> Iterator[list[int]]:
        """The rest of the current epoch from ``position`` on."""
        return iter(self.batches(self.epoch)[self.position :])

    def batches(self, epoch: int) -> list[list[int]]:
        """All batches of ``epoch`` on this rank; depends on the arguments of the sampler and on nothing else."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        batches: list[list[int]] = []
        for bucket, count in zip(self._buckets, self._batches_per_bucket):
            dealt = bucket[torch.randperm(len(bucket), generator=generator).numpy()]
            batches += [part.tolist() for part in np.array_split(dealt, count)]
        order = torch.randperm(len(batches), generator=generator).tolist()
        even = (order * self.world_size)[: len(self) * self.world_size]  # from the start again
        return [batches[index] for index in even[self.rank :: self.world_size]]

    def sizes(self, num_tokens: np.ndarray) -> list[tuple[int, int, int]]:
        """Of each bucket: the most utterances in a batch, and the most frames and ``num_tokens`` (N,) of one."""
        return [
            (math.ceil(len(part) / count), int(self.lengths[part].max()), int(num_tokens[part].max()))
            for part, count in zip(self._buckets, self._batches_per_bucket)
        ]

    def advance(self) -> None:
        """One more batch has been consumed; after the last one the next epoch begins."""
        self.position += 1
        if self.position >= len(self):
            self.epoch, self.position = self.epoch + 1, 0

    def state_dict(self) -> dict[str, int]:
        """Where training stands in the order, on how many processes, and a fingerprint of what decides the order."""
        order = self._fingerprint(self.world_size)
        return {"epoch": self.epoch, "position": self.position, "world_size": self.world_size, "order": order}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Stand where ``state`` stood, or on another number of processes less than one of their steps before it.

        Raises `CorpusError` if the order would be another one.
        """
        if state["order"] != self._fingerprint(state.get("world_size", self.world_size)):
            raise CorpusError(
                "the checkpoint's data order cannot be continued: the corpus, the batch size or the seed has changed. "
                "Resume with the same ones, or start a new run from its weights (init_from=RUN name=...)."
            )
        self.epoch, self.position = state["epoch"], rescale_position(state, self.world_size)

    def _fingerprint(self, world_size: int) -> int:
        numbers = [self.seed, world_size, self.frames_per_batch or 0, self.batch_size or 0, len(self._buckets)]
        return fingerprint([*numbers, *self.lengths.tolist()])


def rescale_position(state: dict[str, int], world_size: int) -> int:
    """Batches per process that are done when ``state`` is continued on ``world_size`` processes."""
    return state["position"] * state.get("world_size", world_size) // world_size


def fingerprint(numbers: Iterable[int]) -> int:
    """A number that differs, but for accidents, where the sequence ``numbers`` differs."""
    digest = 0
    for number in numbers:
        digest = (digest * 1_000_003 + number) % (2**61 - 1)
    return digest
