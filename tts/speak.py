"""Let espeak-ng speak a list of texts into an LJSpeech-layout corpus: ``python -m tts.speak texts.txt -o data/mine``.

A robot's voice, but one whose text is exactly what it says, in any amount, with nothing to download: enough to try
the whole pipeline, and to teach an attention its diagonal before it meets an hour of a human.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import sys
from pathlib import Path
from typing import NamedTuple

import espeakng_loader
import numpy as np
from tqdm import tqdm

from tts.audio.io import save_audio
from tts.data.corpus import write_atomic
from tts.text.normalize import normalize

# of speak_lib.h, espeak-ng's C interface
SYNCHRONOUS, CHARS_UTF8, END_PAUSE, OK = 2, 0x1, 0x1000, 0
PARAMETERS = {"rate": 1, "pitch": 3, "range": 4}
SETTINGS = "speak.json"


class SpeakError(ValueError):
    """The texts cannot be spoken as asked; the message says what to change."""


class Line(NamedTuple):
    """One text to speak."""

    id: str
    raw: str
    normalized: str


class Espeak:
    """The bundled espeak-ng as a speaker. It is one per process: the newest one's settings hold for all.

    Args:
        voice: language, optionally with a variant: ``en-us``, ``en-gb+f3``.
        rate: words per minute, 80 to 450.
        pitch: 0 to 99.
        range: liveliness of the pitch, 0 to 99.

    Raises:
        SpeakError: espeak-ng does not know the voice.
    """

    def __init__(self, voice: str = "en-us", rate: int = 160, pitch: int = 50, range: int = 50) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.sample_rate: int = self._library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        if self.sample_rate <= 0:
            raise SpeakError("espeak-ng does not start. Reinstall it: pip install --force-reinstall espeakng-loader")
        if self._library.espeak_SetVoiceByName(voice.encode()) != OK:
            raise SpeakError(f"espeak-ng has no voice '{voice}'. Try en-us, en-gb, de, or a variant such as en-us+f3.")
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
        content = text.encode() + b"\0"
        self._library.espeak_Synth(content, len(content), 0, 0, 0, CHARS_UTF8 | END_PAUSE, None, None)
        if not self._pieces:
            raise SpeakError(f"espeak-ng says nothing to '{text}'. Take the line out.")
        return np.concatenate(self._pieces).astype(np.float32) / 32768.0


def read_lines(path: Path) -> list[Line]:
    """The texts of ``path``: one a line, or ``id|text`` or ``id|raw|normalised`` lines.

    A line without an id gets one made from its text, so that it keeps its recording and its side of the split when
    lines are added. Empty lines and those that start with ``#`` are skipped, as is a repeated id.

    Raises `SpeakError` if there is nothing to speak.
    """
    lines: dict[str, Line] = {}
    for content in path.read_text(encoding="utf-8-sig").splitlines():
        content = content.strip()
        if not content or content.startswith("#"):
            continue
        name, _, rest = content.rpartition("|")
        raw = rest if name else content
        name = name.split("|")[0].strip() or f"{path.stem}-{hashlib.sha256(raw.encode()).hexdigest()[:10]}"
        if Path(name).name != name:
            raise SpeakError(f"'{name}' cannot be the name of a file. Use letters, digits, - and _ in ids.")
        lines.setdefault(name, Line(name, raw.strip(), normalize(raw).strip()))
    if not lines:
        raise SpeakError(f"{path} holds no text. Write one sentence a line.")
    return list(lines.values())


def speak(lines: list[Line], folder: Path, settings: dict[str, str | int]) -> int:
    """Speak ``lines`` into ``folder/wavs`` and ``folder/metadata.csv``; returns how many were not there before.

    An interrupted call is continued by the next one. ``settings`` are the arguments of `Espeak`.

    Raises `SpeakError` if the folder was spoken with other settings, or the voice is unknown.
    """
    espeak = Espeak(**settings)  # type: ignore[arg-type]
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    _check_settings(folder, settings)
    _drop_changed(lines, folder)
    write_atomic(folder / "metadata.csv", "".join("|".join(line) + "\n" for line in lines))
    missing = [line for line in lines if not _path(folder, line).is_file()]
    for line in tqdm(missing, desc="speaking", unit="line", disable=not missing):
        save_audio(_path(folder, line), espeak(line.normalized), espeak.sample_rate)
    return len(missing)


def _path(folder: Path, line: Line) -> Path:
    return folder / "wavs" / f"{line.id}.flac"


def _drop_changed(lines: list[Line], folder: Path) -> None:
    """Delete recordings whose text has changed since they were spoken."""
    if not (folder / "metadata.csv").is_file():
        return
    spoken = [content.split("|") for content in (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    earlier = {columns[0]: columns[-1] for columns in spoken}
    for line in lines:
        if earlier.get(line.id, line.normalized) != line.normalized:
            _path(folder, line).unlink(missing_ok=True)


def _check_settings(folder: Path, settings: dict[str, str | int]) -> None:
    path = folder / SETTINGS
    if not path.is_file():
        write_atomic(path, json.dumps(settings, indent=1) + "\n")
        return
    earlier = json.loads(path.read_text())
    if earlier != settings:
        raise SpeakError(f"{folder} was spoken with {earlier}, not {settings}. Give another folder with -o.")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tts.speak", description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, help="a file with one text a line, or id|text lines (a metadata.csv)")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the corpus folder to fill")
    parser.add_argument("--language", default="en-us", help="espeak-ng language (en-us)")
    parser.add_argument("--voice", default="", help="espeak-ng variant: f1 to f5, m1 to m8")
    parser.add_argument("--rate", type=int, default=160, help="words per minute (160)")
    parser.add_argument("--pitch", type=int, default=50, help="0 to 99 (50)")
    parser.add_argument("--range", type=int, default=50, help="liveliness of the pitch, 0 to 99 (50)")
    parser.add_argument("--limit", type=int, help="speak only the first N lines")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """The command line; failures in one sentence, Ctrl-C loses nothing."""
    asked = _parse(arguments)
    voice = f"{asked.language}+{asked.voice}" if asked.voice else asked.language
    settings = {"voice": voice, "rate": asked.rate, "pitch": asked.pitch, "range": asked.range}
    try:
        lines = read_lines(asked.texts)[: asked.limit]
        count = speak(lines, asked.out, settings)
    except (OSError, UnicodeDecodeError, SpeakError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; run the same command to go on where it stopped")
    print(f"{asked.out}: {len(lines)} recordings, {count} new. Next:")
    print(f"python -m tts.prepare data=first_voice data.source={asked.out} data.corpus=corpora/{asked.out.name}")


if __name__ == "__main__":
    main()
