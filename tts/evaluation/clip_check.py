"""Checks with a speech recognizer whether the recordings of a corpus match their texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tts.core.files import atomic_write
from tts.data.journal import AUDIO
from tts.data.metadata import Problem
from tts.evaluation.asr import load_recognizer, resampled
from tts.evaluation.error_rates import check_installed, count_errors, error_rates

TRANSCRIPTS = "transcripts.jsonl"
#: Number of texts compared with a transcript, those that share most words with it; share of errors of the same text.
MOST_COMPARED, WELL_HEARD = 3, 0.3


class ClipCheck:
    """Counts the word errors of every clip of a corpus; the transcripts are stored in ``transcripts.jsonl``.

    Args:
        asr: the recognizer, as ``--asr`` of ``tts.evaluate``.
        max_wer: percent of word errors above which a clip is left out.
        min_errors: ... if it has at least this many, so that one misheard name does not cost a short clip.
    """

    def __init__(self, asr: str, max_wer: float, min_errors: int) -> None:
        check_installed()
        self._recognizer = load_recognizer(asr)
        self.max_wer, self.min_errors = max_wer, min_errors

    def __call__(
        self, folder: Path, records: Sequence[Mapping[str, Any]], sample_rate: int
    ) -> tuple[list[Problem], dict[str, Any]]:
        """Return the clips to leave out and figures for the report. The next call continues an interrupted check.

        Args:
            folder: of the corpus, with the sounds of ``records``.
            records: of a preparation's journal.
            sample_rate: of the sounds, in Hz.
        """
        checked = []
        for record, heard in self._hear([one for one in records if "samples" in one], folder, sample_rate):
            checked.append({**heard, **count_errors(record["text"], heard["heard"], self._recognizer.normalize)})
        atomic_write(folder / TRANSCRIPTS, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in checked))
        texts = {record["id"]: record["text"] for record in records}
        wrong = [one for one in checked if self._is_wrong(one)]
        words = {name: set(self._recognizer.normalize(text).split()) for name, text in texts.items()} if wrong else {}
        problems = [self._problem(one, texts, words) for one in wrong]
        if not checked:
            return problems, {}
        rates = error_rates(checked)
        figure = f"{rates['wer']:.2f} ± {rates['wer_interval']:.2f} % in {len(checked)} clips"
        return problems, {"word errors": f"{figure}, heard by {self._recognizer.name}"}

    def _hear(
        self, records: Sequence[Mapping[str, Any]], folder: Path, sample_rate: int
    ) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
        known = _read(folder / TRANSCRIPTS)
        sounds = np.memmap(folder / AUDIO, dtype=np.int16, mode="r") if records else np.zeros(0, np.int16)
        with (folder / TRANSCRIPTS).open("a", encoding="utf-8") as journal:
            for record in tqdm(records, desc="listening", unit="clip"):
                key = {"id": record["id"], "key": record["key"], "asr": self._recognizer.name}
                found = known.get(record["id"], {})
                if not key.items() <= found.items():
                    start, count = record["samples"]
                    wav = sounds[start : start + count].astype(np.float32) / 32768.0
                    found = {**key, "heard": self._recognizer(resampled(wav, sample_rate))}
                    journal.write(json.dumps(found, ensure_ascii=False) + "\n")
                    journal.flush()
                yield record, found

    def _is_wrong(self, one: Mapping[str, Any]) -> bool:
        return one["word_errors"] >= self.min_errors and 100 * one["word_errors"] > self.max_wer * one["words"]

    def _problem(self, one: Mapping[str, Any], texts: Mapping[str, str], words: Mapping[str, set[str]]) -> Problem:
        detail = f"{one['word_errors']} errors in {one['words']} words; heard: {one['heard']}"
        if other := self._other_text(one, texts, words):
            detail += f"; that is the text of {other}"
        return Problem(one["id"], "transcript", detail, True)

    def _other_text(
        self, one: Mapping[str, Any], texts: Mapping[str, str], words: Mapping[str, set[str]]
    ) -> str | None:
        """The id of the text of the corpus that fits the transcript much better, if there is one."""
        heard = set(self._recognizer.normalize(one["heard"]).split())
        shared = {name: len(heard & said) for name, said in words.items()}
        for name in sorted(shared, key=lambda name: -shared[name])[:MOST_COMPARED]:
            found = count_errors(texts[name], one["heard"], self._recognizer.normalize)
            if name != one["id"] and found["word_errors"] <= WELL_HEARD * found["words"]:
                return name
        return None


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """The newest line of each id, without an incomplete last line."""
    content = path.read_bytes() if path.is_file() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        atomic_write(path, whole)
    return {one["id"]: one for one in map(json.loads, whole.splitlines())}
