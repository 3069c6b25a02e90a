"""Vocoders of other projects, and vocoders in voices.

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
import tempfile
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        "python -m tts.import_vocoder", description="Convert vocoders, put them into voices."
    )
    options.add_argument("source", help="HiFi-GAN or Vocos folder, vocoder folder, training run or voice")
    options.add_argument("--voice", metavar="VOICE", help="voice (name or folder) that gets the vocoder")
    options.add_argument(
        "-o", "--output", metavar="FOLDER", help="where to write; without it --voice changes the voice"
    )
    options.add_argument("--log", choices=("natural", "log10", "decibel"), help="of the mels that official files hear")
    options.add_argument("--floor", type=float, help="smallest magnitude in these mels")
    options.add_argument("--stats", metavar="FILE", help="mean and scale of their bands, .npy of shape (2, bands)")
    options.add_argument("--fp16", action="store_true", help="store 16-bit weights: half the size")
    return options


def convert(
    source: str,
    into: str | None = None,
    output: str | None = None,
    half: bool = False,
    log: str | None = None,
    floor: float | None = None,
    stats: str | None = None,
) -> Path:
    """Do what the command line says; returns the folder that was written.

    Raises:
        ValueError: unknown or damaged files, or a mel that nothing here speaks; the message says what to do.
    """
    import torch

    from tts.voices.vocoder import replace_vocoder, save_vocoder

    config, state = _read(source, log, floor, stats)
    dtype = torch.float16 if half else None
    if into is None:
        if output is None:
            raise ValueError("say where to write: -o FOLDER, or --voice VOICE to put the vocoder into a voice")
        return save_vocoder(output, config, state, dtype)
    with tempfile.TemporaryDirectory() as temporary:
        return replace_vocoder(save_vocoder(temporary, config, state, dtype), into, output)


def _read(source: str, log: str | None, floor: float | None, stats: str | None) -> tuple:
    """Configuration and weights of a vocoder, whoever wrote it."""
    from omegaconf import OmegaConf

    from tts.vocoder.import_weights import read_external
    from tts.voices.vocoder import load_vocoder, wrap_in_adapter

    found = read_external(Path(source))
    if found is None:
        if log or floor or stats:
            raise ValueError(
                f"{source} is no official folder: a vocoder of this package knows its mel; leave --log out"
            )
        loaded = load_vocoder(source)
        return loaded.config, loaded.vocoder.state_dict()
    config, state = found
    if floor:
        config["audio"]["floor"] = floor
    if log or stats:
        mean, std = _statistics(stats, config["audio"]["n_mels"]) if stats else (None, None)
        config["vocoder"], state = wrap_in_adapter(config["vocoder"], state, log=log or "natural", mean=mean, std=std)
    return OmegaConf.create(config), state


def _statistics(path: str, n_mels: int) -> tuple[list[float], list[float]]:
    """Mean and scale of every band. Raises ValueError."""
    import numpy as np

    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(f"{path} cannot be read as numbers ({error}); --stats takes an .npy file") from error
    if found.shape != (2, n_mels) or not (found[1] > 0).all():
        raise ValueError(f"{path} has the shape {found.shape}; --stats takes mean and scale (> 0), (2, {n_mels})")
    return found[0].tolist(), found[1].tolist()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        folder = convert(**vars(options))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Written: {folder}. Listen: python -m tts.vocode in.wav -o out.wav --vocoder {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
