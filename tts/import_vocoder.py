"""Import a vocoder of another project, or replace the vocoder of a voice.

python -m tts.import_vocoder SOURCE -o FOLDER               convert an official HiFi-GAN or Vocos download
python -m tts.import_vocoder SOURCE --voice VOICE [-o COPY]  put a vocoder into a voice, or into a copy of it

Official files do not state the scale of their mels. The defaults are natural logarithms with a floor of 1e-5 (HiFi-GAN)
or 1e-7 (Vocos). If the vocoder was trained on log10 or decibel, another floor, or normalized mels, give options:

python -m tts.import_vocoder SOURCE -o FOLDER --log log10 --floor 1e-10 --stats stats.npy

SOURCE is a folder with HiFi-GAN's ``config.json`` and ``generator_v1`` or ``g_*``, a folder with Vocos' ``config.yaml``
and ``pytorch_model.bin``, a vocoder folder, a training run (``python -m tts.train task=vocoder``) or a voice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tts.commands.parsing import CommandParser
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser(
        "python -m tts.import_vocoder", description="Convert a vocoder, or replace the vocoder of a voice."
    )
    source = "the vocoder: a HiFi-GAN or Vocos folder, a vocoder folder, a training run or a voice"
    options.add_argument("source", help=source)
    options.add_argument("--voice", metavar="VOICE", dest="into", help="the voice (name or folder) to change")
    options.add_argument(
        "-o", "--output", metavar="FOLDER", help="the folder to write (default: with --voice, the voice itself)"
    )
    scale = "the logarithm of the vocoder's mels (default: natural)"
    options.add_argument("--log", choices=("natural", "log10", "decibel"), help=scale)
    floor = "the smallest magnitude in the vocoder's mels (default: 1e-5 for HiFi-GAN, 1e-7 for Vocos)"
    options.add_argument("--floor", type=float, help=floor)
    stats = "mean and scale of normalized mels, a .npy file of shape (2, bands) (default: not normalized)"
    options.add_argument("--stats", metavar="FILE", help=stats)
    size = "store 16-bit weights, which halves the size"
    options.add_argument("--fp16", dest="half", action="store_true", help=size)
    return options


def _run(options: argparse.Namespace) -> None:
    from tts.voices.vocoder_import import convert

    folder = convert(**vars(options))
    print(f"Written: {folder}. Listen: python -m tts.vocode in.wav -o out.wav --vocoder {folder}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
