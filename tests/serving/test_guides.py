"""The commands of the guides are ones that the programs understand."""

import re
import shlex
from pathlib import Path

import pytest

from tts import bulk, serve

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
PARSERS = {"tts.serve": serve, "tts.bulk": bulk}
LINES = [
    line
    for guide in ("serve.md", "bulk.md")
    for line in (GUIDES / guide).read_text(encoding="utf-8").splitlines()
    if re.match(r"python -m tts\.(serve|bulk)", line)
]


@pytest.mark.parametrize("line", LINES)
def test_command_is_understood(line):
    words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "3"))
    PARSERS[words[2]]._parser().parse_args(words[3:])


def test_there_are_commands_and_every_option_is_told():
    assert len(LINES) >= 5
    told = (GUIDES / "serve.md").read_text(encoding="utf-8")
    options = [name for action in serve._parser()._actions for name in action.option_strings if name != "--help"]
    assert not [name for name in options if name.startswith("--") and name not in told]
