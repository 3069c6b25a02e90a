"""Synthesizes the texts of an evaluation: audio, alignment reports and times. Each result is cached when it is done."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tts.alignment import html_report as page
from tts.alignment import is_spoken
from tts.evaluation.result_cache import cached_json
from tts.evaluation.test_texts import EvaluationText
from tts.synthesis.speech import AudioChunk, Speech, SpokenSentence
from tts.text.frontend import EncodedSentence, TextFrontend

Speak = Callable[[str], Speech]
Stream = Callable[[str], Iterator[AudioChunk]]
WARM_UP = "The first words of a process are slower than the rest."


class WholeTextFrontend:
    """A front end that encodes every text as one sentence of any length, to test attention beyond its training lengths.

    Args:
        frontend: the front end of the voice.
    """

    def __init__(self, frontend: TextFrontend) -> None:
        self._frontend = frontend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._frontend, name)

    def __call__(self, text: str) -> Any:
        """Encode a text; see `tts.text.frontend.TextFrontend`."""
        return self._frontend(text)

    def read(self, text: str) -> list[EncodedSentence]:
        """The whole text as one sentence."""
        return list(self.sentences(text))

    def sentences(self, text: str) -> Iterator[EncodedSentence]:
        """Yield the whole text as one sentence."""
        yield EncodedSentence(self._frontend(text), 0.0)


def synthesize_all(
    speak: Speak, stream: Stream, passages: Sequence[EvaluationText], made_from: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """Synthesize every text; return the results of `_read` by id and write ``folder/wavs/ID.wav``.

    A result of an earlier call is used again if the text, ``made_from`` and the wave file are unchanged.

    Args:
        speak: synthesizes a text of any length.
        stream: synthesizes a text in chunks.
        passages: the texts.
        made_from: plain values that the speech depends on besides the text: voice, seed, repair.
        folder: the folder of the report.
    """
    wavs, readings, warm = folder / "wavs", {}, False

    def read(passage: EvaluationText) -> dict[str, Any]:
        nonlocal warm
        if not warm:
            speak(WARM_UP)
            _first(stream, WARM_UP)
            warm = True
        return _read(speak, stream, passage, wavs / f"{passage.id}.wav")

    for passage in tqdm(passages, desc="speaking", unit="text"):
        path = folder / "readings" / f"{passage.id}.json"
        if not (wavs / f"{passage.id}.wav").is_file():
            path.unlink(missing_ok=True)
        key = {**made_from, "text": passage.text}
        readings[passage.id] = cached_json(path, key, partial(read, passage))
    return readings


def _read(speak: Speak, stream: Stream, passage: EvaluationText, path: Path) -> dict[str, Any]:
    """Synthesize one text and describe the result.

    ``seconds``      duration of the audio
    ``synthesis``    processor time of the synthesis in seconds
    ``first_audio``  processor time until the first chunk of a stream
    ``symbols``      number of symbols that are spoken
    ``tried``        number of sentences; ``errors`` and ``errors_kept``: those with faults before and after repair
    ``sentences``    see `_sentence`
    """
    speech, synthesis = _timed(speak, passage.text)
    _, first_audio = _timed(partial(_first, stream), passage.text)
    several = len(speech.sentences) > 1
    speech.save(path)
    names = [f"{passage.id}.{n}" if several else passage.id for n in range(1, len(speech.sentences) + 1)]
    return {
        "seconds": speech.duration,
        "synthesis": synthesis,
        "first_audio": first_audio,
        "symbols": sum(map(is_spoken, speech.symbols)),
        "tried": len(speech.healthy_at_first_attempt),
        "errors": speech.healthy_at_first_attempt.count(False),
        "errors_kept": sum(not sentence.report.healthy for sentence in speech.sentences),
        "sentences": [_sentence(name, one, speech.sample_rate) for name, one in zip(names, speech.sentences)],
    }


def _first(stream: Stream, text: str) -> AudioChunk:
    """The first chunk that is not empty."""
    return next(piece for piece in stream(text) if len(piece.audio))


def _timed(make: Callable[[str], Any], text: str) -> tuple[Any, float]:
    """Return the result and the processor time in seconds, which other processes do not affect."""
    begin = time.process_time()
    result = make(text)
    return result, time.process_time() - begin


def _sentence(name: str, sentence: SpokenSentence, rate: int) -> dict[str, Any]:
    """The numbers of a sentence, and ``page``, its entry in the HTML report."""
    shown = page.page_entry(
        name,
        None,
        sentence.text,
        sentence.symbols,
        sentence.report,
        sentence.mel,
        {"attention": sentence.alignment},
        sentence.stop,
        sentence.audio,
        rate,
    )
    letters = sum(map(is_spoken, sentence.symbols))
    return {
        "name": name,
        "letters": letters,
        "seconds": len(sentence.audio) / rate,
        **sentence.as_dict(),
        "page": shown,
    }


def fingerprint(folder: Path) -> str:
    """Fingerprint of all files of a voice folder; voices with the same fingerprint give the same speech."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(path.relative_to(folder).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
