"""The programs accept the commands of the guides."""

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
def test_every_command_of_the_guides_is_parsed(line):
    words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "3"))
    PARSERS[words[2]]._parser().parse_args(words[3:])


def test_the_guides_describe_every_option():
    assert len(LINES) >= 5
    told = (GUIDES / "serve.md").read_text(encoding="utf-8")
    options = [name for action in serve._parser()._actions for name in action.option_strings if name != "--help"]
    assert not [name for name in options if name.startswith("--") and name not in told]
