"""Importing this ends the program with one line where what the extra ``train`` installs is missing.

A command whose modules need torch or Hydra imports it before them.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

COMMAND = 'pip install "attune-tts[train]"'

missing = [name for name in ("torch", "hydra", "lightning") if find_spec(name) is None]
if missing:
    sys.exit(f"error: this command needs {', '.join(missing)}, which speaking does without. Install it: {COMMAND}")
