"""The commands and code of the README work."""

import importlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from hydra import compose, initialize_config_dir

from tts import evaluate
from tts.core.config import config_root

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SPEAKING = ("tts.synthesize", "tts.vocode")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands(*modules):
    """Lines of the README that call one of ``modules``, without the install commands."""
    lines = [line.split("&&")[-1].strip() for block in blocks("sh") for line in block.splitlines()]
    found = [line for line in lines if any(f"python -m {module}" in line for module in modules)]
    assert found, f"the README shows no {modules}"
    return found


@pytest.fixture
def speaking(tiny_voice_folder, tmp_path, monkeypatch):
    """An empty folder with the tiny voice as the default voice."""
    monkeypatch.setattr("tts.voices.finding.DEFAULT_VOICE", str(tiny_voice_folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", blocks("python"))
def test_python_blocks_run(block, speaking):
    exec(compile(block, "README.md", "exec"), {})
    written = {path.suffix: path for path in speaking.glob("hello.*")}
    assert written
    if ".wav" in written:
        assert soundfile.info(written[".wav"]).duration > 0.1
    if ".srt" in written:
        assert "-->" in written[".srt"].read_text()


def test_synthesis_commands_run(speaking, monkeypatch, capsys):
    (speaking / "story.txt").write_text("A story. It ends.")
    for line in commands(*SPEAKING):
        spoken, call = re.fullmatch(r"(?:echo (.*)\|)?(.*?)(?:\|.*)?", line).groups()
        words = shlex.split(call, comments=True)
        module, arguments = words[words.index("-m") + 1], words[words.index("-m") + 2 :]
        if "--voice" in arguments:  # a voice that the reader is to train first
            continue
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((spoken or "").encode())))
        piped = io.BytesIO()
        with monkeypatch.context() as context:
            context.setattr(sys, "stdout", io.TextIOWrapper(piped, write_through=True))
            assert importlib.import_module(module).main(arguments) == 0, capsys.readouterr().err
            assert piped.getvalue().startswith(b"RIFF") == ("- |" in line)
    assert {path.name for path in speaking.iterdir()} >= {"hello.wav", "folder", "story.wav", "pipe.mp3", "who.srt"}
    assert list(speaking.glob("see*.png"))  # several where self-repair had to split the sentence


@pytest.mark.parametrize("line", commands("tts.prepare", "tts.train"))
def test_training_commands_compose(line):
    words = shlex.split(line, comments=True)
    module, overrides = words[words.index("-m") + 1], words[words.index("-m") + 2 :]
    importlib.import_module(module)  # tts.train tells Hydra where the recipes are
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose(module.removeprefix("tts."), overrides)
    assert config.data.corpus.startswith("corpora/mine")


@pytest.mark.parametrize("line", commands("tts.evaluate"))
def test_evaluation_commands_are_parsed(line):
    words = shlex.split(line, comments=True)
    assert evaluate.parser().parse_args(words[words.index("-m") + 2 :]).output


def test_overrides_in_the_text_compose():
    importlib.import_module("tts.train")
    overrides = re.findall(r"`((?:acoustic|attention|trainer)[\w.]*=\w+)`", README)
    assert len(overrides) >= 3
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        compose("train", overrides)


def test_links_have_targets():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_attention_is_in_the_table():
    for path in (ROOT / "conf" / "attention").glob("*.yaml"):
        assert f"`{path.stem}`" in README, path.stem


def test_ci_runs_the_test_command_of_the_readme():
    command = next(block for block in blocks("sh") if "pytest" in block).strip()
    assert command in (ROOT / ".ci" / "run").read_text()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_first_command_works_in_a_fresh_clone(tmp_path):
    subprocess.run(["git", "clone", "--quiet", ROOT.as_uri(), tmp_path / "clone"], check=True)
    subprocess.run(["bash", "-ec", blocks("sh")[0]], cwd=tmp_path / "clone", check=True)
    assert soundfile.info(tmp_path / "clone" / "hello.wav").duration > 0.3
