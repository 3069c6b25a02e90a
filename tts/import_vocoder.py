"""Import a vocoder of another project, or put a vocoder into a voice.

python -m tts.import_vocoder SOURCE -o FOLDER               a vocoder folder of an official HiFi-GAN or Vocos download
python -m tts.import_vocoder SOURCE --voice VOICE [-o COPY]  put it, or one trained here, into a voice (or a copy)

Official files do not say what their mels were scaled to; they are read as natural logarithms above 1e-5 (HiFi-GAN) or
1e-7 (Vocos). If yours were trained on log10 or decibel, above another floor, or normalized, say so:

python -m tts.import_vocoder SOURCE -o FOLDER --log log10 --floor 1e-10 --stats stats.npy

SOURCE is a folder with HiFi-GAN's ``config.json`` and ``generator_v1`` or ``g_*``, one with Vocos' ``config.yaml`` and
``pytorch_model.bin``, a vocoder folder, a training run (``python -m tts.train task=vocoder``) or a voice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        "python -m tts.import_vocoder", description="Convert vocoders, put them into voices."
    )
    options.add_argument("source", help="HiFi-GAN or Vocos folder, vocoder folder, training run or voice")
    options.add_argument("--voice", metavar="VOICE", dest="into", help="voice (name or folder) that gets the vocoder")
    options.add_argument(
        "-o", "--output", metavar="FOLDER", help="where to write; without it --voice changes the voice"
    )
    options.add_argument("--log", choices=("natural", "log10", "decibel"), help="of the mels that official files hear")
    options.add_argument("--floor", type=float, help="smallest magnitude in these mels")
    options.add_argument("--stats", metavar="FILE", help="mean and scale of their bands, .npy of shape (2, bands)")
    options.add_argument("--fp16", dest="half", action="store_true", help="store 16-bit weights: half the size")
    return options


def _run(options: argparse.Namespace) -> None:
    from tts.voices.vocoder_import import convert

    folder = convert(**vars(options))
    print(f"Written: {folder}. Listen: python -m tts.vocode in.wav -o out.wav --vocoder {folder}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
