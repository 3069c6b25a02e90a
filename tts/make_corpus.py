"""Let espeak-ng or flite speak a list of texts into an LJSpeech-layout corpus: ``python -m tts.make_corpus T -o
data/mine``.

A robot's voice, but one whose text is exactly what it says, in any amount, with nothing to download: enough to try
the whole pipeline, and to teach an attention its diagonal before it meets an hour of a human.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from tts.audio.io import save_audio
from tts.data.corpus import atomic_write
from tts.data.engines import EngineError, Espeak, Flite, SpeechEngine
from tts.text.normalize import normalize

SETTINGS = "speak.json"


class Line(NamedTuple):
    """One text to speak."""

    id: str
    raw: str
    normalized: str


def read_lines(path: Path) -> list[Line]:
    """The texts of ``path``: one a line, or ``id|text`` or ``id|raw|normalized`` lines.

    A line without an id gets one made from its text, so that it keeps its recording and its side of the split when
    lines are added. Empty lines and those that start with ``#`` are skipped, as is a repeated id.

    Raises `EngineError` if there is nothing to speak.
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
            raise EngineError(f"'{name}' cannot be the name of a file. Use letters, digits, - and _ in ids.")
        lines.setdefault(name, Line(name, raw.strip(), normalize(raw).strip()))
    if not lines:
        raise EngineError(f"{path} holds no text. Write one sentence a line.")
    return list(lines.values())


def speak(lines: list[Line], folder: Path, speaker: SpeechEngine, settings: dict[str, str | int]) -> int:
    """Speak ``lines`` into ``folder/wavs`` and ``folder/metadata.csv``; returns how many were not there before.

    An interrupted call is continued by the next one. ``settings`` say what ``speaker`` was made with.

    Raises `EngineError` if the folder was spoken with other settings.
    """
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    _check_settings(folder, settings)
    _drop_changed(lines, folder)
    atomic_write(folder / "metadata.csv", "".join("|".join(line) + "\n" for line in lines))
    missing = [line for line in lines if not _path(folder, line).is_file()]
    for line in tqdm(missing, desc="speaking", unit="line", disable=not missing):
        save_audio(_path(folder, line), speaker(line.normalized), speaker.sample_rate)
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
        atomic_write(path, json.dumps(settings, indent=1) + "\n")
        return
    earlier = json.loads(path.read_text())
    if earlier != settings:
        raise EngineError(f"{folder} was spoken with {earlier}, not {settings}. Give another folder with -o.")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tts.make_corpus", description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, help="a file with one text a line, or id|text lines (a metadata.csv)")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the corpus folder to fill")
    parser.add_argument("--engine", choices=("espeak", "flite"), default="espeak", help="who speaks (espeak)")
    parser.add_argument("--language", help="espeak-ng language (en-us)")
    parser.add_argument("--voice", help="espeak-ng variant, f1 to f5, m1 to m8; or flite's voice (slt)")
    parser.add_argument("--rate", type=int, default=160, help="words per minute (160)")
    parser.add_argument("--pitch", type=int, help="espeak-ng: 0 to 99 (50)")
    parser.add_argument("--range", type=int, help="espeak-ng: liveliness of the pitch, 0 to 99 (50)")
    parser.add_argument("--limit", type=int, help="speak only the first N lines")
    asked = parser.parse_args(arguments)
    if asked.engine == "flite" and (asked.language, asked.pitch, asked.range) != (None, None, None):
        parser.error("flite speaks English as its voice does: leave out --language, --pitch and --range")
    return asked


def _speaker(asked: argparse.Namespace) -> tuple[SpeechEngine, dict[str, str | int]]:
    if asked.engine == "flite":
        settings = {"voice": asked.voice or "slt", "rate": asked.rate}
        return Flite(**settings), {"engine": "flite", **settings}
    language = asked.language or "en-us"
    voice = f"{language}+{asked.voice}" if asked.voice else language
    pitch, liveliness = (50 if value is None else value for value in (asked.pitch, asked.range))
    settings = {"voice": voice, "rate": asked.rate, "pitch": pitch, "range": liveliness}
    return Espeak(**settings), settings


def main(arguments: list[str] | None = None) -> None:
    """The command line; failures in one sentence, Ctrl-C loses nothing."""
    asked = _parse(arguments)
    try:
        lines = read_lines(asked.texts)[: asked.limit]
        count = speak(lines, asked.out, *_speaker(asked))
    except (OSError, UnicodeDecodeError, EngineError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; run the same command to go on where it stopped")
    print(f"{asked.out}: {len(lines)} recordings, {count} new. Next:")
    print(f"python -m tts.prepare data=espeak_quickstart data.source={asked.out} data.corpus=corpora/{asked.out.name}")


if __name__ == "__main__":
    main()
