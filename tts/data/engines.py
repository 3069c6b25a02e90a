"""Offline synthesisers that can speak a corpus: a text in, samples out."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

import espeakng_loader
import numpy as np
import soundfile

from tts.text.espeak_input import calls

# of speak_lib.h, espeak-ng's C interface
SYNCHRONOUS, CHARS_UTF8, END_PAUSE, OK = 2, 0x1, 0x1000, 0
PARAMETERS = {"rate": 1, "pitch": 3, "range": 4}
FLITE_RATE = 175  # words per minute of its voices as they are


class EngineError(ValueError):
    """The texts cannot be spoken as asked; the message says what to change."""


class SpeechEngine(Protocol):
    """What speaks."""

    sample_rate: int

    def __call__(self, text: str) -> np.ndarray:
        """Speech of ``text``, (T_wav,) float32 in [-1, 1] at ``sample_rate``. Raises `EngineError`."""


class Espeak:
    """The bundled espeak-ng as a speaker. It is one per process: the newest one's settings hold for all.

    Args:
        voice: language, optionally with a variant: ``en-us``, ``en-gb+f3``.
        rate: words per minute, 80 to 450.
        pitch: 0 to 99.
        range: liveliness of the pitch, 0 to 99.

    Raises:
        EngineError: espeak-ng does not know the voice.
    """

    def __init__(self, voice: str = "en-us", rate: int = 160, pitch: int = 50, range: int = 50) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.sample_rate: int = self._library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        if self.sample_rate <= 0:
            raise EngineError("espeak-ng does not start. Reinstall it: pip install --force-reinstall espeakng-loader")
        if self._library.espeak_SetVoiceByName(voice.encode()) != OK:
            raise EngineError(f"espeak-ng has no voice '{voice}'. Try en-us, en-gb, de, or a variant such as en-us+f3.")
        for name, value in {"rate": rate, "pitch": pitch, "range": range}.items():
            self._library.espeak_SetParameter(PARAMETERS[name], value, 0)
        self._pieces: list[np.ndarray] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._receive)  # kept: the library holds no reference
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples: ctypes._Pointer, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    def __call__(self, text: str) -> np.ndarray:
        """Speech of ``text``, (T_wav,) float32 in [-1, 1] at ``sample_rate``."""
        self._pieces = []
        for part in calls(text):
            content = part.encode("utf-8", "replace") + b"\0"
            self._library.espeak_Synth(content, len(content), 0, 0, 0, CHARS_UTF8 | END_PAUSE, None, None)
        if not self._pieces:
            raise EngineError(f"espeak-ng says nothing to '{text}'. Take the line out.")
        return np.concatenate(self._pieces).astype(np.float32) / 32768.0


class Flite:
    """CMU Flite, if it is installed (``apt install flite``, ``brew install flite``): a human's recordings behind it.

    Args:
        voice: ``slt`` (a woman), ``rms``, ``awb``, ``kal16``; ``flite -lv`` lists them.
        rate: words per minute, about.

    Raises:
        EngineError: there is no flite, or it does not know the voice.
    """

    def __init__(self, voice: str = "slt", rate: int = 160) -> None:
        if shutil.which("flite") is None:
            raise EngineError("flite is not installed. apt install flite, brew install flite, or leave out --engine.")
        voices = subprocess.run(["flite", "-lv"], capture_output=True, text=True, check=True).stdout.split(":")[-1]
        if voice not in voices.split():
            raise EngineError(f"flite has no voice '{voice}'. It has: {' '.join(voices.split())}.")
        self._settings = ["-voice", voice, "--setf", f"duration_stretch={FLITE_RATE / rate:.3f}"]
        self.sample_rate = 16000

    def __call__(self, text: str) -> np.ndarray:
        """Speech of ``text``, (T_wav,) float32 in [-1, 1] at ``sample_rate``."""
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "speech.wav"
            done = subprocess.run(
                ["flite", *self._settings, "-t", text, "-o", str(wav)], capture_output=True, text=True
            )
            if done.returncode or not wav.is_file():
                raise EngineError(f"flite says nothing to '{text}': {done.stderr.strip()} Take the line out.")
            audio, self.sample_rate = soundfile.read(wav, dtype="float32")
        return audio
