import subprocess
import sys

import numpy as np
import pytest

from tts.audio.io import load_audio, save_audio
from tts.vocode import main


@pytest.fixture
def recording(tmp_path):
    time = np.arange(16000) / 16000
    path = tmp_path / "in.flac"
    save_audio(path, (0.3 * np.sin(2 * np.pi * 300 * time)).astype(np.float32), 16000)
    return path


def test_the_copy_has_the_sample_rate_of_the_mel(recording, tmp_path, capsys):
    target = tmp_path / "out.wav"
    assert main([str(recording), "-o", str(target), "--vocoder", "griffin_lim"]) == 0
    audio = load_audio(target, 22050)
    assert len(audio) == 22050 // 256 * 256
    loudest = np.argmax(np.abs(np.fft.rfft(audio))) * 22050 / len(audio)
    assert loudest == pytest.approx(300, abs=5)
    assert "real-time factor" in capsys.readouterr().out


def test_the_vocoder_of_the_default_voice_is_the_default(recording, tmp_path, monkeypatch, tiny_voice_folder):
    monkeypatch.setattr("tts.voices.finding.DEFAULT_VOICE", str(tiny_voice_folder))
    outputs = [tmp_path / "default.wav", tmp_path / "named.wav"]
    assert main([str(recording), "-o", str(outputs[0])]) == 0
    assert main([str(recording), "-o", str(outputs[1]), "--vocoder", str(tiny_voice_folder)]) == 0
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_the_vocoder_of_a_voice_is_used(recording, tmp_path, tiny_voice_folder):
    target = tmp_path / "out.wav"
    assert main([str(recording), "-o", str(target), "--vocoder", str(tiny_voice_folder)]) == 0
    assert len(load_audio(target, 22050)) == 22050 // 256 * 256


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["missing.wav", "-o", "out.wav"], "no such audio file"),
        (["in.flac", "-o", "in.flac/out.wav"], "cannot be written"),
        (["in.flac", "-o", "out.aac"], "use one of"),
        (["in.flac", "-o", "out.wav", "--vocoder", "no_such_voice"], "no_such_voice"),
    ],
)
def test_errors_have_no_traceback(recording, tmp_path, arguments, complaint, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert complaint in error


def test_help_does_not_load_torch():
    code = "import sys, tts.vocode as v; v.parser(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
