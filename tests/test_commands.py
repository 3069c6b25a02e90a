"""Every file at the top level of the package is a command. ``attune`` lists and runs the commands."""

import ast
import subprocess
import sys

import pytest

from tts.__main__ import main
from tts.commands.listing import PACKAGE, commands, module_of
from tts.commands.runner import run, user_error
from tts.core.errors import AttuneError
from tts.voices.finding import VoiceError

FILES = sorted(path for path in PACKAGE.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_top_level_file_is_a_short_command(path):
    source = path.read_text()
    assert len(source.splitlines()) < 100
    assert 'if __name__ == "__main__":' in source
    names = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert "main" in names or "import main" in source


def test_the_list_has_one_line_for_every_command(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert {"synthesize", "train", "prepare", "align", "evaluate", "export", "text"} <= set(commands())
    for name, line in commands().items():
        assert name in shown
        assert line in shown
        assert 10 < len(line) < 110, line
    assert not {"speak", "inspect", "convert", "extract", "compare"} & set(commands())


def test_a_mistyped_command_suggests_the_nearest(capsys):
    assert main(["syntesize"]) == 2
    assert "Did you mean 'attune synthesize'?" in capsys.readouterr().err


def test_a_command_runs_under_its_name(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["attune", "synthesize", "--list-voices"])
    assert main() == 0
    assert "ljspeech" in capsys.readouterr().out


def test_a_text_without_a_command_is_spoken(monkeypatch):
    monkeypatch.setattr("tts.synthesize.main", lambda: sys.argv[1:] != ["Hello world.", "-o", "x.wav"])
    assert main(["Hello world.", "-o", "x.wav"]) == 0


@pytest.mark.parametrize("old", ["speak", "extract", "convert", "inspect", "compare"])
def test_old_names_still_run(old):
    done = subprocess.run([sys.executable, "-m", f"tts.{old}", "--help"], capture_output=True, text=True, check=True)
    assert "usage: python -m tts." in done.stdout


def test_listing_commands_imports_no_large_module():
    code = "import sys; from tts.__main__ import main; main([]); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "numpy", "hydra", "omegaconf"} & set(loaded)


def raising(error, cause=None):
    def command():
        raise error from cause

    return command


def test_our_errors_are_one_line_and_others_have_a_traceback(capsys):
    assert run(raising(VoiceError("There is no voice."))) == 1
    assert capsys.readouterr().err == "error: There is no voice.\n"
    assert run(raising(RuntimeError("outer"), VoiceError("inner"))) == 1
    assert capsys.readouterr().err == "error: inner\n"
    with pytest.raises(ValueError, match="shape"):
        run(raising(ValueError("shape")))
    with pytest.raises(OSError, match="no file"):
        run(raising(OSError("no file is named")))
    assert run(raising(FileNotFoundError(2, "No such file", "x.txt"))) == 1
    assert capsys.readouterr().err == "error: x.txt cannot be used: it does not exist; check the path.\n"
    assert run(raising(PermissionError(13, "Permission denied", "x.txt"))) == 1
    assert "x.txt cannot be used: this user has no permission; change its permissions" in capsys.readouterr().err
    assert run(raising(OSError(5, "Input/output error", "x.txt"))) == 1
    assert capsys.readouterr().err == "error: x.txt cannot be used: Input/output error.\n"
    assert run(raising(OSError(28, "No space left on device"))) == 1  # which names no file
    assert "the disk is full" in capsys.readouterr().err
    assert run(raising(KeyboardInterrupt())) == 130
    assert run(lambda: None) == 0
    assert user_error(ValueError()) is None


def test_every_command_has_a_module():
    assert module_of("text") == "tts.text.__main__"
    assert issubclass(VoiceError, AttuneError)
