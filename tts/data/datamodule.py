"""The corpus as training meets it: loaders whose position in the data goes into checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import lightning
import torch
from torch.utils.data import DataLoader

from tts.core.interfaces import Batch
from tts.data.collate import Collate, dataset_of
from tts.data.corpus import Corpus, Utterance
from tts.data.resident import ResidentLoader, ResidentUtterances, training_device
from tts.data.sampler import BucketSampler
from tts.data.workers import count_workers, outlive_sigterm


class ResumableLoader(DataLoader[Utterance]):
    """A DataLoader that continues in the middle of an epoch: its state counts the batches it handed out.

    Lightning stores ``state_dict`` in its checkpoints and restores it before the first batch.

    Args:
        corpus: the utterances.
        sampler: decides the batches.
        collate: makes a batch.
        num_workers: processes that read ahead; 0 reads in this one.
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
            generator=torch.Generator(),  # its own: a loader must not draw from the stream that dropout draws from
        )

    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]  # torch promises an iterator class of its own
        for batch in super().__iter__():
            self._position.advance()
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """Epoch and position, as of the last batch handed out."""
        return self._position.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues after the last batch of ``state``."""
        self._position.load_state_dict(state)


class UtteranceDataModule(lightning.LightningDataModule):
    """Train and validation batches of a prepared corpus. The Trainer needs ``use_distributed_sampler=False``.

    Args:
        corpus: folder that ``python -m tts.prepare`` wrote.
        frames_per_batch: most mel frames in a batch and process, padding included.
        batch_size: most utterances in a batch; give this, ``frames_per_batch`` or both.
        num_workers: processes that read ahead; None decides by `count_workers`.
        num_buckets: see `BucketSampler`.
        seed: decides the order of the data.
        text: text configuration that the model needs; a corpus made with another is refused.
        audio: mel configuration that the model needs, likewise.
        resident: keep the corpus in the memory of the device, see `tts.data.resident`; nothing is read ahead then.
    """

    def __init__(
        self,
        corpus: str,
        frames_per_batch: int | None,
        batch_size: int | None,
        num_workers: int | None,
        num_buckets: int,
        seed: int,
        text: Mapping[str, Any] | None,
        audio: Mapping[str, Any] | None,
        resident: bool,
    ) -> None:
        super().__init__()
        self.num_workers = count_workers(num_workers)
        self._sampler_of = partial(
            BucketSampler,
            frames_per_batch=frames_per_batch,
            batch_size=batch_size,
            seed=seed,
        )
        self._batch_size, self._num_buckets = batch_size, num_buckets
        self._resident = resident
        self.train = Corpus(corpus, "train", text=text, audio=audio)
        self.validation = Corpus(corpus, "validation", text=text, audio=audio)
        self._collate = Collate(self.train.config["audio"]["floor"])

    def train_dataloader(self) -> ResumableLoader | ResidentLoader:
        """Length-bucketed, reshuffled every epoch, resumable."""
        sampler = self._sampler(self.train, self._num_buckets)
        if not self._resident:
            return ResumableLoader(self.train, sampler, self._collate, self.num_workers)
        return ResidentLoader(ResidentUtterances(self.train, self._collate, training_device(self.trainer)), sampler)

    def sizes(self) -> list[tuple[int, int, int]]:
        """Most utterances, frames and symbols of the training batches, bucket by bucket."""
        return self._sampler(self.train, self._num_buckets).sizes(self.train.num_tokens)

    def val_dataloader(self) -> DataLoader[Utterance]:
        """The same batches in the same order every time, one share for each process, as full as they get."""
        most = self._num_buckets if self._batch_size is None else max(1, len(self.validation) // self._batch_size)
        batches = self._sampler(self.validation, min(most, self._num_buckets)).batches(0)
        return DataLoader(
            dataset_of(self.validation),
            batch_sampler=batches,
            collate_fn=self._collate,
            generator=torch.Generator(),  # as above
        )

    def _sampler(self, corpus: Corpus, num_buckets: int) -> BucketSampler:
        rank, world_size = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        return self._sampler_of(corpus.num_frames, num_buckets=num_buckets, rank=rank, world_size=world_size)
