"""Evaluate a voice or a vocoder with objective metrics.

    python -m tts.evaluate voice [--voice NAME] [--corpus DIR] [--asr NAME] [--system LABEL=FOLDER ...] [-o FOLDER]
    python -m tts.evaluate vocoder --corpus DIR [--vocoder NAME ...] [-o FOLDER]

``voice`` speaks the shipped texts of each category and the held-out texts of a corpus. Recordings and audio files of
other systems are rows of the same table (`tts.commands.evaluate_voice`).

``vocoder`` converts the mels of held-out recordings back to audio. In a corpus of ``tts.extract_mels`` they are mels
of an acoustic model. The table also has the recordings and Griffin-Lim with 60 iterations. A vocoder is a vocoder
folder, a training run or a voice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tts.commands import evaluate_vocoder, evaluate_voice
from tts.commands.parsing import CommandParser
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser("python -m tts.evaluate", description="Evaluate a voice or a vocoder.")
    what = options.add_subparsers(dest="what", required=True)
    evaluate_vocoder.add_arguments(what.add_parser("vocoder", help="measure copy synthesis of held-out recordings"))
    about = evaluate_voice.DESCRIPTION
    evaluate_voice.add_arguments(what.add_parser("voice", help="measure the speech of a voice", description=about))
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    options = parser().parse_args(arguments)
    if options.what == "voice":
        return run(evaluate_voice.run, options, continues=True)
    return run(evaluate_vocoder.run, options)


if __name__ == "__main__":
    sys.exit(main())
