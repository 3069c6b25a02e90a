"""An import of this module ends the program with one line if packages of the extra ``train`` are missing.

A command that needs torch or Hydra imports this module first. Ctrl-C during the slow imports that follow also prints
one line instead of a traceback.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import TracebackType

from tts.core.install import install_command

_previous_hook = sys.excepthook


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("error: interrupted", file=sys.stderr)
    else:
        _previous_hook(kind, error, trace)


sys.excepthook = _report

missing = [name for name in ("torch", "hydra", "lightning") if find_spec(name) is None]
if missing:
    needed = f"this command needs {', '.join(missing)}, which synthesis does not need"
    sys.exit(f"error: {needed}. Install: {install_command('train')}")
