"""A cache folder for librosa's compiler (numba) if the home folder is not writable."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"


def ensure_compiler_cache() -> None:
    """Create a cache folder if necessary. Call this before the import of librosa, which fails without one.

    The folder is new and private to this process, because code in it would be executed.
    """
    try:
        home = Path.home()
    except RuntimeError:  # the user has no home folder
        home = Path(os.devnull)
    if VARIABLE not in os.environ and not os.access(home, os.W_OK | os.X_OK):
        folder = tempfile.mkdtemp(prefix="attune-numba-")
        os.environ[VARIABLE] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
