"""Whether the clips of a corpus say their texts: a recognizer hears each of them."""

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


class ClipCheck:
    """Counts the word errors of every clip of a corpus; what was heard is kept in ``transcripts.jsonl``.

    Args:
        asr: the recognizer, as ``--asr`` of ``tts.evaluate``.
        max_wer: percent of word errors above which a clip is left out.
        min_errors: ... if it has at least this many, so that one misheard name does not cost a short clip.
    """

    def __init__(self, asr: str = "whisper", max_wer: float = 30.0, min_errors: int = 2) -> None:
        check_installed()
        self._recognizer = load_recognizer(asr)
        self.max_wer, self.min_errors = max_wer, min_errors

    def __call__(
        self, folder: Path, records: Sequence[Mapping[str, Any]], sample_rate: int
    ) -> tuple[list[Problem], dict[str, Any]]:
        """The clips to leave out, and figures for the report. An interrupted check is continued by the next one.

        Args:
            folder: of the corpus, with the sounds of ``records``.
            records: of a preparation's journal.
            sample_rate: of the sounds, in Hz.
        """
        checked = []
        for record, heard in self._hear([one for one in records if "samples" in one], folder, sample_rate):
            checked.append({**heard, **count_errors(record["text"], heard["heard"], self._recognizer.normalize)})
        atomic_write(folder / TRANSCRIPTS, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in checked))
        problems = [problem for one in checked if (problem := self._judge(one))]
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

    def _judge(self, one: Mapping[str, Any]) -> Problem | None:
        errors, words = one["word_errors"], one["words"]
        if errors < self.min_errors or 100 * errors <= self.max_wer * words:
            return None
        return Problem(one["id"], "transcript", f"{errors} errors in {words} words; heard: {one['heard']}", True)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """By id the newest line; one that was not finished is dropped."""
    content = path.read_bytes() if path.is_file() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        atomic_write(path, whole)
    return {one["id"]: one for one in map(json.loads, whole.splitlines())}
