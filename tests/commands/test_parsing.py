"""Errors of the command line are one line; numbers are checked before a voice is loaded."""

import subprocess
import sys

import pytest

from tts import bulk, evaluate, serve, synthesize, vocode
from tts.commands.parsing import number, whole_number
from tts.text.__main__ import main as read_text

WRONG = {
    "an unknown option": (synthesize, ["--loud", "Hello."], "unrecognized arguments: --loud"),
    "a missing option": (vocode, ["a.wav"], "required: -o/--output"),
    "a missing subcommand": (evaluate, [], "required: what"),
    "no thread": (synthesize, ["Hello.", "--threads", "0"], "--threads: 0 is not between 1 and 1024"),
    "fewer threads": (synthesize, ["Hello.", "--threads", "-5"], "--threads: -5 is not between 1 and 1024"),
    "half a thread": (bulk, ["a.csv", "-o", "x", "--threads", "0.5"], "'0.5' is not a whole number"),
    "threads of an evaluation": (evaluate, ["voice", "--threads", "0"], "0 is not between 1 and 1024"),
    "a speed": (synthesize, ["Hello.", "--speed", "9"], "--speed: 9 is not between 0.2 and 5"),
    "a pitch": (bulk, ["a.csv", "-o", "x", "--pitch", "high"], "--pitch: 'high' is not a number"),
    "a queue": (serve, ["--queue", "-1"], "--queue: -1 is less than 0"),
    "a timeout": (serve, ["--timeout", "nan"], "--timeout: 'nan' is not a number"),
    "seconds": (serve, ["--max-seconds", "-1"], "--max-seconds: -1 is less than 1"),
    "an alias": (serve, ["--alias", "nova"], "'nova' is not NAME=VOICE, such as alloy=heart"),
    "a port": (serve, ["--port", "70000"], "--port: 70000 is not between 0 and 65535"),
}


@pytest.mark.parametrize(("command", "words", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_line_is_one_line_and_status_2(command, words, message, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(words)
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert f"See: python -m {command.__name__}" in line
    assert line.endswith(" --help")


def test_numbers_at_their_limits_are_accepted():
    assert whole_number(0)("0") == 0
    assert whole_number(1, 9)("9") == 9
    assert number(0.5, 2)("0.5") == 0.5
    assert number(1)("1e9") == 1e9


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full is a device of Linux")
@pytest.mark.parametrize(
    "words", [["tts.text", "Hello."], ["tts.synthesize", "--help"], ["tts.voices", "list"], ["tts"]], ids=" ".join
)
def test_an_output_that_cannot_be_written_is_one_line(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")


def test_a_text_that_cannot_be_read_is_one_line(capsys):
    assert read_text(["Hello.", "--lexicon", "/nowhere/words.txt"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
