"""Random pieces of the recordings of a corpus, with their mels: what a vocoder is trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from tts.data.corpus import Corpus
from tts.data.joined import JoinedCorpus, Recordings
from tts.data.metadata import CorpusError
from tts.data.resident import training_device
from tts.data.resident_segments import ResidentSegmentLoader, ResidentSegments
from tts.data.sampler import fingerprint, rescale_position
from tts.data.workers import count_workers, outlive_sigterm


class SegmentBatch(NamedTuple):
    """Pieces of equal length."""

    ids: list[str]
    mel: Tensor  # (B, M, T_mel)
    wav: Tensor  # (B, T_wav), T_wav = T_mel * hop_length
    mel_lengths: Tensor  # (B,) int64

    @property
    def num_frames(self) -> int:
        """Mel frames in the batch."""
        return self.mel.shape[0] * self.mel.shape[2]


class Segments(Dataset[SegmentBatch]):
    """Batch n of an endless stream of random pieces; what is in it follows from ``seed`` and n alone.

    In proportion to the length of the utterances every part of a corpus is as likely as any other. One that is shorter
    than a piece is extended by silence.

    Args:
        corpus: the recordings.
        batch_size: pieces in a batch.
        frames: mel frames in a piece.
        seed: decides the stream.
        weights: (N,) how likely each utterance is to be drawn; None is in proportion to its length.
    """

    def __init__(
        self, corpus: Recordings, batch_size: int, frames: int, seed: int = 0, weights: np.ndarray | None = None
    ) -> None:
        self.corpus, self.batch_size, self.frames, self.seed = corpus, batch_size, frames, seed
        self.hop = int(corpus.config["audio"]["hop_length"])
        self.silence = float(np.log(corpus.config["audio"]["floor"]))
        self._given = weights
        self._weights = corpus.num_frames / corpus.num_frames.sum() if weights is None else weights

    def __getitem__(self, number: int) -> SegmentBatch:
        chosen, places = self.choose(number)
        pieces = [self._cut(int(index), int(place)) for index, place in zip(chosen, places)]
        mel, wav = (torch.from_numpy(np.stack(parts)) for parts in zip(*pieces))
        return self.batch(chosen, mel, wav)

    def choose(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The utterances (B,) of batch ``number`` and the frames (B,) that their pieces begin with."""
        generator = np.random.default_rng([self.seed, number])
        chosen = generator.choice(len(self.corpus), self.batch_size, p=self._weights)
        places = [generator.integers(max(1, self.corpus.num_frames[i] - self.frames + 1)) for i in chosen]
        return chosen, np.array(places)

    def batch(self, chosen: np.ndarray, mel: Tensor, wav: Tensor) -> SegmentBatch:
        """Pieces (B, M, T_mel) and (B, T_wav) of the utterances ``chosen`` (B,)."""
        ids = [self.corpus.items[index]["id"] for index in chosen]
        return SegmentBatch(ids, mel, wav, torch.full((self.batch_size,), self.frames, device=mel.device))

    def stream(self, rank: int, world_size: int) -> Stream:
        """The numbers of the batches of a rank."""
        total = int(self.corpus.num_frames.sum())
        return Stream(max(1, total // (self.frames * self.batch_size * world_size)), rank, world_size)

    def fingerprint(self) -> int:
        """Of all that decides the stream."""
        given = () if self._given is None else self._given.tolist()
        return fingerprint([self.seed, self.batch_size, self.frames, *self.corpus.num_frames.tolist(), *given])

    def _cut(self, index: int, start: int) -> tuple[np.ndarray, np.ndarray]:
        """(M, frames) and (frames * hop_length,)."""
        mel = self.corpus.mel(index, start, self.frames)
        wav = self.corpus.audio(index, start * self.hop, self.frames * self.hop)
        missing = self.frames - mel.shape[1]
        return (
            np.pad(mel, ((0, 0), (0, missing)), constant_values=self.silence),
            np.pad(wav, (0, self.frames * self.hop - len(wav))),
        )


class Stream(Sampler[int]):
    """The numbers of the batches of one rank, from where training stands; an epoch is about once the corpus.

    Args:
        length: batches in an epoch.
        rank: of this process.
        world_size: number of processes.
    """

    def __init__(self, length: int, rank: int = 0, world_size: int = 1) -> None:
        self.length, self.rank, self.world_size = length, rank, world_size
        self.position = 0  # batches that training has consumed on this rank

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        first, last = self.position, self.position - self.position % self.length + self.length
        return iter(range(first * self.world_size + self.rank, last * self.world_size, self.world_size))

    def state(self, order: int) -> dict[str, Any]:
        """Batches consumed so far, by how many processes, and ``order``, a fingerprint of what decides them."""
        return {"position": self.position, "world_size": self.world_size, "order": order}

    def load(self, state: dict[str, Any], order: int) -> None:
        """Stand where ``state`` stood; raises `CorpusError` if the stream would be another one."""
        if state.get("order", order) != order:
            raise CorpusError(
                "the checkpoint's stream of pieces cannot be continued: the corpus, datamodule.batch_size, "
                "datamodule.frames or the seed has changed. Resume with the same ones, or start a new run from its "
                "weights (init_from=RUN name=...)."
            )
        self.position = rescale_position(state, self.world_size)


class SegmentLoader(DataLoader[SegmentBatch]):
    """A DataLoader of `Segments` whose position goes into checkpoints.

    Args:
        segments: the stream.
        num_workers: processes that read ahead; 0 reads in this one.
        rank: of this process.
        world_size: number of processes.
    """

    def __init__(self, segments: Segments, num_workers: int = 0, rank: int = 0, world_size: int = 1) -> None:
        self._segments, self._stream = segments, segments.stream(rank, world_size)
        super().__init__(
            segments,
            batch_size=None,
            sampler=self._stream,
            num_workers=num_workers,
            persistent_workers=num_workers > 0,
            worker_init_fn=outlive_sigterm,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # its own, as for utterances
        )

    def __iter__(self) -> Iterator[SegmentBatch]:  # type: ignore[override]  # torch promises a class of its own
        for batch in super().__iter__():
            self._stream.position += 1
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """See `Stream.state`."""
        return self._stream.state(self._segments.fingerprint())

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues there; raises `CorpusError` if the stream would be another one."""
        self._stream.load(state, self._segments.fingerprint())


class SegmentDataModule(lightning.LightningDataModule):
    """Random training pieces and fixed validation pieces of a prepared corpus.

    Args:
        corpus: folder that ``python -m tts.prepare`` wrote.
        batch_size: pieces in a batch.
        frames: mel frames in a piece.
        validation_batches: how many batches validate.
        num_workers: processes that read ahead; None decides by `count_workers`.
        seed: decides the pieces.
        second_corpus: another such folder, whose pieces are mixed in: a vocoder for several readers.
        second_share: of the pieces that come from it, between 0 and 1.
        audio: mel configuration that the model needs; a corpus made with another is refused.
        resident: keep the corpus in the memory of the device, see `tts.data.resident`; nothing is read ahead then.
    """

    def __init__(
        self,
        corpus: str,
        batch_size: int,
        frames: int,
        validation_batches: int,
        num_workers: int | None,
        seed: int,
        audio: Mapping[str, Any] | None,
        resident: bool,
        second_corpus: str | None,
        second_share: float,
    ) -> None:
        super().__init__()
        if second_corpus is not None and not 0 < second_share < 1:
            raise CorpusError(f"datamodule.second_share is {second_share}: use a number between 0 and 1.")
        self.num_workers, self.validation_batches = count_workers(num_workers), validation_batches
        self._options: dict[str, Any] = {"batch_size": batch_size, "frames": frames, "seed": seed}
        self._resident, self._second_share = resident, second_share
        self.train, self.validation = (
            _recordings(corpus, second_corpus, split, audio) for split in ("train", "validation")
        )

    def train_dataloader(self) -> SegmentLoader | ResidentSegmentLoader:
        """Resumable; every rank has its own pieces."""
        rank, world_size = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        segments = self._segments(self.train)
        if not self._resident:
            return SegmentLoader(segments, self.num_workers, rank, world_size)
        resident = ResidentSegments(segments, training_device(self.trainer))
        return ResidentSegmentLoader(resident, segments.stream(rank, world_size), segments.fingerprint())

    def val_dataloader(self) -> DataLoader[SegmentBatch]:
        """The same pieces every time."""
        segments = self._segments(self.validation)
        return DataLoader(segments, batch_size=None, sampler=range(self.validation_batches))

    def _segments(self, recordings: Recordings) -> Segments:
        shares = (1.0 - self._second_share, self._second_share)
        weights = recordings.weights(shares) if isinstance(recordings, JoinedCorpus) else None
        return Segments(recordings, **self._options, weights=weights)


def _recordings(corpus: str, second_corpus: str | None, split: str, audio: Mapping[str, Any] | None) -> Recordings:
    first = Corpus(corpus, split, audio=audio)
    return first if second_corpus is None else JoinedCorpus([first, Corpus(second_corpus, split, audio=audio)])
