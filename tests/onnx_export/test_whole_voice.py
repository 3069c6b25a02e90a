"""A voice with ONNX speaks without torch, and as it does with torch."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from tts import TTS
from tts.core.install import install_command
from tts.core.trust import UntrustedTargetError
from tts.engine.manifest import build_text
from tts.export import main as export
from tts.voices.finding import VoiceError

TEXT = "Hello there. How are you today, my friend?"


@pytest.fixture(scope="module")
def folder(tiny_voice_folder, tmp_path_factory):
    """The tiny voice with float32 graphs."""
    target = tmp_path_factory.mktemp("onnx") / "voice"
    assert export([str(tiny_voice_folder), "-o", str(target), "--onnx"]) == 0
    return target


def test_both_engines_give_the_same_speech(folder):
    torch, onnx = TTS(folder, engine="torch"), TTS(folder)
    assert type(onnx.engine).__name__ == "OnnxEngine"
    expected, found = torch(TEXT, seed=2, repair=False), onnx(TEXT, seed=2, repair=False)
    assert [s.text for s in found.sentences] == [s.text for s in expected.sentences]
    assert found.report.verdict == expected.report.verdict
    assert found.words[-1].text == expected.words[-1].text == "friend"
    np.testing.assert_allclose(found.mel, expected.mel, atol=1e-4)
    np.testing.assert_allclose(found.audio, expected.audio, atol=1e-3)
    chunks = np.concatenate([chunk.audio for chunk in onnx.stream(TEXT, seed=2, repair=False)])
    np.testing.assert_allclose(chunks, found.audio, atol=1e-5)


def test_a_sentence_sounds_as_alone_beside_others(folder):
    tts = TTS(folder)
    for sentence in tts(TEXT, seed=2, repair=False).sentences:
        (alone,) = tts(sentence.text, seed=2, repair=False).sentences
        np.testing.assert_allclose(sentence.mel, alone.mel, atol=1e-4)
        np.testing.assert_allclose(sentence.audio, alone.audio, atol=1e-3)


def test_another_device_uses_torch(folder):
    tts = TTS(folder, engine="onnx")
    with pytest.raises(VoiceError, match="meta_device"):
        tts.to("meta_device")
    assert type(TTS(folder, engine="torch").to("cpu").engine).__name__ == "TorchEngine"


def test_int8_is_smaller_and_gives_the_same_sentences(tiny_voice_folder, tmp_path):
    assert export([str(tiny_voice_folder), "-o", str(tmp_path / "voice"), "--onnx", "--int8"]) == 0
    speech = TTS(tmp_path / "voice", engine="onnx")(TEXT, repair=False)
    assert len(speech.sentences) == 2
    assert np.isfinite(speech.audio).all()


WITHOUT_TORCH = """
import sys
for name in ("torch", "hydra", "omegaconf", "safetensors", "lightning", "librosa", "scipy", "matplotlib"):
    sys.modules[name] = None  # as if it were not installed
from tts.synthesize import main
sys.exit(main(sys.argv[1:]))
"""


def speak(*words):
    command = [sys.executable, "-c", WITHOUT_TORCH, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_command_speaks_without_torch(folder, tmp_path):
    others = ["--timings", tmp_path / "a.srt", "--alignment", tmp_path / "a.png"]
    done = speak("Hello world.", "--voice", folder, "-o", tmp_path / "a.wav", *others)
    assert done.returncode == 0, done.stderr
    picture = imread(tmp_path / "a.png")
    assert picture.shape[1] == 900
    assert picture.std() > 0.1
    assert (tmp_path / "a.wav").stat().st_size > 10_000
    assert "Hello" in (tmp_path / "a.srt").read_text()


def test_plotting_without_matplotlib_gives_the_install_command(folder, tmp_path):
    done = speak("Hello.", "--voice", folder, "-o", tmp_path / "a.wav", "--alignment", tmp_path / "a.svg")
    assert done.returncode == 1
    assert "pip install matplotlib" in done.stderr


@pytest.mark.parametrize("words", [["vocoder.iterations=3"], ["--engine", "torch"], ["--device", "cuda"]])
def test_functions_that_need_torch_give_the_install_command(folder, tmp_path, words):
    done = speak("Hello.", "--voice", folder, "-o", tmp_path / "a.wav", *words)
    assert done.returncode == 1
    assert install_command("train") in done.stderr


def test_a_voice_without_onnx_gives_the_export_command(tiny_voice_folder):
    with pytest.raises(VoiceError, match="--onnx"):
        TTS(tiny_voice_folder, engine="onnx")


def test_other_weights_remove_the_graphs(folder, tiny_voice_folder, tmp_path):
    assert export([str(folder), "-o", str(tmp_path / "voice"), "--onnx"]) == 0
    assert export([str(tiny_voice_folder), "-o", str(tmp_path / "voice")]) == 0
    assert not (tmp_path / "voice" / "onnx").exists()


def test_a_damaged_graph_is_an_error_with_its_name(folder, tmp_path):
    assert export([str(folder), "-o", str(tmp_path / "voice"), "--onnx"]) == 0
    (tmp_path / "voice" / "onnx" / "step.onnx").write_bytes(b"no graph")
    with pytest.raises(VoiceError, match="cannot be loaded"):
        TTS(tmp_path / "voice")


def test_a_manifest_builds_only_a_text_front_end(tmp_path):
    with pytest.raises(UntrustedTargetError):
        build_text({"_target_": "os.system", "command": "true"}, tmp_path)
