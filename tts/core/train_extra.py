"""Importing this ends the program with one line where what the extra ``train`` installs is missing.

A command whose modules need torch or Hydra imports it before them. Ctrl-C during the seconds that these imports take
is one line, too.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import TracebackType

_previous_hook = sys.excepthook


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("error: interrupted; run the same command to go on where it stopped", file=sys.stderr)
    else:
        _previous_hook(kind, error, trace)


sys.excepthook = _report

COMMAND = 'pip install "attune-tts[train]"'

missing = [name for name in ("torch", "hydra", "lightning") if find_spec(name) is None]
if missing:
    sys.exit(f"error: this command needs {', '.join(missing)}, which speaking does without. Install it: {COMMAND}")
