"""Options of a command line about how speech sounds and where it goes: loudness, silence, telephony, loudspeaker."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tts.commands.arguments import UsageError

if TYPE_CHECKING:
    import numpy as np

RATES = (4000, 192_000)
ENCODINGS = ("pcm16", "ulaw", "alaw")


def add_sound_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--play`` and its like."""
    add = parser.add_argument
    add("--play", action="store_true", help="play the speech, while it is made; with -o also write it")
    add("--volume", type=_volume, default=1.0, help="2 is twice the amplitude, clipped (default: 1)")
    add("--max-seconds", type=_seconds, metavar="SECONDS", help="refuse a text that makes more sound (4 hours)")
    silence = "seconds of silence after a sentence instead of the voice's own; <break> counts as it is"
    add("--sentence-silence", "--sentence_silence", type=_silence, metavar="SECONDS", help=silence)
    add("--sample-rate", type=_rate, metavar="HZ", help="of the written audio, such as 8000 (default: the voice's)")
    add("--encoding", choices=ENCODINGS, default="pcm16", help="of wav files: ulaw and alaw are telephony's (pcm16)")


def check_sound_options(arguments: argparse.Namespace, paths: Iterable[Path]) -> None:
    """Raise `UsageError` for an encoding that a file cannot have."""
    for path in paths:
        if arguments.encoding != "pcm16" and path.suffix.lower() != ".wav":
            raise UsageError(f"--encoding {arguments.encoding} is for wav files; {path} is none. Name it .wav.")


def converted(arguments: argparse.Namespace, chunks: Iterable[np.ndarray], sample_rate: int) -> Iterator[np.ndarray]:
    """Audio as the options want it, at `output_rate`."""
    from tts.audio.conversion import convert_chunks

    return convert_chunks(chunks, sample_rate, arguments.sample_rate, arguments.volume)


def output_rate(arguments: argparse.Namespace, sample_rate: int) -> int:
    """Of the written audio, in Hz."""
    return arguments.sample_rate or sample_rate


def save_speech(arguments: argparse.Namespace, speech: Any, path: Path) -> None:
    """Write a `Speech` as the options want it; raises `tts.audio.io.AudioError`."""
    import numpy as np

    from tts.audio.io import save_audio

    path.parent.mkdir(parents=True, exist_ok=True)
    audio = np.concatenate(list(converted(arguments, [speech.audio], speech.sample_rate)))
    save_audio(path, audio, output_rate(arguments, speech.sample_rate), arguments.encoding)


class FixedSilence:
    """A text front end with another silence after sentences and paragraphs.

    Args:
        frontend: the voice's.
        seconds: of silence.
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
        from tts.text.sentences import PARAGRAPH_PAUSE, SENTENCE_PAUSE

        own = (PARAGRAPH_PAUSE, SENTENCE_PAUSE)
        return [part._replace(pause=self._seconds) if part.pause in own else part for part in self._frontend.read(text)]


def _volume(word: str) -> float:
    return _between(word, 0.0, 10.0)


def _silence(word: str) -> float:
    return _between(word, 0.0, 60.0)


def _seconds(word: str) -> float:
    return _between(word, 0.1, 1e6)


def _rate(word: str) -> int:
    return int(_between(word, *RATES))


def _between(word: str, least: float, most: float) -> float:
    try:
        value = float(word)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{word} is not between {least:g} and {most:g}")
    return value
