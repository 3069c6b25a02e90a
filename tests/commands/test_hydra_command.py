"""A mistake on the command line of a Hydra command is one line, without a dump of the configuration."""

import sys

import pytest

from tts.commands.hydra_command import FULL_ERROR
from tts.train import main

WRONG = {
    "datamodule.batch_sise=3": "there is no option datamodule.batch_sise. Did you mean datamodule.batch_size?",
    "batch_size=3": "there is no option batch_size. Did you mean datamodule.batch_size?",
    "foo=bar": "there is no option foo. conf/train.yaml has the options.",
    "attention=gmmv2": "there is no attention=gmmv2. Did you mean gmm_v2",
    "attention=nothing_like_it": "Choose one of: additive, ",
    "experiment=from_teacher/vocodr": "Did you mean from_teacher/vocoder",
    "optims=adamw": "there is no option optims. Did you mean optim",
    "+attention=gmm": "attention has a choice already. To replace it, write attention=CHOICE, without '+'.",
    "x[=3": "'x[=3' cannot be read. Write KEY=VALUE",
    "=3": "'=3' has no name. Write KEY=VALUE.",
    "--foo": "unrecognized arguments: --foo. See: python -m tts.train --help",
}


@pytest.mark.parametrize("word", WRONG)
def test_a_wrong_word_is_one_line(word, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tts.train", word])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert WRONG[word] in line


def test_the_variable_of_hydra_gives_the_traceback(monkeypatch):
    monkeypatch.setenv(FULL_ERROR, "1")
    monkeypatch.setattr(sys, "argv", ["tts.train", "foo=bar"])
    with pytest.raises(Exception, match="Could not override 'foo'"):
        main()
