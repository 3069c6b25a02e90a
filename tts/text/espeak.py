"""espeak-ng, from the library and data that travel with ``espeakng_loader``: nothing to install.

Called without phonemizer, which takes half a second to import; a test holds the results to be the same.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import os
import re
import shutil
import tempfile
import threading
from pathlib import Path

import espeakng_loader

from tts.core.errors import AttuneError

#: espeak-ng keeps the path in 160 bytes and adds names to it.
LONGEST_DATA_PATH = 120
# of speak_lib.h, espeak-ng's C interface
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8, _IPA, _OK = 2, 0x8000, 1, 0x02 | ord("_") << 8, 0
_LANGUAGE_FLAG, _SEPARATORS = re.compile(r"\(.+?\)"), re.compile(r"_+( |$)")
_lock = threading.Lock()  # espeak keeps the current voice and text in global variables
if hasattr(os, "register_at_fork"):  # a child that is forked while another thread reads would wait for it for ever
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class _Voice(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_char_p) for name in ("name", "languages", "identifier")),
        *((name, ctypes.c_ubyte) for name in ("gender", "age", "variant", "reserved")),
        *(("score", ctypes.c_int), ("spare", ctypes.c_void_p)),
    )


def phonemes(text: str, language: str) -> str:
    """The IPA of ``text`` with stress marks, words apart by a blank (espeak joins some: "of the" is one).

    Raises:
        ValueError: if espeak-ng does not know the language; the message names those it knows.
    """
    with _lock:
        library = _speaking(language)
        rest, heard = ctypes.c_char_p(text.encode("utf-8", "ignore")), []
        while rest.value is not None:
            heard.append(library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA) or b"")
    line = _SEPARATORS.sub(r"\1", " ".join(part.decode() for part in heard))
    return " ".join(_LANGUAGE_FLAG.sub("", line).replace("_", "").split())


def check_language(language: str) -> None:
    """Raise ValueError if espeak-ng does not know ``language``."""
    with _lock:
        _speaking(language)


def fingerprint() -> str:
    """Differs where another espeak-ng might say something else."""
    return str(Path(espeakng_loader.get_library_path()).stat().st_size)


def _speaking(language: str) -> ctypes.CDLL:
    """The library, set to ``language``: whoever else uses it in this process may have set another."""
    library = _library()
    identifier = _voices().get(language)
    if identifier is None:
        raise AttuneError(f"espeak-ng has no language '{language}'; choose one of: {', '.join(sorted(_voices()))}")
    current = library.espeak_GetCurrentVoice()
    is_set = current and current.contents.identifier == identifier
    if not is_set and library.espeak_SetVoiceByName(identifier) != _OK:
        raise AttuneError(f"espeak-ng cannot load its language '{language}'; reinstall espeakng_loader")
    return library


@functools.cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    library.espeak_GetCurrentVoice.restype = ctypes.POINTER(_Voice)
    library.espeak_Initialize(_SYNCHRONOUS, 0, data_path().encode(), _DO_NOT_EXIT)
    return library


@functools.cache
def _voices() -> dict[str, bytes]:
    """Language -> the voice that speaks it; the first of several is the best."""
    known: dict[str, bytes] = {}
    listed, index = _library().espeak_ListVoices(None), 0
    while listed[index]:  # an array of pointers that ends with a null
        voice, index = listed[index].contents, index + 1
        if not voice.identifier.startswith(b"mb"):  # they need another program
            known.setdefault(voice.languages[1:].decode(), voice.identifier)
    return known


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
