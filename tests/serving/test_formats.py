"""Every format decodes to the input audio, as a whole and as a stream."""

import io

import numpy as np
import pytest
import soundfile

from tests.conftest import glide
from tts.serving.formats import FormatError, make_encoder, media_type, output_rate

RATE = 22050
CHUNK = 3000


def encoded(name, whole, **options):
    audio, encoder = glide(1.5), make_encoder(name, RATE, whole=whole, **options)
    parts = [encoder.feed(audio[i : i + CHUNK]) for i in range(0, len(audio), CHUNK)]
    return audio, [*parts, encoder.finish()]


def decoded(name, data):
    if name == "aac":
        av = pytest.importorskip("av")
        with av.open(io.BytesIO(data)) as file:
            return np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)]), file.streams[0].rate
    if name == "pcm":
        return np.frombuffer(data, "<i2") / 32768, 24_000
    return soundfile.read(io.BytesIO(data))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "opus", "pcm", "aac"])
def test_every_format_has_the_audio(name, whole):
    if name == "aac":
        pytest.importorskip("av")
    audio, parts = encoded(name, whole)
    heard, rate = decoded(name, b"".join(parts))
    assert rate == output_rate(name, RATE)
    assert len(heard) / rate == pytest.approx(1.5, abs=0.12)  # lossy codecs pad
    assert heard.std() == pytest.approx(audio.std(), rel=0.1)


@pytest.mark.parametrize("name", ["wav", "mp3", "opus", "pcm"])
def test_a_stream_starts_before_the_end_of_synthesis(name):
    _, parts = encoded(name, whole=False)
    assert sum(map(len, parts[: len(parts) // 2 + 2])) > 0.2 * sum(map(len, parts))


def test_a_stream_has_one_wav_header():
    _, parts = encoded("wav", whole=False)
    assert parts[0].startswith(b"RIFF")
    assert b"".join(parts).count(b"RIFF") == 1


def test_the_sample_rate_is_changed():
    heard, rate = soundfile.read(io.BytesIO(b"".join(encoded("wav", True, sample_rate=8000)[1])))
    assert rate == 8000
    assert len(heard) == pytest.approx(12_000, abs=2)
    assert media_type("pcm", 16_000).startswith("audio/pcm;rate=16000")


@pytest.mark.parametrize(("name", "rate"), [("wma", None), ("opus", 22050), ("wav", 10), ("wav", 10**7)])
def test_impossible_formats_are_errors(name, rate):
    with pytest.raises(FormatError, match=r"Use one of|between"):
        make_encoder(name, RATE, rate)
