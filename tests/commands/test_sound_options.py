"""Options for volume, silence, telephony, file names and playback."""

import io
import os
import sys

import numpy as np
import pytest
import soundfile

from tts.audio import playback
from tts.audio.conversion import convert_chunks
from tts.synthesize import main

TEXT = "Hello there. How are you?"


@pytest.fixture
def speak(tiny_voice_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        try:
            status = main([*words, "--voice", str(tiny_voice_folder)])
        except SystemExit as stopped:  # argparse
            status = stopped.code
        return status, capsys.readouterr().err

    return run


def test_volume_and_sample_rate_change_the_file(speak):
    assert speak(TEXT, "-o", "a.wav") == (0, pytest.approx(speak(TEXT, "-o", "b.wav", "--volume", "0.5")[1]))
    loud, rate = soundfile.read("a.wav")
    soft, _ = soundfile.read("b.wav")
    np.testing.assert_allclose(soft, loud / 2, atol=1e-4)
    speak(TEXT, "-o", "c.wav", "--sample-rate", "8000", "--encoding", "ulaw")
    info = soundfile.info("c.wav")
    assert (info.samplerate, info.subtype) == (8000, "ULAW")
    assert info.duration == pytest.approx(len(loud) / rate, abs=1e-3)


def test_sentence_silence_replaces_the_pause(speak):
    speak(TEXT, "-o", "a.wav")
    speak(TEXT, "-o", "b.wav", "--sentence-silence", "2")
    assert soundfile.info("b.wav").duration - soundfile.info("a.wav").duration == pytest.approx(2 - 0.35, abs=0.03)


def test_a_text_with_too_much_audio_is_an_error(speak, tmp_path):
    status, err = speak("<speak>One.<break time='20s'/>Two.</speak>", "-o", "a.wav", "--max-seconds", "10")
    assert status == 1
    assert "more than 10 s of audio" in err
    assert not (tmp_path / "a.wav").exists()


def test_output_dir_names_files_by_id(speak, tmp_path):
    (tmp_path / "texts.txt").write_text("greeting|Hello there.\nplain words\nbye.2|Good bye.\n")
    assert speak("--file", "texts.txt", "--lines", "--output-dir", "prompts")[0] == 0
    assert sorted(path.name for path in (tmp_path / "prompts").iterdir()) == ["2.wav", "bye.2.wav", "greeting.wav"]
    (tmp_path / "texts.txt").write_text("a|One.\na|Two.\n")
    status, err = speak("--file", "texts.txt", "--lines", "--output-dir", "prompts")
    assert (status, "More than one text has the id a" in err) == (2, True)
    assert speak("../x|One.", "--output-dir", "prompts")[0] == 2
    assert not (tmp_path / "x.wav").exists()


@pytest.fixture
def aplay(tmp_path, monkeypatch):
    """A player on the path that stores its input."""
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text(f"#!/bin/sh\ncat > {tmp_path}/played.wav\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(playback, "_sounddevice", lambda: None)
    return player


def test_play_without_output_writes_no_file(speak, aplay, tmp_path):
    speak(TEXT, "-o", "a.wav")
    assert speak(TEXT, "--play")[0] == 0
    played, rate = soundfile.read("played.wav")
    written, _ = soundfile.read("a.wav")
    np.testing.assert_allclose(played, written, atol=2e-3)
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["a.wav", "played.wav"]


def test_play_with_output_also_writes_the_file(speak, aplay):
    assert speak(TEXT, "--play", "-o", "a.wav", "--sample-rate", "16000")[0] == 0
    assert soundfile.info("played.wav").samplerate == soundfile.info("a.wav").samplerate == 16000


def test_a_missing_or_failing_player_is_an_error(speak, aplay, monkeypatch):
    aplay.write_text("#!/bin/sh\nexit 7\n")
    status, err = speak(TEXT, "--play")
    assert (status, "aplay could not play" in err) == (1, True)
    monkeypatch.setenv("PATH", "")
    status, err = speak(TEXT, "--play")
    assert (status, "No audio player was found" in err) == (1, True)


def test_a_pipe_supports_telephony_encodings(tiny_voice_folder, monkeypatch):
    piped = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(piped, write_through=True))
    words = ["--sample-rate", "8000", "--encoding", "alaw", "--voice", str(tiny_voice_folder)]
    assert main([TEXT, "-o", "-", *words]) == 0
    piped.seek(0)
    with soundfile.SoundFile(piped) as file:
        assert (file.samplerate, file.subtype) == (8000, "ALAW")


@pytest.mark.parametrize(
    "words",
    [
        ["--volume", "-1"],
        ["--sample-rate", "3"],
        ["--sentence-silence", "nan"],
        ["--max-seconds", "0"],
        ["--encoding", "ulaw", "-o", "a.mp3"],
        ["-o", "a.wav", "--output-dir", "b"],
    ],
)
def test_impossible_values_are_reported_before_synthesis(speak, words, tmp_path):
    status, err = speak(TEXT, *words)
    assert status == 2
    assert "Traceback" not in err
    assert not list(tmp_path.glob("*.*"))


def test_converted_chunks_equal_the_converted_whole():
    audio = np.sin(np.arange(22050) / 20).astype(np.float32)
    whole = np.concatenate(list(convert_chunks([audio], 22050, 8000, 0.7)))
    parts = np.concatenate(list(convert_chunks(np.split(audio, 10), 22050, 8000, 0.7)))
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    assert np.abs(whole[100:-100]).max() == pytest.approx(0.7, abs=0.01)
