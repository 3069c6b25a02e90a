"""What speaking needs to know of a voice, whichever library computes it. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

#: Frames in the first chunk of a stream: enough to be heard until the next chunk, twice as long, is there.
FIRST_FRAMES = 96
MOST_FRAMES = 768  # in a chunk: what is computed at a time does not grow with the sentence


class Decoded(NamedTuple):
    """What the acoustic model makes of one sentence, cropped to its true lengths."""

    mel: np.ndarray  # (M, T_mel) float32, natural logarithm
    alignment: np.ndarray  # (T_dec, T_text) float32, mean of the heads that say where the text is being read
    stop: np.ndarray  # (T_dec,) float32, probability of the end at each step


class Draft(NamedTuple):
    """A sentence whose timing is settled and whose mel is made while it is heard."""

    decoded: Decoded  # its mel is zero where it has not been made
    chunks: Iterator[np.ndarray]  # makes the mel: its pieces (M, T), in order


class Delivery(NamedTuple):
    """How a sentence is to be said."""

    speed: float = 1.0  # 2 is twice as fast
    pitch: float = 0.0  # semitones above the voice's own


class Engine(Protocol):
    """A voice that is ready to compute: symbols to mel, mel to waveform."""

    name: str  # of the voice
    voice: Any  # what the engine computes: with torch a `tts.voices.voice.Voice`, with ONNX its manifest
    source: Any  # what `tts.engine.loading.load_engine` makes another engine of this voice from
    frontend: Any  # `tts.text.frontend.TextFrontend`
    sample_rate: int  # Hz
    hop_length: int  # samples per mel frame
    log_floor: float  # what the mel of silence holds

    @property
    def step_seconds(self) -> float:
        """How long a row of an alignment lasts."""

    @property
    def has_speed(self) -> bool:
        """Whether `decode` can make the voice speak faster or slower."""

    @property
    def has_pitch(self) -> bool:
        """Whether `decode` can make the voice speak higher or lower."""

    @property
    def is_stochastic(self) -> bool:
        """Whether another seed gives another reading."""

    @property
    def rules(self) -> Sequence[str]:
        """Names of the constraints that `decode` can hold the attention to, in the order of ``conf/repair.yaml``."""

    def decode(
        self,
        batch: Sequence[Sequence[int]],
        seed: int,
        rule: str | None = None,
        delivery: Sequence[Delivery] | None = None,
    ) -> list[Decoded]:
        """Symbols of several sentences -> their mels; each result does not depend on the rest of the batch.

        ``delivery`` has one entry for each sentence; what the engine has no control for is left as it is.
        """

    @property
    def has_drafts(self) -> bool:
        """Whether `draft` can be called: the model knows the timing first, then looks only so far around a frame."""

    def draft(self, tokens: Sequence[int], delivery: Delivery) -> Draft:
        """One sentence as `decode` makes it, in chunks: each frame is computed with all that it depends on."""

    def vocode(self, mel: np.ndarray) -> Iterator[np.ndarray]:
        """The waveform of ``mel`` (M, T_mel), float32, as a single chunk of T_mel * hop_length samples."""

    def vocode_chunks(self, mels: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The same waveform in chunks, each as soon as it is certain; whole if the vocoder cannot stream.

        ``mels`` gives the mel in pieces (M, T), see `cut`.
        """


def chunk_bounds(num_frames: int) -> Iterator[tuple[int, int]]:
    """Where to cut ``num_frames`` for a stream: chunks that double from `FIRST_FRAMES` up to `MOST_FRAMES`."""
    first, size = 0, FIRST_FRAMES
    while first < num_frames:
        yield first, min(first + size, num_frames)
        first, size = first + size, min(2 * size, MOST_FRAMES)


def cut(mel: np.ndarray) -> Iterator[np.ndarray]:
    """``mel`` (M, T_mel) in the chunks of a stream."""
    return (mel[:, first:end] for first, end in chunk_bounds(mel.shape[1]))


def make_draft(num_frames: int, n_mels: int, alignment: np.ndarray, between: Callable[[int, int], np.ndarray]) -> Draft:
    """A `Draft` of ``num_frames`` whose end is known; ``between`` makes the mel from one frame to another."""
    mel = np.zeros((n_mels, num_frames), dtype=np.float32)
    stop = np.zeros(len(alignment), dtype=np.float32)
    stop[-1] = 1.0

    def chunks() -> Iterator[np.ndarray]:
        for first, end in chunk_bounds(num_frames):
            mel[:, first:end] = between(first, end)
            yield mel[:, first:end]

    return Draft(Decoded(mel, alignment, stop), chunks())
