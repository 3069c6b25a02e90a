"""A place for librosa's compiler (numba) to keep what it compiled, where the home folder cannot be written to."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"


def ensure_compiler_cache() -> None:
    """Call this before librosa is imported: without a place to write to, its import fails.

    The place is new and this process's own, since whoever else writes there could put code into it.
    """
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home
        home = Path(os.devnull)
    if VARIABLE not in os.environ and not os.access(home, os.W_OK | os.X_OK):
        folder = tempfile.mkdtemp(prefix="attune-numba-")
        os.environ[VARIABLE] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
