"""What a voice said: audio, and how it came about.

A long text is a sequence of sentences, each with its own mel and alignment; pauses lie between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tts.alignment import AlignmentReport, is_spoken, plot_utterance
from tts.audio.io import save_audio


@dataclass(frozen=True)
class SpokenSentence:
    """One sentence of a `Speech`.

    Attributes:
        text: as it was written.
        phonemes: as it was read.
        symbols: T_text symbols, one for each column of the alignment.
        audio: (T_wav,) float32.
        mel: (M, T_mel) float32, natural logarithm.
        alignment: (T_dec, T_text) float32, mean over heads.
        stop: (T_dec,) float32, probability of the end at each step.
        report: what the alignment says about the reading.
        start: seconds from the begin of the speech.
    """

    text: str
    phonemes: str
    symbols: list[str]
    audio: np.ndarray
    mel: np.ndarray
    alignment: np.ndarray
    stop: np.ndarray
    report: AlignmentReport
    start: float = 0.0

    def plot(self, path: str | Path | None = None) -> Any:
        """Mel, alignment and stop curve as a matplotlib Figure, also written to ``path`` where one is given."""
        figure = plot_utterance(self.mel, self.alignment, self.stop, self.symbols, self.text)
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(path)
        return figure


@dataclass(frozen=True)
class Speech:
    """What was spoken, and how it came about.

    Attributes:
        text: the whole text.
        audio: (T_wav,) float32 in [-1, 1].
        sample_rate: in Hz.
        mel: (M, T_mel) float32, natural logarithm; pauses hold its floor. T_wav = T_mel * hop length.
        sentences: the parts, in order.
    """

    text: str
    audio: np.ndarray
    sample_rate: int
    mel: np.ndarray
    sentences: list[SpokenSentence]

    @property
    def duration(self) -> float:
        """In seconds."""
        return len(self.audio) / self.sample_rate

    @property
    def phonemes(self) -> str:
        """IPA of the whole text."""
        return " ".join(sentence.phonemes for sentence in self.sentences)

    @property
    def symbols(self) -> list[str]:
        """One for each column of `alignment`."""
        return [symbol for sentence in self.sentences for symbol in sentence.symbols]

    @property
    def alignment(self) -> np.ndarray:
        """(T_dec, T_text) float32; of several sentences the block diagonal, steps and symbols one after another."""
        blocks = [sentence.alignment for sentence in self.sentences]
        joined = np.zeros(np.sum([block.shape for block in blocks], axis=0), dtype=np.float32)
        row = column = 0
        for block in blocks:
            joined[row : row + block.shape[0], column : column + block.shape[1]] = block
            row, column = row + block.shape[0], column + block.shape[1]
        return joined

    @property
    def report(self) -> AlignmentReport:
        """What the alignment says about the reading, for the whole text; `sentences` have their own."""
        return _summary(self.sentences)

    def save(self, path: str | Path) -> Path:
        """Write ``.wav`` or ``.flac``; missing folders are made. Raises `tts.audio.io.AudioError` if it cannot."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_audio(path, self.audio, self.sample_rate)
        return path

    def plot(self, path: str | Path | None = None, sentence: int = 0) -> Any:
        """Mel, alignment and stop curve of one sentence as a matplotlib Figure, also written to ``path``."""
        return self.sentences[sentence].plot(path)


def _summary(sentences: list[SpokenSentence]) -> AlignmentReport:
    """One report for all: means over steps and spoken symbols, faults with the number of their sentence."""
    if len(sentences) == 1:
        return sentences[0].report
    reports = [sentence.report for sentence in sentences]
    steps = [len(sentence.alignment) for sentence in sentences]
    spoken = [max(1, sum(map(is_spoken, sentence.symbols))) for sentence in sentences]
    faults = [
        f"sentence {number}: {report.verdict}"
        for number, report in enumerate(reports, 1)
        if report.skipped or report.backward_jumps or not report.end_reached
    ]
    return AlignmentReport(
        focus=float(np.average([report.focus for report in reports], weights=steps)),
        diagonality=float(np.average([report.diagonality for report in reports], weights=steps)),
        coverage=float(np.average([report.coverage for report in reports], weights=spoken)),
        skipped=[f"{name} in sentence {n}" for n, report in enumerate(reports, 1) for name in report.skipped],
        backward_jumps=sum(report.backward_jumps for report in reports),
        end_reached=all(report.end_reached for report in reports),
        verdict="; ".join(faults) or "complete and in order",
    )
