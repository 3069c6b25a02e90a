"""The wheel has all files and works outside of the checkout."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import soundfile

import tts
from tts import TTS
from tts.evaluation.test_texts import categories
from tts.voices.finding import list_voices
from tts.voices.voice import load_voice

ROOT = Path(__file__).parent.parent
MEGABYTE = 1_000_000


def test_the_public_names_are_importable():
    assert {"TTS", "Speech", "__version__"} <= set(dir(tts))
    assert tts.TTS.__module__ == "tts.synthesis.synthesizer"
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        tts.Nonsense  # noqa: B018


def test_the_version_is_the_same_everywhere():
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    assert tts.__version__ == metadata.version("attune-tts")


def _of_training():
    return [required for required in metadata.requires("attune-tts") if "train" in required]


def test_torch_is_at_least_what_torchaudio_was_built_for():
    required = dict(re.findall(r"(torch|torchaudio)(?=[<>=!])(\S*)", "\n".join(_of_training())))
    lowest = {re.search(r">=([\d.]+)", required[name])[1] for name in ("torch", "torchaudio")}
    assert len(lowest) == 1
    assert "!=2.11.1" in required["torchaudio"].split(",")  # its library needs a later torch than it says


def test_shipped_voices_speak_and_fit_the_wheel():
    assert {"heart", "ljspeech"} <= set(list_voices())
    for name in ("heart", "ljspeech"):
        speech = TTS(name)("The boat left the harbor before the sun rose.")
        assert speech.report.healthy
        assert 2 < speech.duration < 5
    load_voice("heart")  # whose weights are there to train on
    files = [path for path in (ROOT / "tts" / "voices").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 45 * MEGABYTE


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, installed outside of the checkout, with the other packages of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", str(ROOT), "--no-deps", "-w", str(folder)], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def run(installed, folder, *words):
    environment = {**os.environ, "PYTHONPATH": str(installed)}  # before the checkout of an editable install
    done = subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_wheel_has_configurations_recipes_and_voices(installed, tmp_path):
    package = installed / "tts"
    assert run(installed, tmp_path, "-c", "import tts; print(tts.__file__)").strip() == str(package / "__init__.py")
    for folder in ("conf", "recipes"):
        expected = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert expected <= {path.relative_to(package) for path in (package / folder).rglob("*")}
    assert run(installed, tmp_path, "-m", "tts.synthesize", "--list-voices").split() == list_voices()
    texts = run(installed, tmp_path, "-c", "from tts.evaluation.test_texts import categories; print(*categories())")
    assert texts.split() == categories()


@pytest.mark.slow
def test_the_wheel_speaks_outside_the_checkout(installed, tmp_path, tiny_voice_folder):
    voices = [str(tiny_voice_folder), *list_voices()]
    for voice in voices:
        run(installed, tmp_path, "-m", "tts.synthesize", "Hello world.", "-o", "hello.wav", "--voice", voice)
        assert soundfile.info(tmp_path / "hello.wav").duration > 0.1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_trains_outside_the_checkout(installed, tmp_path):
    (tmp_path / "texts.txt").write_text("".join(f"This is sentence number {n} of sixteen.\n" for n in range(1, 17)))
    run(installed, tmp_path, "-m", "tts.make_corpus", "texts.txt", "-o", "spoken")
    corpus = ["data.source=spoken", "data.corpus=corpus"]
    run(installed, tmp_path, "-m", "tts.prepare", "data=espeak_quickstart", *corpus)
    run(installed, tmp_path, "-m", "tts.align", corpus[1], "steps=4")
    run(
        installed,
        tmp_path,
        "-m",
        "tts.train",
        "experiment=espeak_quickstart/train",
        "debug=smoke",
        "name=mine",
        corpus[1],
    )
    run(installed, tmp_path, "-m", "tts.synthesize", "Hello world.", "--voice", "runs/mine", "-o", "mine.wav")
    assert soundfile.info(tmp_path / "mine.wav").frames > 0  # eight steps teach no more
