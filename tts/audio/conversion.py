"""Convert audio: volume, sample rate, and the 8-bit encodings of telephony."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import numpy as np
import soundfile
import soxr

#: Hz. Limits of the sample rate of an output; a higher rate would only need memory.
MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 4000, 192_000
#: Encodings of wav files: name in libsndfile, format tag of the header (RFC 2361), bytes per sample.
ENCODINGS = {"pcm16": ("PCM_16", 1, 2), "ulaw": ("ULAW", 7, 1), "alaw": ("ALAW", 6, 1)}


def convert_chunks(
    chunks: Iterable[np.ndarray], sample_rate: int, new_rate: int | None = None, volume: float = 1.0
) -> Iterator[np.ndarray]:
    """Convert chunks (T,) of one audio to ``new_rate``, multiply them by ``volume``, and clip them to [-1, 1].

    The joined result does not depend on the boundaries of the chunks.
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
    """Encode (T,) float32 in [-1, 1] as samples of a wav. ``encoding`` is a key of `ENCODINGS`."""
    if encoding == "pcm16":
        return (audio.clip(-1, 1) * 32767).round().astype("<i2").tobytes()
    raw = io.BytesIO()
    soundfile.write(raw, audio.clip(-1, 1), 8000, ENCODINGS[encoding][0], format="RAW")
    return raw.getvalue()
