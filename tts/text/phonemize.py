"""Words to IPA through espeak-ng, from the library and data that travel with ``espeakng_loader``: nothing to install.

espeak drops punctuation, and phonemizer's way of putting it back is slow and misplaces it around merged words ("of the"
is one word to espeak). So the text is cut at its punctuation here, espeak reads the stretches between, and the marks
return to where they were.
"""

from __future__ import annotations

import atexit
import functools
import logging
import re
import shutil
import tempfile
import threading
from pathlib import Path

import espeakng_loader
from phonemizer.backend import EspeakBackend
from phonemizer.backend.espeak.wrapper import EspeakWrapper

from tts.text.abbreviations import inner_stops

#: espeak-ng keeps the path in 160 bytes and adds names to it.
LONGEST_DATA_PATH = 120
_MARKS = r"[.,;:!?…—()\"«»¡¿]+"
#: A mark between two letters or digits belongs to the word ("U.S", "3.50" in a language whose numbers espeak reads).
_MARK = re.compile(rf"(?<!\w){_MARKS}|{_MARKS}(?!\w)|[—()\"…]+")
#: espeak silently drops what a word has beyond some sixty letters.
_LONG_WORD = re.compile(r"(\w{40})(?=\w)")
_NOTHING = re.compile(r"(?!)")
_lock = threading.Lock()  # espeak keeps the current voice and text in global variables


class Phonemizer:
    """Text of one language to IPA with stress marks; words apart by a blank, punctuation where it was.

    Args:
        language: an espeak-ng language, for example "en-us", "en-gb" or "de".

    Raises:
        ValueError: if espeak-ng does not know the language; the message names those it knows.
    """

    def __init__(self, language: str = "en-us"):
        self.language = language
        _backend(language)

    def __call__(self, text: str) -> str:
        """The phonemes of ``text``, which is best normalised first; empty if espeak finds nothing to say."""
        parts, start, inner = [], 0, inner_stops(text)
        for match in _MARK.finditer(text):
            if match[0] == "." and match.start() in inner:
                continue
            parts += [self._say(text[start : match.start()]), match[0]]
            start = match.end()
        return _tidy("".join([*parts, self._say(text[start:])]))

    def _say(self, words: str) -> str:
        """Phonemes of a stretch without punctuation, blanks at its ends kept."""
        if not words.strip():
            return " " if words else ""
        words_for_espeak = _LONG_WORD.sub(r"\1 ", words)
        with _lock:
            spoken = _backend(self.language).phonemize([words_for_espeak], strip=True)[0]
        return (" " if words[0].isspace() else "") + spoken + (" " if words[-1].isspace() else "")


@functools.cache
def _backend(language: str) -> EspeakBackend:
    """The one espeak of this process for ``language``."""
    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(data_path())
    quiet = logging.getLogger(f"{__name__}.espeak")
    quiet.setLevel(logging.ERROR)  # it warns of every "of the", which espeak joins into one word
    known = EspeakBackend.supported_languages()
    if language not in known:
        raise ValueError(f"espeak-ng has no language '{language}'; choose one of: {', '.join(sorted(known))}")
    return EspeakBackend(
        language, punctuation_marks=_NOTHING, with_stress=True, language_switch="remove-flags", logger=quiet
    )


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
    return shutil.copytree(path, str(Path(folder, "espeak-ng-data")))  # phonemizer would resolve a link


def _tidy(phonemes: str) -> str:
    """No blank before a closing mark, one after it."""
    phonemes = re.sub(r"\s+([.,;:!?…—)»])", r"\1", phonemes)
    phonemes = re.sub(r"([.,;:!?…—)»])(?=[^\s.,;:!?…—()\"«»])", r"\1 ", phonemes)
    phonemes = re.sub(r"([(«¿¡])\s+", r"\1", phonemes)
    return re.sub(r"\s+", " ", phonemes).strip()
