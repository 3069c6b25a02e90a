"""CMU Flite, which concatenates parts of recordings of a human voice. It must be installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import soundfile

from tts.data.engines.base import EngineError, Utterance

WORDS_PER_MINUTE = 175  # default rate of its voices


class Flite:
    """The program ``flite``.

    Args:
        voice: ``slt`` (female), ``rms``, ``awb`` or ``kal16``; ``flite -lv`` lists the voices.
        rate: approximate words per minute.

    Raises:
        EngineError: flite is not installed, or it does not have the voice.
    """

    reads_phonemes = False

    def __init__(self, voice: str = "slt", rate: int = 160) -> None:
        if shutil.which("flite") is None:
            raise EngineError("flite is not installed. Run: apt install flite, or brew install flite")
        voices = subprocess.run(["flite", "-lv"], capture_output=True, text=True, check=True).stdout.split(":")[-1]
        if voice not in voices.split():
            raise EngineError(f"flite has no voice '{voice}'. It has: {' '.join(voices.split())}.")
        self._settings = ["-voice", voice, "--setf", f"duration_stretch={WORDS_PER_MINUTE / rate:.3f}"]

    def __call__(self, text: str, seed: int = 0) -> Utterance:
        """Speak ``text``. The seed is not used. Raises `EngineError`."""
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "speech.wav"
            words = ["flite", *self._settings, "-t", text, "-o", str(wav)]
            done = subprocess.run(words, capture_output=True, text=True)
            if done.returncode or not wav.is_file():
                raise EngineError(f"flite gives no sound for '{text}': {done.stderr.strip()} Remove the line.")
            audio, sample_rate = soundfile.read(wav, dtype="float32")
        return Utterance(audio, sample_rate)
