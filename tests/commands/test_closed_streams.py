"""Commands with closed standard streams, as in a daemon."""

import subprocess
import sys

import pytest

from tts.synthesize import main

COMMAND = [sys.executable, "-m", "tts.synthesize"]


def closed(redirect, *words, cwd):
    line = " ".join(f"'{word}'" for word in (*COMMAND, *words))
    return subprocess.run(["sh", "-c", f"{line} {redirect}"], cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_audio_is_written_if_standard_streams_are_closed(tmp_path, tiny_voice_folder):
    done = closed("2>&- >&- <&-", "Hi.", "-o", "a.wav", "--voice", tiny_voice_folder, "--no-repair", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "a.wav").stat().st_size > 1000


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_closed_input_and_output_are_errors(tmp_path, tiny_voice_folder):
    done = closed("<&-", "-o", "a.wav", "--voice", tiny_voice_folder, cwd=tmp_path)
    assert done.returncode == 2
    assert "There is no text" in done.stderr
    done = closed(">&-", "Hi.", "-o", "-", "--voice", tiny_voice_folder, cwd=tmp_path)
    assert done.returncode == 2
    assert "Standard output is closed" in done.stderr


def test_two_outputs_with_the_same_path_are_an_error(tmp_path, capsys):
    path = str(tmp_path / "same.wav")
    assert main(["Hi.", "-o", path, "--report", path]) == 2
    assert "Two outputs have the path" in capsys.readouterr().err
