"""Data loaders for training an acoustic model. Checkpoints store their position in the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch.utils.data import DataLoader
from typing_extensions import Unpack

from tts.core.interfaces import Batch
from tts.data.base_datamodule import CorpusDataModule, DataOptions
from tts.data.collate import Collate, dataset_of
from tts.data.corpus import Corpus, Utterance
from tts.data.fixed_shapes import BatchShape
from tts.data.resident import ResidentLoader, ResidentUtterances, training_device
from tts.data.sampler import BucketSampler
from tts.data.workers import outlive_sigterm


class ResumableLoader(DataLoader[Utterance]):
    """A DataLoader that can continue in the middle of an epoch: its state counts the batches that it has returned.

    Lightning stores ``state_dict`` in checkpoints and restores it before the first batch.

    Args:
        corpus: the utterances.
        sampler: chooses the utterances of each batch.
        collate: builds a batch.
        num_workers: number of worker processes; 0 reads in the main process.
    """

    def __init__(self, corpus: Corpus, sampler: BucketSampler, collate: Collate, num_workers: int = 0) -> None:
        self._position = sampler
        super().__init__(
            dataset_of(corpus),
            batch_sampler=sampler,
            collate_fn=collate,
            num_workers=num_workers,
            persistent_workers=num_workers > 0,
            worker_init_fn=outlive_sigterm,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # separate, so that it does not change the random numbers of dropout
        )

    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]  # torch promises an iterator class of its own
        for batch in super().__iter__():
            self._position.advance()
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """Epoch and position after the last returned batch."""
        return self._position.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues after the last batch of ``state``."""
        self._position.load_state_dict(state)


class UtteranceDataModule(CorpusDataModule):
    """Train and validation batches of a prepared corpus.

    Args:
        frames_per_batch: maximum mel frames in a batch and process, including padding.
        batch_size: maximum utterances in a batch; give this, ``frames_per_batch`` or both.
        num_buckets: see `BucketSampler`.
        fixed_shapes: pad every training batch to the shape of its bucket, so that training has as many shapes as
            buckets; None is False.
        text: text configuration that the model needs; a corpus with another one is an error.
        options: see `DataOptions`.
    """

    def __init__(
        self,
        frames_per_batch: int | None,
        batch_size: int | None,
        num_buckets: int,
        fixed_shapes: bool | None,
        text: Mapping[str, Any] | None,
        **options: Unpack[DataOptions],
    ) -> None:
        super().__init__(options)
        self._sampler_of = partial(
            BucketSampler, frames_per_batch=frames_per_batch, batch_size=batch_size, seed=self._seed
        )
        self._batch_size, self._num_buckets, self._fixed_shapes = batch_size, num_buckets, bool(fixed_shapes)
        self.train, self.validation = (
            Corpus(options["corpus"], split, text=text, audio=options["audio"]) for split in ("train", "validation")
        )
        self._floor = self.train.config["audio"]["floor"]

    def train_dataloader(self) -> ResumableLoader | ResidentLoader:
        """A resumable loader of length buckets, with a new order in every epoch."""
        sampler = self._sampler(self.train, self._num_buckets)
        collate = Collate(self._floor, self.shapes() if self._fixed_shapes else ())
        if not self._resident:
            return ResumableLoader(self.train, sampler, collate, self.num_workers)
        return ResidentLoader(ResidentUtterances(self.train, collate, training_device(self.trainer)), sampler)

    def shapes(self) -> list[BatchShape]:
        """The largest training batch of each bucket."""
        return self._sampler(self.train, self._num_buckets).shapes(self.train.num_tokens)

    def val_dataloader(self) -> DataLoader[Utterance]:
        """A loader with the same large batches in the same order every time. Each process gets its share."""
        most = self._num_buckets if self._batch_size is None else max(1, len(self.validation) // self._batch_size)
        batches = self._sampler(self.validation, min(most, self._num_buckets)).batches(0)
        return DataLoader(
            dataset_of(self.validation),
            batch_sampler=batches,
            collate_fn=Collate(self._floor),
            generator=torch.Generator(),  # as above
        )

    def _sampler(self, corpus: Corpus, num_buckets: int) -> BucketSampler:
        rank, world_size = self._rank_and_world_size
        equal = self._fixed_shapes and corpus is self.train
        return self._sampler_of(
            corpus.num_frames, num_buckets=num_buckets, rank=rank, world_size=world_size, equal_sizes=equal
        )
