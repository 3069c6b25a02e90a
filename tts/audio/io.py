"""Read and write audio files. Reading converts to mono and to a given sample rate; writing is atomic."""

from __future__ import annotations

import io
import logging
import os
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np
import soundfile
import soxr

from tts.audio.conversion import ENCODINGS, encode_samples
from tts.core.errors import AttuneError
from tts.core.files import PlaceError, replacing, writing_to

log = logging.getLogger(__name__)

#: Suffix -> container and encoding.
FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
}
#: The sample rates of Opus in Hz, and the one for audio of another rate.
OPUS_RATES, OPUS_RATE = (8000, 12_000, 16_000, 24_000, 48_000), 24_000


class AudioError(AttuneError):
    """An audio file cannot be read or written; the message names the file and the reason."""


def load_audio(path: str | os.PathLike[str], sample_rate: int) -> np.ndarray:
    """Mono float32 samples (T_wav,) of a wav, flac or other file that libsndfile reads, resampled to ``sample_rate``.

    Raises:
        AudioError: the file is missing, unreadable or empty, or it holds NaN or infinite samples.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(f"{path}: no such audio file")
    try:
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(f"{path}: not readable as audio ({error}); convert it to wav or flac") from error
    if not len(audio):
        raise AudioError(f"{path}: holds no samples")
    if not np.isfinite(audio).all():
        raise AudioError(f"{path}: holds samples that are not numbers (NaN or infinite); export it again")
    mono = _mono(audio, path)
    return mono if rate == sample_rate else soxr.resample(mono, rate, sample_rate, quality="VHQ")


def has_inverted_channels(path: str | os.PathLike[str]) -> bool:
    """Whether the channels of a file cancel each other out. Then `load_audio` uses one of them."""
    if soundfile.info(str(path)).channels < 2:
        return False
    return _cancel_out(soundfile.read(path, dtype="float32", always_2d=True)[0])


def _cancel_out(audio: np.ndarray) -> bool:
    return audio.shape[1] > 1 and bool(np.abs(audio.mean(axis=1)).max() < 0.1 * np.abs(audio).max())


def _mono(audio: np.ndarray, path: Path) -> np.ndarray:
    """(T_wav, channels) -> (T_wav,): the mean of the channels, or one channel if they cancel each other out."""
    mono = audio.mean(axis=1)
    if _cancel_out(audio):
        log.warning("%s: its channels are inverted and cancel out; one channel is used", path)
        return np.ascontiguousarray(audio[:, np.argmax(np.abs(audio).max(axis=0))])
    return mono


def save_audio(
    path: str | os.PathLike[str],
    audio: np.ndarray,
    sample_rate: int,
    encoding: str = "pcm16",
    format: str | None = None,
) -> None:
    """Write mono ``audio`` (T_wav,), clipped to [-1, 1], as a 16-bit wav, flac, mp3, ogg or opus file.

    The file appears only when it is complete. Missing folders are created.

    Args:
        path: the file; its suffix gives the format.
        audio: the samples.
        sample_rate: in Hz. An opus file gets a rate of 24,000 Hz if this is none of `OPUS_RATES`.
        encoding: of a wav file, a key of `tts.audio.conversion.ENCODINGS`.
        format: a format such as "wav", used instead of the suffix.

    Raises:
        AudioError: the format is unknown, the samples are not finite numbers, or the file cannot be written.
    """
    path = Path(path)
    format = format or path.suffix[1:]
    if path.is_dir():
        raise AudioError(f"{path} is a folder; give the path of a file, such as {path / 'speech.wav'}")
    _check(audio, format, path)
    try:
        with writing_to(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            _write(temporary, audio, sample_rate, format, encoding)
    except PlaceError as error:
        raise AudioError(str(error)) from error
    except (soundfile.LibsndfileError, OSError) as error:
        reason = "the disk is full" if _is_full(path.parent, 2 * len(audio)) else error
        raise AudioError(f"{path}: cannot be written ({reason}); choose another path with -o") from error


def _is_full(folder: Path, needed: int) -> bool:
    """Whether the disk is full. libsndfile's own message for a full disk is unclear."""
    try:
        return shutil.disk_usage(folder).free < needed
    except OSError:
        return False


def write_audio(file: IO[bytes], audio: np.ndarray, sample_rate: int, format: str = "wav") -> None:
    """Write audio like `save_audio` to an open binary file, such as ``io.BytesIO()``.

    Raises:
        AudioError: the format is unknown, the samples are not finite numbers, or the file cannot be written.
    """
    _check(audio, format, file)
    try:
        whole = io.BytesIO()  # the header is written last, and not every file can seek
        _write(whole, audio, sample_rate, format)
        file.write(whole.getvalue())
    except (soundfile.LibsndfileError, OSError, AttributeError, TypeError, ValueError) as error:
        raise AudioError(f"{file} cannot be written ({error}); give a path or a binary file") from error


def _check(audio: np.ndarray, format: str, where: object) -> None:
    if f".{format.lower()}" not in FORMATS:
        raise AudioError(f"{where}: cannot write '.{format}' files; use one of: {', '.join(FORMATS)}")
    audio = np.asarray(audio, dtype=np.float32)
    if audio.ndim != 1 or not np.isfinite(audio).all():
        raise AudioError(f"{where}: not written, because the audio of shape {audio.shape} is not mono or holds NaN")


def _write(place: Path | IO[bytes], audio: np.ndarray, sample_rate: int, format: str, encoding: str = "pcm16") -> None:
    container, subtype = FORMATS[f".{format.lower()}"]
    if container == "WAV":
        subtype = ENCODINGS[encoding][0]
    samples = np.asarray(audio, dtype=np.float32)
    if subtype == "OPUS" and sample_rate not in OPUS_RATES:
        samples, sample_rate = soxr.resample(samples, sample_rate, OPUS_RATE, quality="VHQ"), OPUS_RATE
    soundfile.write(place, samples.clip(-1, 1), sample_rate, subtype, format=container)


def wav_stream_header(sample_rate: int, encoding: str = "pcm16") -> bytes:
    """The header of a mono wav of unknown length. Players play such a wav until the end of the stream."""
    endless, (_, tag, size) = 0xFFFFFFFF, ENCODINGS[encoding]
    numbers = (16, tag, 1, sample_rate, sample_rate * size, size, 8 * size)
    form = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", endless, b"WAVE", b"fmt ", *numbers)
    return form + struct.pack("<4sI", b"data", endless)


def write_wav_stream(stream: IO[bytes], pieces: Iterable[np.ndarray], sample_rate: int, encoding: str = "pcm16") -> int:
    """Write chunks of mono audio (T,) as a wav to a pipe, each at once. Returns the number of samples written.

    The total length is unknown when the header is written, so the header has the maximum length of a wav. Nothing is
    written before the first chunk exists, so an early failure leaves the pipe empty.
    """
    header, written = wav_stream_header(sample_rate, encoding), 0
    for piece in pieces:
        stream.write(header + encode_samples(piece, encoding))
        stream.flush()
        header, written = b"", written + len(piece)
    stream.write(header)
    return written
