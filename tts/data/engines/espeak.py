"""The bundled espeak-ng as a speech engine."""

from __future__ import annotations

import ctypes

import espeakng_loader
import numpy as np

from tts.data.engines.base import EngineError, Utterance
from tts.text.espeak import data_path
from tts.text.espeak_input import calls

# constants of speak_lib.h, espeak-ng's C interface
SYNCHRONOUS, DO_NOT_EXIT, CHARS_UTF8, END_PAUSE, OK = 2, 0x8000, 0x1, 0x1000, 0
PARAMETERS = {"rate": 1, "pitch": 3, "range": 4}


class Espeak:
    """espeak-ng. A process has one library, so the settings of the newest object apply to all.

    The library keeps the phase of its waveform from one text to the next, and nothing resets it. So a text always
    sounds the same, but its samples depend on the texts before it.

    Args:
        language: for example ``en-us``, ``en-gb`` or ``de``.
        voice: a variant of the language, ``f1`` to ``f5`` or ``m1`` to ``m8``.
        rate: words per minute, 80 to 450.
        pitch: 0 to 99.
        range: range of the pitch, 0 to 99.

    Raises:
        EngineError: espeak-ng does not have the voice.
    """

    reads_phonemes = False

    def __init__(
        self, language: str = "en-us", voice: str | None = None, rate: int = 160, pitch: int = 50, range: int = 50
    ) -> None:
        name = f"{language}+{voice}" if voice else language
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.sample_rate: int = self._library.espeak_Initialize(SYNCHRONOUS, 0, data_path().encode(), DO_NOT_EXIT)
        if self.sample_rate <= 0:
            raise EngineError("espeak-ng does not start. Run: pip install --force-reinstall espeakng-loader")
        if self._library.espeak_SetVoiceByName(name.encode()) != OK:
            raise EngineError(f"espeak-ng has no voice '{name}'. Try en-us, en-gb, de, or a variant such as f3.")
        for parameter, value in {"rate": rate, "pitch": pitch, "range": range}.items():
            self._library.espeak_SetParameter(PARAMETERS[parameter], value, 0)
        self._chunks: list[np.ndarray] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._receive)  # keep a reference, because the library has none
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples: ctypes._Pointer, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Speak ``text``. Raises `EngineError`."""
        self._chunks = []
        for part in calls(text):
            content = part.encode("utf-8", "replace") + b"\0"
            self._library.espeak_Synth(content, len(content), 0, 0, 0, CHARS_UTF8 | END_PAUSE, None, None)
        if not self._chunks:
            raise EngineError(f"espeak-ng gives no sound for '{text}'. Remove the line.")
        return Utterance(np.concatenate(self._chunks).astype(np.float32) / 32768.0, self.sample_rate)
