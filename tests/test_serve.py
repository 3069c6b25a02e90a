"""The command prints one line if it cannot start."""

import socket

import pytest

from tts.core.install import install_command
from tts.serve import main


@pytest.fixture
def taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--voice", "nobody", "--port", "0"], "There is no voice 'nobody'"),
        (["--alias", "nova=nobody", "--port", "0"], "--alias nova=nobody: 'nobody' is not loaded. Loaded: heart."),
        (["--lexicon", "/nodir/x"], "The folder of --lexicon /nodir/x does not exist. Create it"),
        (["--lexicon", "/"], "--lexicon / cannot be read"),
        (["--wyoming", "10200"], "Write tcp://HOST:PORT"),
        (["--workers", "2", "--voice", "../../etc", "--port", "0"], "There is no voice '../../etc'"),
    ],
)
def test_wrong_options_are_errors(words, message, capsys):
    pytest.importorskip("fastapi")
    assert main(words) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_a_port_in_use_is_an_error(taken, capsys):
    pytest.importorskip("fastapi")
    assert main(["--port", str(taken)]) == 1
    assert "Use another --host or --port" in capsys.readouterr().err


def test_a_missing_extra_gives_the_install_command(monkeypatch, capsys):
    monkeypatch.setattr("tts.serve.find_spec", lambda name: None)
    assert main([]) == 1
    assert install_command("serve") in capsys.readouterr().err
