"""Vocoders of other projects, and vocoders in voices.

python -m tts.convert SOURCE -o FOLDER               a vocoder folder of an official HiFi-GAN or Vocos download
python -m tts.convert SOURCE --into VOICE [-o COPY]  put it, or a vocoder trained here, into a voice (or a copy of it)

SOURCE is a folder with HiFi-GAN's ``config.json`` and ``generator_v1`` or ``g_*``, one with Vocos' ``config.yaml`` and
``pytorch_model.bin``, a vocoder folder, a training run (``python -m tts.train task=vocoder``) or a voice.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser("python -m tts.convert", description="Convert vocoders, put them into voices.")
    options.add_argument("source", help="HiFi-GAN or Vocos folder, vocoder folder, training run or voice")
    options.add_argument("--into", metavar="VOICE", help="voice (name or folder) that gets the vocoder")
    options.add_argument("-o", "--output", metavar="FOLDER", help="where to write; without it --into changes the voice")
    options.add_argument("--half", action="store_true", help="store 16-bit weights: half the size")
    return options


def convert(source: str, into: str | None = None, output: str | None = None, half: bool = False) -> Path:
    """Do what the command line says; returns the folder that was written.

    Raises:
        ValueError: unknown or damaged files, or a mel that nothing here speaks; the message says what to do.
    """
    import torch

    from tts.vocoder_folder import put_into_voice, save_vocoder

    config, state = _read(source)
    dtype = torch.float16 if half else None
    if into is None:
        if output is None:
            raise ValueError("say where to write: -o FOLDER, or --into VOICE to put the vocoder into a voice")
        return save_vocoder(output, config, state, dtype)
    with tempfile.TemporaryDirectory() as temporary:
        return put_into_voice(save_vocoder(temporary, config, state, dtype), into, output)


def _read(source: str) -> tuple:
    """Configuration and weights of a vocoder, whoever wrote it."""
    from omegaconf import OmegaConf

    from tts.vocoder.interop import read_foreign
    from tts.vocoder_folder import load_vocoder

    found = read_foreign(Path(source))
    if found is not None:
        return OmegaConf.create(found.config), found.state
    loaded = load_vocoder(source)
    return loaded.config, loaded.vocoder.state_dict()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        folder = convert(options.source, options.into, options.output, options.half)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Written: {folder}. Listen: python -m tts.vocode in.wav -o out.wav --vocoder {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
