"""Evaluate a voice or a vocoder with numbers.

    python -m tts.evaluate voice [--voice NAME] [--corpus DIR] [--asr NAME] [--system LABEL=FOLDER ...] [-o FOLDER]
    python -m tts.evaluate vocoder --corpus DIR [--vocoder NAME ...] [-o FOLDER]

A voice reads the texts that ship, by category, and a corpus' held-out ones; recordings and other systems' wave files
are rows of the same table (`tts.commands.evaluate_voice`).

Every vocoder turns the corpus' mels of held-out recordings back into sound (an acoustic model's, if
``tts.extract_mels`` made the corpus); the recording itself and Griffin-Lim with 60 iterations stand in the same table.
A vocoder is a folder of its own, a training run or a voice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tts.commands import evaluate_vocoder, evaluate_voice
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser("python -m tts.evaluate", description="Evaluate a voice or a vocoder.")
    what = options.add_subparsers(dest="what", required=True)
    evaluate_vocoder.add_arguments(what.add_parser("vocoder", help="copy synthesis of held-out recordings"))
    about = evaluate_voice.DESCRIPTION
    evaluate_voice.add_arguments(what.add_parser("voice", help="texts by category, read and judged", description=about))
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    return run((evaluate_voice if options.what == "voice" else evaluate_vocoder).run, options)


if __name__ == "__main__":
    sys.exit(main())
