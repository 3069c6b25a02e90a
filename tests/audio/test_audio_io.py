import os

import numpy as np
import pytest
import soundfile

from tts.audio.io import AudioError, has_inverted_channels, load_audio, save_audio
from tts.core.errors import AttuneError


@pytest.fixture
def tone():
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)).astype(np.float32)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".WAV"])
def test_saved_audio_is_loaded_unchanged(tmp_path, tone, suffix):
    path = tmp_path / f"a{suffix}"
    save_audio(path, tone, 22050)
    loaded = load_audio(path, 22050)
    assert loaded.dtype == np.float32
    np.testing.assert_allclose(loaded, tone, atol=1e-4)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]  # no temporary file stays


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".opus"])
def test_a_compressed_file_has_the_same_sound_and_is_smaller(tmp_path, tone, suffix):
    for each in (".wav", suffix):
        save_audio(tmp_path / f"a{each}", tone, 22050)
    loaded = load_audio(tmp_path / f"a{suffix}", 22050)
    assert abs(len(loaded) - len(tone)) < 3000  # whole frames
    spectrum = np.abs(np.fft.rfft(loaded[4000:12000]))
    assert spectrum.argmax() * 22050 / 8000 == pytest.approx(440, abs=3)
    assert (tmp_path / f"a{suffix}").stat().st_size < (tmp_path / "a.wav").stat().st_size / 3


@pytest.mark.parametrize(("rate", "written"), [(22050, 24000), (44100, 24000), (16000, 16000), (48000, 48000)])
def test_opus_files_have_a_rate_of_opus(tmp_path, tone, rate, written):
    save_audio(tmp_path / "a.opus", tone, rate)
    info = soundfile.info(tmp_path / "a.opus")
    assert (info.format, info.subtype, info.samplerate) == ("OGG", "OPUS", written)
    assert info.duration == pytest.approx(len(tone) / rate, abs=0.01)


def test_other_rates_are_resampled(tmp_path, tone):
    save_audio(tmp_path / "a.wav", tone, 22050)
    loaded = load_audio(tmp_path / "a.wav", 16000)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    assert loaded.shape == (16000,)
    assert loaded.dtype == np.float32
    np.testing.assert_allclose(loaded[500:-500], expected[500:-500], atol=2e-3)


def test_channels_are_averaged(tmp_path, tone):
    soundfile.write(tmp_path / "a.wav", np.stack([tone, 0 * tone], axis=1), 22050)
    np.testing.assert_allclose(load_audio(tmp_path / "a.wav", 22050), tone / 2, atol=1e-4)


def test_one_of_two_inverted_channels_is_used(tmp_path, tone, caplog):
    soundfile.write(tmp_path / "a.wav", np.stack([tone, -tone], axis=1), 22050)
    np.testing.assert_allclose(np.abs(load_audio(tmp_path / "a.wav", 22050)), np.abs(tone), atol=1e-4)
    assert "inverted" in caplog.text
    assert has_inverted_channels(tmp_path / "a.wav")
    soundfile.write(tmp_path / "b.wav", np.stack([tone, 0.5 * tone], axis=1), 22050)
    assert not has_inverted_channels(tmp_path / "b.wav")


def test_loud_audio_is_clipped(tmp_path):
    save_audio(tmp_path / "a.wav", np.array([2.0, -2.0], dtype=np.float32), 22050)
    np.testing.assert_allclose(load_audio(tmp_path / "a.wav", 22050), [1, -1], atol=1e-4)


def write_nothing(path):
    soundfile.write(path, np.zeros(0), 22050)


def write_nan(path):
    soundfile.write(path, np.array([0, np.nan]), 22050, subtype="FLOAT")


def write_rubbish(path):
    path.write_bytes(b"not audio at all")


def write_truncated(path):
    soundfile.write(path, np.zeros(1000), 22050)
    path.write_bytes(path.read_bytes()[:20])


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        (lambda path: None, "no such audio file"),
        (lambda path: path.mkdir(), "no such audio file"),
        (lambda path: path.touch(), "not readable"),
        (write_nothing, "no samples"),
        (write_nan, "NaN"),
        (write_rubbish, "not readable"),
        (write_truncated, "not readable"),
    ],
)
def test_bad_files_raise_errors_with_name_and_reason(tmp_path, write, complaint):
    write(tmp_path / "bad.wav")
    with pytest.raises(AudioError, match=rf"bad\.wav.*{complaint}"):
        load_audio(tmp_path / "bad.wav", 22050)


@pytest.mark.parametrize(
    ("name", "audio", "complaint"),
    [
        ("a.aac", np.zeros(4), r"use one of: \.wav, \.flac, \.mp3"),
        ("a", np.zeros(4), "use one of"),
        ("a.wav", np.array([np.nan]), "NaN"),
        ("a.wav", np.zeros((2, 4)), "not mono"),
    ],
)
def test_a_failed_write_raises_an_error_with_the_reason(tmp_path, name, audio, complaint):
    with pytest.raises(AudioError, match=complaint):
        save_audio(tmp_path / name, audio, 22050)
    assert list(tmp_path.iterdir()) == []


def test_missing_folders_are_created(tmp_path):
    save_audio(tmp_path / "new" / "a.wav", np.zeros(4), 22050)
    assert len(load_audio(tmp_path / "new" / "a.wav", 22050)) == 4


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "taken").write_text("kept")
    with pytest.raises(AttuneError, match="cannot be written"):
        save_audio(tmp_path / "taken" / "a.wav", np.zeros(4), 22050)
    assert (tmp_path / "taken").read_text() == "kept"


def test_a_failed_write_leaves_the_old_file(tmp_path, tone, monkeypatch):
    save_audio(tmp_path / "a.wav", tone, 22050)
    before = (tmp_path / "a.wav").read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(AudioError, match="disk full"):
        save_audio(tmp_path / "a.wav", -tone, 22050)
    assert (tmp_path / "a.wav").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
