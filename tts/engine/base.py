"""The interface of an engine, which computes a voice with some library. This module does not import torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

#: Frames in the first chunk of a stream. It lasts long enough to compute the next chunk, which is twice as long.
FIRST_FRAMES = 96
MAX_CHUNK_FRAMES = 768  # in a chunk, so that the work for one chunk does not grow with the sentence


class Decoded(NamedTuple):
    """Output of the acoustic model for one sentence, cropped to its real lengths."""

    mel: np.ndarray  # (M, T_mel) float32, natural logarithm
    alignment: np.ndarray  # (T_dec, T_text) float32, mean of the alignment heads
    stop: np.ndarray  # (T_dec,) float32, probability of the end at each step


class Draft(NamedTuple):
    """A sentence whose timing is known and whose mel is computed chunk by chunk."""

    decoded: Decoded  # its mel is zero where it has not been computed yet
    chunks: Iterator[np.ndarray]  # computes the mel and yields its chunks (M, T), in order


class Delivery(NamedTuple):
    """Speed and pitch of a sentence."""

    speed: float = 1.0  # 2 is twice as fast
    pitch: float = 0.0  # semitones above the voice's own


class Engine(Protocol):
    """A loaded voice: symbols to mel, mel to waveform."""

    name: str  # of the voice
    voice: Any  # a `tts.voices.voice.Voice` with torch, the manifest with ONNX
    source: Any  # argument of `tts.engine.loading.load_engine` that gives another engine of this voice
    frontend: Any  # `tts.text.frontend.TextFrontend`
    sample_rate: int  # Hz
    hop_length: int  # samples per mel frame
    log_floor: float  # value of the mel of silence

    @property
    def step_seconds(self) -> float:
        """Duration of a decoder step, a row of the alignment."""

    @property
    def has_speed(self) -> bool:
        """Whether `decode` can change the speed."""

    @property
    def has_pitch(self) -> bool:
        """Whether `decode` can change the pitch."""

    @property
    def is_stochastic(self) -> bool:
        """Whether the seed changes the result."""

    @property
    def rules(self) -> Sequence[str]:
        """Names of the attention constraints that `decode` supports, in the order of ``conf/repair.yaml``."""

    def decode(
        self,
        batch: Sequence[Sequence[int]],
        seed: int,
        rule: str | None = None,
        delivery: Sequence[Delivery] | None = None,
    ) -> list[Decoded]:
        """Decode several sentences. The result for one does not depend on the others of the batch.

        ``delivery`` has one entry for each sentence. The engine ignores controls that it does not have.
        """

    @property
    def has_drafts(self) -> bool:
        """Whether `draft` is available: the model computes the timing first and frames with a limited context."""

    def draft(self, tokens: Sequence[int], delivery: Delivery) -> Draft:
        """Decode one sentence in chunks, with the same result as `decode`: each frame gets its whole context."""

    def vocode(self, mel: np.ndarray) -> Iterator[np.ndarray]:
        """The waveform of ``mel`` (M, T_mel), float32, as one chunk of T_mel * hop_length samples."""

    def vocode_chunks(self, mels: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The same waveform in chunks as they become final; one chunk if the vocoder cannot stream.

        ``mels`` yields the mel in chunks (M, T), see `cut`.
        """


def chunk_bounds(num_frames: int) -> Iterator[tuple[int, int]]:
    """First and end frames of the chunks of a stream. Sizes double from `FIRST_FRAMES` to `MAX_CHUNK_FRAMES`."""
    first, size = 0, FIRST_FRAMES
    while first < num_frames:
        yield first, min(first + size, num_frames)
        first, size = first + size, min(2 * size, MAX_CHUNK_FRAMES)


def cut(mel: np.ndarray) -> Iterator[np.ndarray]:
    """Split ``mel`` (M, T_mel) into the chunks of a stream."""
    return (mel[:, first:end] for first, end in chunk_bounds(mel.shape[1]))


def make_draft(num_frames: int, n_mels: int, alignment: np.ndarray, between: Callable[[int, int], np.ndarray]) -> Draft:
    """A `Draft` of ``num_frames`` frames; ``between`` computes the mel between two frames."""
    mel = np.zeros((n_mels, num_frames), dtype=np.float32)
    stop = np.zeros(len(alignment), dtype=np.float32)
    stop[-1] = 1.0

    def chunks() -> Iterator[np.ndarray]:
        for first, end in chunk_bounds(num_frames):
            mel[:, first:end] = between(first, end)
            yield mel[:, first:end]

    return Draft(Decoded(mel, alignment, stop), chunks())
