"""espeak-ng through phonemizer. The library and its data come with ``espeakng_loader``: no system package is needed.

phonemizer is imported at the first word that is not in the phoneme cache. Its backend removes the full stops of "U.S."
together with the punctuation. So this module calls phonemizer's wrapper of the library, which keeps them.
"""

from __future__ import annotations

import atexit
import functools
import logging  # noqa: F401, must register its lock for a fork before ours: the modules that we import use it
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

#: Maximum length of the data path, in characters. espeak-ng has a buffer of 160 bytes and appends file names.
MAX_DATA_PATH = 120
_LANGUAGE_FLAG, _SEPARATORS = re.compile(r"\(.+?\)"), re.compile(r"_+( |$)")
_lock = threading.RLock()  # espeak keeps the current voice and text in global variables


def phonemes(text: str, language: str) -> str:
    """The IPA of ``text`` with stress marks. A space separates words; espeak-ng joins some, such as "of the".

    Raises:
        AttuneError: espeak-ng does not support the language; the message lists the supported ones.
    """
    with _lock:
        output = _engine(language).text_to_phonemes(text.encode("utf-8", "ignore").decode())
    if "(" in output:
        output = _LANGUAGE_FLAG.sub("", _SEPARATORS.sub(r"\1", output))
    return " ".join(output.replace("_", "").split())


def check_language(language: str) -> None:
    """Raise AttuneError if espeak-ng does not support ``language``."""
    with _lock:
        _engine(language)


def build_id() -> str:
    """An identifier of the espeak-ng build: the size of the library in bytes.

    Another build may give other phonemes, so the name of the phoneme cache holds this identifier.
    """
    return str(Path(espeakng_loader.get_library_path()).stat().st_size)


@functools.cache
def _engine(language: str) -> EspeakWrapper:
    """A separate copy of the library for each language, because espeak-ng has one current voice."""
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(data_path())
    engine = EspeakWrapper()
    known = {voice.language for voice in engine.available_voices() if not voice.identifier.startswith("mb")}
    if language not in known:
        raise AttuneError(f"espeak-ng has no language '{language}'; choose one of: {', '.join(sorted(known))}")
    engine.set_voice(language)
    return engine


if hasattr(os, "register_at_fork"):
    # A fork waits until no thread runs or imports the library. So the child gets both in a consistent state.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


@functools.cache
def data_path() -> str:
    """A path to espeak-ng's data that is at most `MAX_DATA_PATH` long: a longer path ends the process.

    If the installed path is too long, the data are copied to a temporary folder, which is deleted at exit.
    """
    path = str(espeakng_loader.get_data_path())
    if len(path) <= MAX_DATA_PATH:
        return path
    folder = tempfile.mkdtemp(prefix="espeak-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return shutil.copytree(path, str(Path(folder, "espeak-ng-data")))
