"""Audio for other devices: louder or softer, another sample rate, telephony's 8-bit codes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import numpy as np
import soundfile
import soxr

#: What a wav can hold: libsndfile's name, the format tag of the header (RFC 2361), bytes of a sample.
ENCODINGS = {"pcm16": ("PCM_16", 1, 2), "ulaw": ("ULAW", 7, 1), "alaw": ("ALAW", 6, 1)}


def convert_chunks(
    chunks: Iterable[np.ndarray], sample_rate: int, new_rate: int | None = None, volume: float = 1.0
) -> Iterator[np.ndarray]:
    """Chunks (T,) of one audio at ``new_rate`` and ``volume`` times as loud, clipped to [-1, 1].

    The joined result does not depend on where the chunks were cut.
    """
    if new_rate in (None, sample_rate):
        for chunk in chunks:
            yield (volume * chunk).clip(-1, 1)
        return
    stream = soxr.ResampleStream(sample_rate, new_rate, 1, dtype="float32", quality="VHQ")
    for chunk in chunks:
        yield (volume * stream.resample_chunk(chunk)).clip(-1, 1)
    yield (volume * stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)).clip(-1, 1)


def encode_samples(audio: np.ndarray, encoding: str) -> bytes:
    """(T,) float32 in [-1, 1] as the samples of a wav of `ENCODINGS`."""
    if encoding == "pcm16":
        return (audio.clip(-1, 1) * 32767).round().astype("<i2").tobytes()
    raw = io.BytesIO()
    soundfile.write(raw, audio.clip(-1, 1), 8000, ENCODINGS[encoding][0], format="RAW")
    return raw.getvalue()
