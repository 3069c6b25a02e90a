"""Audio formats of the server: a whole file, or a stream of bytes as the audio becomes available.

========  ==========================  ================================================================
format    media type                  streamed as
========  ==========================  ================================================================
``wav``   ``audio/wav``               one header that says "until the end", then 16-bit samples
``pcm``   ``audio/pcm``               16-bit little-endian samples at 24 kHz, as OpenAI's API sends them
``mp3``   ``audio/mpeg``              frames
``opus``  ``audio/ogg``               Ogg pages of about one second, at 24 kHz
``flac``  ``audio/flac``              the whole file at the end: its header holds the length
``aac``   ``audio/aac``               ADTS frames; needs the package ``av``
========  ==========================  ================================================================
"""

from __future__ import annotations

import importlib.util
import io
from typing import Protocol

import numpy as np
import soundfile
import soxr

from tts.audio.conversion import encode_samples
from tts.audio.io import FORMATS, OPUS_RATE, OPUS_RATES, wav_stream_header
from tts.core.errors import AttuneError

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
    "pcm": "audio/pcm",
}
FIXED_RATES = {"pcm": 24_000, "opus": OPUS_RATE}  # pcm: the rate of OpenAI's API; opus supports five rates
SUBTYPES = {name: FORMATS[f".{name}"] for name in ("mp3", "opus", "flac")}
MIN_RATE, MAX_RATE = 8000, 48_000


class FormatError(AttuneError):
    """The server cannot write this format or sample rate; the message lists what it can write."""


class Encoder(Protocol):
    """Encodes audio chunk by chunk. The concatenated bytes are one file."""

    def feed(self, audio: np.ndarray) -> bytes:
        """Encode ``audio`` (T,), float32 in [-1, 1], and return the bytes that are ready, possibly none."""

    def finish(self) -> bytes:
        """The remaining bytes."""


def check_format(name: str, sample_rate: int | None = None) -> None:
    """Raise `FormatError` if audio of this format and rate cannot be written."""
    if name not in MEDIA_TYPES:
        raise FormatError(f"There is no format '{name}'. Use one of: {', '.join(MEDIA_TYPES)}.")
    if name == "aac" and importlib.util.find_spec("av") is None:
        raise FormatError("This server cannot write aac: the package 'av' is not installed. Use mp3 or opus.")
    if sample_rate is not None and not MIN_RATE <= sample_rate <= MAX_RATE:
        raise FormatError(f"A sample rate of {sample_rate} Hz is not between {MIN_RATE} and {MAX_RATE}.")
    if name == "opus" and sample_rate not in (None, *OPUS_RATES):
        raise FormatError(f"Opus cannot be written at {sample_rate} Hz. Use one of: {', '.join(map(str, OPUS_RATES))}.")


def media_type(name: str, sample_rate: int) -> str:
    """The value of the Content-Type header."""
    return f"audio/pcm;rate={sample_rate};encoding=signed-int;bits=16" if name == "pcm" else MEDIA_TYPES[name]


def output_rate(name: str, voice_rate: int, sample_rate: int | None = None) -> int:
    """The rate of the written audio in Hz: the requested one, else the format's own, else the voice's."""
    return sample_rate or FIXED_RATES.get(name, voice_rate)


def make_encoder(name: str, voice_rate: int, sample_rate: int | None = None, whole: bool = False) -> Encoder:
    """An encoder for audio of ``voice_rate``.

    Args:
        name: a key of `MEDIA_TYPES`.
        voice_rate: of the audio that will be fed, in Hz.
        sample_rate: of the output, in Hz; None is `output_rate`.
        whole: give all bytes at the end, with a header that states the length.

    Raises:
        FormatError: see `check_format`.
    """
    check_format(name, sample_rate)
    rate = output_rate(name, voice_rate, sample_rate)
    if name == "aac":
        encoder: Encoder = _AAC(rate)
    elif name in SUBTYPES or (whole and name == "wav"):
        encoder = _SoundFile(name, rate, whole)
    else:
        encoder = _PCM(wav_stream_header(rate) if name == "wav" else b"")
    return encoder if rate == voice_rate else _Resampled(encoder, voice_rate, rate)


class _PCM:
    def __init__(self, header: bytes) -> None:
        self._header = header

    def feed(self, audio: np.ndarray) -> bytes:
        header, self._header = self._header, b""
        return header + encode_samples(audio, "pcm16")

    def finish(self) -> bytes:
        return self._header


class _Resampled:
    def __init__(self, encoder: Encoder, voice_rate: int, rate: int) -> None:
        self._encoder = encoder
        self._stream = soxr.ResampleStream(voice_rate, rate, 1, dtype="float32")

    def feed(self, audio: np.ndarray) -> bytes:
        return self._encoder.feed(self._stream.resample_chunk(audio))

    def finish(self) -> bytes:
        rest = self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
        return self._encoder.feed(rest) + self._encoder.finish()


class _SoundFile:
    """Encodes with libsndfile into memory and returns the bytes as they are written."""

    def __init__(self, name: str, rate: int, whole: bool) -> None:
        form, subtype = SUBTYPES.get(name, ("WAV", "PCM_16"))
        self._buffer = io.BytesIO()
        # Without a length in the header, players guess it from the bit rate, which must not vary then.
        mode = {"bitrate_mode": "CONSTANT", "compression_level": 0.5} if name == "mp3" and not whole else {}
        self._file = soundfile.SoundFile(self._buffer, "w", rate, 1, subtype, format=form, **mode)
        self._whole = whole or name == "flac"
        self._drop_info = name == "mp3" and not whole
        self._sent = 0

    def feed(self, audio: np.ndarray) -> bytes:
        self._file.write(audio.clip(-1, 1))
        return b"" if self._whole else self._new()

    def finish(self) -> bytes:
        self._file.close()
        return self._buffer.getvalue() if self._whole else self._new()

    def _new(self) -> bytes:
        view = self._buffer.getbuffer()
        if self._drop_info and len(view) >= 4:
            # LAME's first frame holds the length of the file, which is only known at the end: leave it out.
            self._sent, self._drop_info = _frame_bytes(bytes(view[:4])), False
        new, self._sent = bytes(view[self._sent :]), max(self._sent, len(view))
        return new


def _frame_bytes(data: bytes) -> int:
    """Length of an MPEG layer III frame, from its header (ISO/IEC 11172-3, 2.4.2.3)."""
    version, rates = (data[1] >> 3) & 3, {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000)}
    kbits = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    kbits_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    bitrate = 1000 * (kbits if version == 3 else kbits_2)[(data[2] >> 4) - 1]
    rate = rates.get(version, (11_025, 12_000, 8000))[(data[2] >> 2) & 3]
    return (144 if version == 3 else 72) * bitrate // rate + ((data[2] >> 1) & 1)


class _AAC:
    def __init__(self, rate: int) -> None:
        import av

        self._av, self._rate, self._buffer, self._sent = av, rate, io.BytesIO(), 0
        self._container = av.open(self._buffer, "w", format="adts")
        self._stream = self._container.add_stream("aac", rate=rate, layout="mono")

    def feed(self, audio: np.ndarray) -> bytes:
        if len(audio):
            samples = np.ascontiguousarray(audio.clip(-1, 1)[None], dtype=np.float32)
            frame = self._av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate = self._rate
            self._container.mux(self._stream.encode(frame))
        return self._new()

    def finish(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._new()

    def _new(self) -> bytes:
        data = self._buffer.getvalue()
        new, self._sent = data[self._sent :], len(data)
        return new
