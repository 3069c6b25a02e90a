"""Command-line options for the output sound: volume, silence, sample rate, encoding and playback."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tts.commands.arguments import UsageError
from tts.commands.parsing import number, whole_number
from tts.synthesis.limits import MAX_PITCH, MAX_SPEED, MIN_SPEED

if TYPE_CHECKING:
    import numpy as np

ENCODINGS = ("pcm16", "ulaw", "alaw")


def add_sound_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--play`` and the other options for the output sound."""
    add = parser.add_argument
    add("--play", action="store_true", help="play the speech during synthesis; with -o also write it to the file")
    add("--volume", type=number(0, 10), default=1.0, help="multiply the amplitude by this factor and clip (default: 1)")
    seconds = "stop with an error if a text gives more seconds of audio (default: 14400)"
    add("--max-seconds", type=number(0.1, 1e6), metavar="SECONDS", help=seconds)
    silence = "seconds of silence after a sentence; <break> keeps its own (default: 0.35, after a paragraph 0.6)"
    add("--sentence-silence", "--sentence_silence", type=number(0, 60), metavar="SECONDS", help=silence)
    rate = "the sample rate of the output in Hz, such as 8000 (default: the voice's rate)"
    add("--sample-rate", type=whole_number(4000, 192_000), metavar="HZ", help=rate)
    encoding = "the encoding of wav files; ulaw and alaw are for telephony (default: pcm16)"
    add("--encoding", choices=ENCODINGS, default="pcm16", help=encoding)


def add_delivery_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--speed`` and ``--pitch``."""
    speed = "the speed as a factor; 2 is twice as fast (default: 1)"
    parser.add_argument("--speed", type=number(MIN_SPEED, MAX_SPEED), default=1.0, help=speed)
    pitch = "the pitch shift in semitones, for models with pitch control (default: 0)"
    semitones = number(-MAX_PITCH, MAX_PITCH)
    parser.add_argument("--pitch", type=semitones, default=0.0, metavar="SEMITONES", help=pitch)


def check_sound_options(arguments: argparse.Namespace, paths: Iterable[Path]) -> None:
    """Raise `UsageError` if a file cannot have the requested encoding."""
    for path in paths:
        if arguments.encoding != "pcm16" and path.suffix.lower() != ".wav":
            raise UsageError(f"--encoding {arguments.encoding} is only for wav files. Give {path} the suffix .wav.")


def convert(arguments: argparse.Namespace, chunks: Iterable[np.ndarray], sample_rate: int) -> Iterator[np.ndarray]:
    """Apply ``--volume`` and ``--sample-rate`` to audio chunks. The result has `output_rate`."""
    from tts.audio.conversion import convert_chunks

    return convert_chunks(chunks, sample_rate, arguments.sample_rate, arguments.volume)


def output_rate(arguments: argparse.Namespace, sample_rate: int) -> int:
    """The sample rate of the output in Hz."""
    return arguments.sample_rate or sample_rate


def save_speech(arguments: argparse.Namespace, speech: Any, path: Path) -> None:
    """Write a `Speech` with the options for the output sound. Raises `tts.audio.io.AudioError`."""
    import numpy as np

    from tts.audio.io import save_audio

    audio = np.concatenate(list(convert(arguments, [speech.audio], speech.sample_rate)))
    save_audio(path, audio, output_rate(arguments, speech.sample_rate), arguments.encoding)


class FixedSilence:
    """A text front end with a fixed silence after sentences and paragraphs.

    Args:
        frontend: the front end of the voice.
        seconds: the length of the silence.
    """

    def __init__(self, frontend: Any, seconds: float) -> None:
        self._frontend, self._seconds = frontend, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._frontend, name)

    def __call__(self, text: str) -> Any:
        """See `tts.text.frontend.TextFrontend`."""
        return self._frontend(text)

    def read(self, text: str) -> list[Any]:
        """See `tts.text.frontend.TextFrontend`."""
        return list(self.sentences(text))

    def sentences(self, text: str) -> Iterator[Any]:
        """See `tts.text.frontend.TextFrontend`."""
        from tts.text.sentences import PARAGRAPH_PAUSE, SENTENCE_PAUSE

        own = (PARAGRAPH_PAUSE, SENTENCE_PAUSE)
        for part in self._frontend.sentences(text):
            yield part._replace(pause=self._seconds) if part.pause in own else part
