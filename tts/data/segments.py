"""Random segments of recordings with their mels, for training a vocoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler
from typing_extensions import Unpack

from tts.data.base_datamodule import CorpusDataModule, DataOptions
from tts.data.corpus import Corpus
from tts.data.joined import JoinedCorpus, Recordings
from tts.data.metadata import CorpusError
from tts.data.resident import training_device
from tts.data.resident_segments import ResidentSegmentLoader, ResidentSegments
from tts.data.sampler import fingerprint, rescale_position
from tts.data.workers import outlive_sigterm


class SegmentBatch(NamedTuple):
    """A batch of segments of equal length."""

    ids: list[str]
    mel: Tensor  # (B, M, T_mel)
    wav: Tensor  # (B, T_wav), T_wav = T_mel * hop_length
    mel_lengths: Tensor  # (B,) int64

    @property
    def num_frames(self) -> int:
        """Mel frames in the batch."""
        return self.mel.shape[0] * self.mel.shape[2]


class Segments(Dataset[SegmentBatch]):
    """An endless stream of batches of random segments. Batch n depends only on ``seed`` and n.

    By default the probability of an utterance is proportional to its length, so every part of the corpus is equally
    likely. An utterance that is shorter than a segment is extended by silence.

    Args:
        corpus: the recordings.
        batch_size: segments in a batch.
        frames: mel frames in a segment.
        seed: seed of the stream.
        weights: (N,) relative probabilities of the utterances; None uses their lengths.
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
        """The utterances (B,) of batch ``number`` and the first frames (B,) of their segments."""
        generator = np.random.default_rng([self.seed, number])
        chosen = generator.choice(len(self.corpus), self.batch_size, p=self._weights)
        places = [generator.integers(max(1, self.corpus.num_frames[i] - self.frames + 1)) for i in chosen]
        return chosen, np.array(places)

    def batch(self, chosen: np.ndarray, mel: Tensor, wav: Tensor) -> SegmentBatch:
        """Build a batch from segments (B, M, T_mel) and (B, T_wav) of the utterances ``chosen`` (B,)."""
        ids = [self.corpus.items[index]["id"] for index in chosen]
        return SegmentBatch(ids, mel, wav, torch.full((self.batch_size,), self.frames, device=mel.device))

    def stream(self, rank: int, world_size: int) -> SegmentSampler:
        """The numbers of the batches of ``rank``."""
        total = int(self.corpus.num_frames.sum())
        return SegmentSampler(max(1, total // (self.frames * self.batch_size * world_size)), rank, world_size)

    def fingerprint(self) -> int:
        """A hash of everything that determines the stream."""
        given = () if self._given is None else self._given.tolist()
        return fingerprint([self.seed, self.batch_size, self.frames, *self.corpus.num_frames.tolist(), *given])

    def _cut(self, index: int, start: int) -> tuple[np.ndarray, np.ndarray]:
        """A segment: mel (M, frames) and samples (frames * hop_length,)."""
        mel = self.corpus.mel(index, start, self.frames)
        wav = self.corpus.audio(index, start * self.hop, self.frames * self.hop)
        missing = self.frames - mel.shape[1]
        return (
            np.pad(mel, ((0, 0), (0, missing)), constant_values=self.silence),
            np.pad(wav, (0, self.frames * self.hop - len(wav))),
        )


class SegmentSampler(Sampler[int]):
    """The numbers of the batches of one rank, from the current position. An epoch covers about the whole corpus once.

    Args:
        length: batches in an epoch.
        rank: rank of this process.
        world_size: number of processes.
    """

    def __init__(self, length: int, rank: int = 0, world_size: int = 1) -> None:
        self.length, self.rank, self.world_size = length, rank, world_size
        self.position = 0  # batches that training has used on this rank

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        first, last = self.position, self.position - self.position % self.length + self.length
        return iter(range(first * self.world_size + self.rank, last * self.world_size, self.world_size))

    def state(self, order: int) -> dict[str, Any]:
        """Position, number of processes, and ``order``, a fingerprint of everything that determines the stream."""
        return {"position": self.position, "world_size": self.world_size, "order": order}

    def load(self, state: dict[str, Any], order: int) -> None:
        """Continue at ``state``. Raises `CorpusError` if the stream would differ."""
        if state.get("order", order) != order:
            raise CorpusError(
                "the checkpoint's stream of segments cannot be continued: the corpus, datamodule.batch_size, "
                "datamodule.frames or the seed has changed. Resume with the same values, or start a new run from its "
                "weights (init_from=RUN name=...)."
            )
        self.position = rescale_position(state, self.world_size)


class SegmentLoader(DataLoader[SegmentBatch]):
    """A DataLoader of `Segments`. Checkpoints store its position.

    Args:
        segments: the stream of segments.
        num_workers: number of worker processes; 0 reads in the main process.
        rank: rank of this process.
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
            generator=torch.Generator(),  # separate, as in `ResumableLoader`
        )

    def __iter__(self) -> Iterator[SegmentBatch]:  # type: ignore[override]  # torch promises a class of its own
        for batch in super().__iter__():
            self._stream.position += 1
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """See `SegmentSampler.state`."""
        return self._stream.state(self._segments.fingerprint())

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues at ``state``. Raises `CorpusError` if the stream would differ."""
        self._stream.load(state, self._segments.fingerprint())


class SegmentDataModule(CorpusDataModule):
    """Random training segments and fixed validation segments of a prepared corpus.

    Args:
        batch_size: segments in a batch.
        frames: mel frames in a segment.
        validation_batches: number of validation batches.
        second_corpus: another prepared corpus, for a vocoder for several speakers; None uses one corpus.
        second_share: fraction of the segments from ``second_corpus``, between 0 and 1.
        options: see `DataOptions`.
    """

    def __init__(
        self,
        batch_size: int,
        frames: int,
        validation_batches: int,
        second_corpus: str | None,
        second_share: float,
        **options: Unpack[DataOptions],
    ) -> None:
        super().__init__(options)
        if second_corpus is not None and not 0 < second_share < 1:
            raise CorpusError(f"datamodule.second_share is {second_share}: use a number between 0 and 1.")
        self.validation_batches, self._second_share = validation_batches, second_share
        self._sizes: dict[str, Any] = {"batch_size": batch_size, "frames": frames, "seed": self._seed}
        self.train, self.validation = (
            _recordings(options["corpus"], second_corpus, split, options["audio"]) for split in ("train", "validation")
        )

    def train_dataloader(self) -> SegmentLoader | ResidentSegmentLoader:
        """A resumable loader. Every rank has different segments."""
        rank, world_size = self._rank_and_world_size
        segments = self._segments(self.train)
        if not self._resident:
            return SegmentLoader(segments, self.num_workers, rank, world_size)
        resident = ResidentSegments(segments, training_device(self.trainer))
        return ResidentSegmentLoader(resident, segments.stream(rank, world_size), segments.fingerprint())

    def val_dataloader(self) -> DataLoader[SegmentBatch]:
        """A loader with the same segments every time."""
        segments = self._segments(self.validation)
        return DataLoader(segments, batch_size=None, sampler=range(self.validation_batches))

    def _segments(self, recordings: Recordings) -> Segments:
        shares = (1.0 - self._second_share, self._second_share)
        weights = recordings.weights(shares) if isinstance(recordings, JoinedCorpus) else None
        return Segments(recordings, **self._sizes, weights=weights)


def _recordings(corpus: str, second_corpus: str | None, split: str, audio: Mapping[str, Any] | None) -> Recordings:
    first = Corpus(corpus, split, audio=audio)
    return first if second_corpus is None else JoinedCorpus([first, Corpus(second_corpus, split, audio=audio)])
