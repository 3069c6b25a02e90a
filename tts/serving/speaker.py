"""Synthesis for the server: runs tasks, several at a time, and yields their events."""

from __future__ import annotations

import copy
import gc
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tts import TTS, Speech
from tts.core.errors import AttuneError, TextError
from tts.serving.batching import BatchedEngine, Cancelled, cancellable
from tts.serving.describe import describe_sentence, describe_speech
from tts.serving.formats import make_encoder
from tts.serving.settings import Settings

log = logging.getLogger(__name__)
WARM_UP = "Hello."


@dataclass(frozen=True)
class Task:
    """What to synthesize, in plain values that can be sent to another process.

    Attributes:
        text: plain text or SSML.
        voice: name of a loaded voice.
        format: a key of `tts.serving.formats.MEDIA_TYPES`.
        sample_rate: of the output in Hz; None is the format's or the voice's.
        whole: one file with its length in the header instead of a stream.
        seed, speed, pitch, repair: as in `tts.TTS`.
        lexicon: words and their pronunciations, IPA or ARPAbet.
        details: ``"words"`` adds words and report of each sentence to the events; ``"arrays"`` also alignment and mel.
    """

    text: str
    voice: str
    format: str = "wav"
    sample_rate: int | None = None
    whole: bool = False
    seed: int = 0
    speed: float = 1.0
    pitch: float = 0.0
    repair: bool = True
    lexicon: tuple[tuple[str, str], ...] = ()
    details: str = ""


class Event(NamedTuple):
    """An event of a task.

    ``kind`` is ``"audio"`` (value: bytes), ``"sentence"`` or ``"done"`` (value: a dict), or ``"error"`` (value: a
    `Failure`).
    """

    kind: str
    value: Any


class Failure(NamedTuple):
    """Why a task failed: an HTTP status, a short code, and a sentence for the client."""

    status: int
    code: str
    message: str


class VoiceInfo(NamedTuple):
    """Public facts about a loaded voice."""

    name: str
    sample_rate: int
    language: str
    symbols: tuple[str, ...] = ()


class Speaker:
    """The loaded voices of one process.

    Raises:
        tts.voices.voice.VoiceError: a voice is missing or damaged.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._voices: dict[str, TTS] = {}
        self._engines: dict[str, BatchedEngine] = {}
        for name in settings.voices or (None,):
            tts = _load(name, settings)
            self._voices[tts.engine.name] = tts
            self._engines[tts.engine.name] = tts.engine = BatchedEngine(tts.engine, 2 * settings.batch)
        self._with_lexicon = lru_cache(maxsize=16)(self._build_with_lexicon)
        gc.freeze()  # collecting garbage among the voices would pause a request for 70 ms

    @property
    def voices(self) -> list[VoiceInfo]:
        """The default one first."""
        fronts = [(name, tts.sample_rate, tts.engine.frontend) for name, tts in self._voices.items()]
        return [VoiceInfo(name, rate, front.language, tuple(front.symbols)) for name, rate, front in fronts]

    def run(self, task: Task, is_cancelled: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Yield the events of ``task``. The last one is "done" or "error"; a cancelled task just ends."""
        try:
            with cancellable(is_cancelled):
                for event in self._run(task):
                    if is_cancelled():
                        return
                    yield event
        except Cancelled:
            return
        except AttuneError as error:
            yield Event("error", Failure(400, "invalid_input", str(error)))
        except Exception:
            log.exception("a request failed")
            yield Event(
                "error", Failure(500, "synthesis_failed", "The speech could not be made; see the server's log.")
            )

    def _run(self, task: Task) -> Iterator[Event]:
        tts = self._with_lexicon(task.voice, task.lexicon)
        hop = tts.engine.hop_length
        encoder = make_encoder(task.format, tts.sample_rate, task.sample_rate, task.whole)
        pieces, sentences, samples = [], {}, 0
        chunked = task.details != "arrays"  # arrays need the whole sentence
        for piece in tts.stream(task.text, task.seed, task.speed, task.repair, task.pitch, chunked=chunked):
            if piece.sentence.start not in sentences:
                sentences[piece.sentence.start] = piece.sentence
                values = describe_sentence(piece.sentence, tts.sample_rate, hop, task.details == "arrays")
                yield Event("sentence", values)
            samples += len(piece.audio)
            if samples > self._settings.max_seconds * tts.sample_rate:
                raise TextError(f"the speech is longer than {self._settings.max_seconds:g} seconds; send less text")
            pieces.append(piece.audio)
            if data := encoder.feed(piece.audio):
                yield Event("audio", data)
        if data := encoder.finish():
            yield Event("audio", data)
        yield Event("done", _finish(task, tts, pieces, list(sentences.values())))

    def _build_with_lexicon(self, name: str, lexicon: tuple[tuple[str, str], ...]) -> TTS:
        """The voice, or a shallow copy of it whose front end also has ``lexicon``."""
        tts = self._voices[name]
        if not lexicon:
            return tts
        frontend = copy.copy(tts.engine.frontend)
        with tempfile.TemporaryDirectory(prefix="attune-") as folder:
            path = Path(folder) / "lexicon"
            path.write_text("".join(f"{word} {pronunciation}\n" for word, pronunciation in lexicon), encoding="utf-8")
            try:
                frontend.add_lexicon(path)
            except TextError as error:
                raise TextError(str(error).replace(str(path), "lexicon")) from error
        tuned = copy.copy(tts)
        tuned.engine = self._engines[name].with_frontend(frontend)
        return tuned


def _load(name: str | None, settings: Settings) -> TTS:
    tts = TTS(name, settings.device, settings.engine, settings.threads)
    with suppress(TextError):  # the language may not use these letters
        list(tts.stream(WARM_UP, repair=False))  # makes the first request as fast as the later ones
    return tts


def _finish(task: Task, tts: TTS, pieces: list[np.ndarray], sentences: list[Any]) -> dict[str, Any]:
    mel = np.concatenate([sentence.mel for sentence in sentences], axis=1)
    speech = Speech(task.text, np.concatenate(pieces), tts.sample_rate, mel, sentences)
    values = describe_speech(speech) if task.details else {"duration": speech.duration}
    faults = [fault.kind for fault in speech.report.faults]
    return values | {"faults": faults, "symbols": sum(len(sentence.symbols) for sentence in sentences)}
