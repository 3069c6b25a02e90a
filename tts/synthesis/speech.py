"""The result of synthesis: audio, mel, alignment, words and faults.

A long text is a sequence of sentences, each with its own mel and alignment; pauses lie between them.
"""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from tts.alignment import AlignmentReport, is_spoken, plot_utterance
from tts.alignment.picture import png, utterance_picture
from tts.alignment.report import summarize
from tts.audio.conversion import MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, convert_chunks
from tts.audio.io import AudioError, save_audio, write_audio
from tts.core.errors import AttuneError, TextError
from tts.core.files import atomic_write, replacing
from tts.core.word import Word
from tts.synthesis.timestamps import write_timings

INSTALL_PLOTS = "pip install matplotlib"
MAX_ALIGNMENT_BYTES, MAX_PICTURE_BYTES = 1_000_000_000, 40_000_000  # of `Speech.alignment`, and of its picture


class Attempt(NamedTuple):
    """One attempt at a sentence, used or discarded; `tts.synthesis.repair` describes the strategies."""

    strategy: str
    seed: int
    healthy: bool
    verdict: str
    severity: int
    text: str | None = None  # text of the part, if the sentence was split


@dataclass(frozen=True)
class SpokenSentence:
    """One sentence of a `Speech`.

    Attributes:
        text: the written text.
        phonemes: its phonemes in IPA.
        symbols: T_text symbols, one for each column of the alignment.
        audio: (T_wav,) float32.
        mel: (M, T_mel) float32, natural logarithm.
        alignment: (T_dec, T_text) float32, mean over heads.
        stop: (T_dec,) float32, probability of the end at each step.
        report: the alignment report; positions of faults are positions in the whole text.
        words: the words; positions are those in the whole text, times are seconds from the beginning of the sentence.
        char_start: position of the sentence in the whole text.
        start: seconds from the beginning of the speech to the beginning of the sentence.
        pause: seconds of silence after the sentence if another one follows.
        lead: seconds of silence before the sentence, if the text begins with a break.
        tail: seconds of silence after the sentence, if the text ends with a break.
        volume: decibels above the level of the voice.
        attempts: all attempts in order. Those of the second part of a split sentence begin with the split.
    """

    text: str
    phonemes: str
    symbols: list[str]
    audio: np.ndarray
    mel: np.ndarray
    alignment: np.ndarray
    stop: np.ndarray
    report: AlignmentReport
    words: tuple[Word, ...] = ()
    start: float = 0.0
    pause: float = 0.0
    lead: float = 0.0
    attempts: tuple[Attempt, ...] = ()
    volume: float = 0.0
    char_start: int = 0
    tail: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Text, words, faults and attempts as plain values for JSON; no arrays."""
        return {
            "text": self.text,
            "phonemes": self.phonemes,
            "start": self.start,
            "report": self.report.as_dict(),
            "attempts": [attempt._asdict() for attempt in self.attempts],
        }

    def plot(self, path: str | Path | None = None) -> Any:
        """Plot mel, alignment and stop curve as a matplotlib Figure; also write it to ``path`` if that is given.

        Without matplotlib a ``.png`` file has no axes and labels, and the result is None.

        Raises:
            AttuneError: matplotlib is not installed, and ``path`` is not a ``.png`` file.
        """
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        if find_spec("matplotlib") is None:
            if path is None or Path(path).suffix.lower() != ".png":
                raise AttuneError(f"A picture other than a .png needs matplotlib. Install it: {INSTALL_PLOTS}")
            atomic_write(Path(path), png(utterance_picture(self.mel, self.alignment, self.stop)))
            return None
        figure = plot_utterance(self.mel, self.alignment, self.stop, self.symbols, self.text)
        if path is not None:
            with replacing(path) as temporary:
                figure.savefig(temporary)
        return figure


class AudioChunk(NamedTuple):
    """A chunk of the audio of a text that is still being synthesized.

    Attributes:
        audio: (T,) float32. All chunks together are the audio of the `Speech`.
        sentence: the sentence of the audio, or the sentence before the pause. It has no audio itself. If its mel is
            computed in chunks, the mel is zero where it has not been computed yet, and complete with the last chunk.
    """

    audio: np.ndarray
    sentence: SpokenSentence


def _alignment_image(alignment: np.ndarray) -> str:
    """(T_dec, T_text) as an HTML image; symbols go upwards, decoder steps to the right."""
    pixels = (255 * (1 - alignment.T[::-1].clip(0, 1))).astype(np.uint8)  # (T_text, T_dec)
    image = base64.b64encode(png(pixels)).decode()
    return f'<img alt="alignment" style="width:24em;height:12em" src="data:image/png;base64,{image}">'


def _checked_rate(rate: Any) -> int:
    try:
        if rate == int(rate) and MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
            return int(rate)
    except (TypeError, ValueError, OverflowError):
        pass
    raise AudioError(f"sample_rate is {rate!r}: use a whole number from {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE}")


@dataclass(frozen=True, repr=False)
class Speech:
    """Synthesized speech: audio, mel, alignment and report.

    Attributes:
        text: the whole text.
        audio: (T_wav,) float32 in [-1, 1].
        sample_rate: in Hz.
        mel: (M, T_mel) float32, natural logarithm; in pauses it is at its floor. T_wav = T_mel * hop length.
        sentences: the sentences in order.
    """

    text: str
    audio: np.ndarray
    sample_rate: int
    mel: np.ndarray
    sentences: list[SpokenSentence]

    @property
    def duration(self) -> float:
        """Duration in seconds."""
        return len(self.audio) / self.sample_rate

    @property
    def phonemes(self) -> str:
        """IPA of the whole text."""
        return " ".join(sentence.phonemes for sentence in self.sentences)

    @property
    def symbols(self) -> list[str]:
        """The symbols, one for each column of `alignment`."""
        return [symbol for sentence in self.sentences for symbol in sentence.symbols]

    @property
    def words(self) -> list[Word]:
        """The words of the text with their positions in it, and the times of words and phonemes in seconds."""
        return [word.shifted(sentence.start) for sentence in self.sentences for word in sentence.words]

    @property
    def alignment(self) -> np.ndarray:
        """(T_dec, T_text) float32. For several sentences: a block diagonal matrix, with steps and symbols concatenated.

        The size grows with the square of the length. For a text of many minutes, use the alignments of `sentences`.

        Raises:
            TextError: the matrix would need more than `MAX_ALIGNMENT_BYTES`.
        """
        blocks = [sentence.alignment for sentence in self.sentences]
        if self._alignment_bytes > MAX_ALIGNMENT_BYTES:
            raise TextError(
                f"The alignment of the whole text would take {self._alignment_bytes / 1e9:.1f} GB. Use those of its "
                f"{len(blocks)} sentences: speech.sentences[0].alignment."
            )
        joined = np.zeros(np.sum([block.shape for block in blocks], axis=0), dtype=np.float32)
        row = column = 0
        for block in blocks:
            joined[row : row + block.shape[0], column : column + block.shape[1]] = block
            row, column = row + block.shape[0], column + block.shape[1]
        return joined

    @property
    def _alignment_bytes(self) -> int:
        steps, symbols = np.sum([sentence.alignment.shape for sentence in self.sentences], axis=0)
        return 4 * int(steps) * int(symbols)

    @property
    def report(self) -> AlignmentReport:
        """The alignment report of the whole text; each of `sentences` has its own."""
        steps = [len(sentence.alignment) for sentence in self.sentences]
        spoken = [sum(map(is_spoken, sentence.symbols)) for sentence in self.sentences]
        return summarize([sentence.report for sentence in self.sentences], steps, spoken)

    @property
    def healthy_at_first_attempt(self) -> list[bool]:
        """For each sentence, whether the first attempt, before any repair, had no fault."""
        return [s.attempts[0].healthy for s in self.sentences if s.attempts and s.attempts[0].strategy == "first"]

    def as_dict(self) -> dict[str, Any]:
        """The complete report as plain values for JSON: verdict, sentences, faults, attempts."""
        return {
            "text": self.text,
            "duration": self.duration,
            "healthy": self.report.healthy,
            "verdict": self.report.verdict,
            "healthy_at_first_try": sum(self.healthy_at_first_attempt),
            "tried": len(self.healthy_at_first_attempt),
            "sentences": [sentence.as_dict() for sentence in self.sentences],
        }

    def save(
        self, path: str | Path | BinaryIO, format: str | None = None, sample_rate: int | None = None
    ) -> Path | BinaryIO:
        """Write the audio to a file, or to an open binary file. The folder of a file is created.

        Args:
            path: path of a ``.wav``, ``.flac``, ``.mp3``, ``.ogg`` or ``.opus`` file, or an object with ``write``.
            format: "wav", "flac", "mp3", "ogg" or "opus". None uses the suffix of the path, and "wav" for an object.
            sample_rate: in Hz, such as 8000 for telephony; None uses the rate of the voice (opus: 24,000 Hz).

        Returns:
            ``path``.

        Raises:
            tts.audio.io.AudioError: the audio cannot be written.
        """
        rate = self.sample_rate if sample_rate is None else _checked_rate(sample_rate)
        audio = np.concatenate(list(convert_chunks([self.audio], self.sample_rate, rate)))
        if not isinstance(path, (str, Path)):
            write_audio(path, audio, rate, format or "wav")
            return path
        save_audio(path, audio, rate, format=format)
        return Path(path)

    def _repr_html_(self) -> str:
        """HTML for notebooks: a player, the verdict and the alignment."""
        buffer = io.BytesIO()
        write_audio(buffer, self.audio, self.sample_rate, "wav")
        sound = base64.b64encode(buffer.getvalue()).decode()
        verdict = "complete and in order" if self.report.healthy else self.report.verdict
        picture = _alignment_image(self.alignment) if self._alignment_bytes <= MAX_PICTURE_BYTES else ""
        return (
            f'<div><audio controls src="data:audio/wav;base64,{sound}"></audio>'
            f"<p>{html.escape(self.text[:200])}</p><p>{self.duration:.2f} s, {html.escape(verdict)}</p>"
            f"{picture}</div>"
        )

    def __repr__(self) -> str:
        return f"Speech({self.text[:40]!r}, {self.duration:.2f} s at {self.sample_rate} Hz, {self.report.verdict})"

    def save_timings(self, path: str | Path) -> Path:
        """Write `words` as ``.json``, ``.srt``, ``.vtt`` or ``.TextGrid``. AttuneError for another suffix."""
        return write_timings(path, self.text, self.words, self.duration)

    def plot(self, path: str | Path | None = None, sentence: int = 0) -> Any:
        """Plot mel, alignment and stop curve of one sentence; see `SpokenSentence.plot`."""
        return self.sentences[sentence].plot(path)
