"""What speaking needs to know of a voice, whichever library computes it. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

#: Frames in the first chunk of a stream: enough to be heard until the next chunk, twice as long, is there.
FIRST_FRAMES = 96


class Decoded(NamedTuple):
    """What the acoustic model makes of one sentence, cropped to its true lengths."""

    mel: np.ndarray  # (M, T_mel) float32, natural logarithm
    alignment: np.ndarray  # (T_dec, T_text) float32, mean of the heads that say where the text is being read
    stop: np.ndarray  # (T_dec,) float32, probability of the end at each step


class Delivery(NamedTuple):
    """How a sentence is to be said."""

    speed: float = 1.0  # 2 is twice as fast
    pitch: float = 0.0  # semitones above the voice's own


class Engine(Protocol):
    """A voice that is ready to compute: symbols to mel, mel to waveform."""

    name: str  # of the voice
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

    def vocode(self, mel: np.ndarray) -> Iterator[np.ndarray]:
        """The waveform of ``mel`` (M, T_mel), float32, as a single chunk of T_mel * hop_length samples."""

    def vocode_chunks(self, mel: np.ndarray) -> Iterator[np.ndarray]:
        """The same waveform in chunks, each as soon as it is certain; whole if the vocoder cannot stream."""


def chunk_bounds(num_frames: int) -> Iterator[tuple[int, int]]:
    """Where to cut ``num_frames`` for a stream: chunks that double, beginning with `FIRST_FRAMES`."""
    first, size = 0, FIRST_FRAMES
    while first < num_frames:
        yield first, min(first + size, num_frames)
        first, size = first + size, 2 * size
