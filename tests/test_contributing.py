"""What CONTRIBUTING.md says of the attention contract is what the base class demands."""

import inspect
import re
from pathlib import Path

from tts.attention.base import Attention

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)\(([\w, ]*)\)` \| (.+?) \|", TEXT, re.MULTILINE)


def test_the_table_marks_the_methods_that_must_be_written():
    assert {name for name, _, must in ROWS if must == "yes"} == Attention.__abstractmethods__


def test_the_table_has_every_method_with_its_arguments():
    own = {name for name, found in vars(Attention).items() if inspect.isfunction(found) and not name.startswith("_")}
    assert {name for name, _, _ in ROWS} == own
    for name, arguments, _ in ROWS:
        expected = list(inspect.signature(getattr(Attention, name)).parameters)[1:]
        assert [word.strip() for word in arguments.split(",")] == expected, name
