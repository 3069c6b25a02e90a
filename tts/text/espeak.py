"""espeak-ng through phonemizer, from the library and data that travel with ``espeakng_loader``: nothing to install.

phonemizer is imported when the first word is read that is not in the phoneme cache. Its backend removes the full stops
of "U.S." with the punctuation, so its wrapper of the library is used, which takes the text as it is.
"""

from __future__ import annotations

import atexit
import functools
import logging  # noqa: F401, its lock is to be registered for a fork before ours: what we import asks for it
import os
import re
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import espeakng_loader

from tts.core.errors import AttuneError

if TYPE_CHECKING:
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

#: espeak-ng keeps the path in 160 bytes and adds names to it.
LONGEST_DATA_PATH = 120
_LANGUAGE_FLAG, _SEPARATORS = re.compile(r"\(.+?\)"), re.compile(r"_+( |$)")
_lock = threading.RLock()  # espeak keeps the current voice and text in global variables


def phonemes(text: str, language: str) -> str:
    """The IPA of ``text`` with stress marks, words apart by a blank (espeak joins some: "of the" is one).

    Raises:
        AttuneError: if espeak-ng does not know the language; the message names those it knows.
    """
    with _lock:
        heard = _speaker(language).text_to_phonemes(text.encode("utf-8", "ignore").decode())
    line = _SEPARATORS.sub(r"\1", heard)
    return " ".join(_LANGUAGE_FLAG.sub("", line).replace("_", "").split())


def check_language(language: str) -> None:
    """Raise AttuneError if espeak-ng does not know ``language``."""
    with _lock:
        _speaker(language)


def fingerprint() -> str:
    """Differs where another espeak-ng might say something else."""
    return str(Path(espeakng_loader.get_library_path()).stat().st_size)


@functools.cache
def _speaker(language: str) -> EspeakWrapper:
    """A library of its own for each language, since espeak has one current voice."""
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(data_path())
    speaker = EspeakWrapper()
    known = {voice.language for voice in speaker.available_voices() if not voice.identifier.startswith("mb")}
    if language not in known:
        raise AttuneError(f"espeak-ng has no language '{language}'; choose one of: {', '.join(sorted(known))}")
    speaker.set_voice(language)
    return speaker


if hasattr(os, "register_at_fork"):
    # A fork waits until no thread is inside of the library, or imports it for the first time: the child has both whole.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


@functools.cache
def data_path() -> str:
    """Where espeak-ng's data lie, by a path short enough for it: given a longer one it ends the process.

    Data that lie too deep are copied to a temporary folder for as long as the process lives.
    """
    path = str(espeakng_loader.get_data_path())
    if len(path) <= LONGEST_DATA_PATH:
        return path
    folder = tempfile.mkdtemp(prefix="espeak-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return shutil.copytree(path, str(Path(folder, "espeak-ng-data")))
