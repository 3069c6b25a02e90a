"""Speaks one item, writes its file and returns its row. Processes and Ray use the same worker."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tts import TTS
from tts.core.errors import TextError
from tts.serving.bulk.items import Item

Row = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """Options of a bulk run.

    Attributes:
        output: folder of the files and the manifest; on a cluster all nodes must share it.
        voice: a name or a folder; None is the default voice.
        suffix: ``.wav``, ``.flac`` or ``.mp3``.
        seed, speed, pitch, repair: as in `tts.TTS`.
        lexicon: a file of pronunciations.
        engine, device, threads: as in `tts.TTS`.
    """

    output: str
    voice: str | None = None
    suffix: str = ".wav"
    seed: int = 0
    speed: float = 1.0
    pitch: float = 0.0
    repair: bool = True
    lexicon: str | None = None
    engine: str | None = None
    device: str = "cpu"
    threads: int = 1

    def key(self, item: Item) -> str:
        """A hash of the text and the options that change the audio."""
        options = {
            name: asdict(self)[name] for name in ("voice", "suffix", "seed", "speed", "pitch", "repair", "lexicon")
        }
        content = json.dumps([item.text, options], sort_keys=True).encode("utf-8", "surrogatepass")
        return hashlib.sha256(content).hexdigest()[:16]

    def path(self, item: Item) -> Path:
        """The path of the item's file, the same in every run."""
        return Path(self.output) / "audio" / f"{item.id}{self.suffix}"


class Worker:
    """Speaks items with one loaded voice."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._tts = TTS(work.voice, work.device, work.engine, work.threads)
        if work.lexicon:
            self._tts.engine.frontend.add_lexicon(work.lexicon)

    def __call__(self, item: Item) -> Row:
        """The row of the manifest.

        A text that cannot be spoken has an ``error`` in its row. Errors that stop the whole run are raised:
        `tts.audio.io.AudioError` if the file cannot be written, and `tts.voices.finding.VoiceError`.
        """
        work, path = self._work, self._work.path(item)
        row: Row = {"id": item.id, "text": item.text, "key": work.key(item)}
        try:
            speech = self._tts(item.text, work.seed, work.speed, repair=work.repair, pitch=work.pitch)
        except TextError as error:
            return row | {"error": str(error)}
        speech.save(path)  # writes a temporary file and renames it, so that no incomplete file has this name
        faults = [{"kind": fault.kind, "message": fault.message} for fault in speech.report.faults]
        words = [[word.text, round(word.start, 3), round(word.end, 3)] for word in speech.words]
        return row | {
            "file": path.relative_to(work.output).as_posix(),
            "duration": round(speech.duration, 4),
            "healthy": speech.report.healthy,
            "faults": faults,
            "words": words,
        }
