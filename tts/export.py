"""A voice to give away: ``python -m tts.export runs/my_voice -o my_voice --fp16``.

Copies the voice of a training run, or any voice, into a folder of its own: configuration and weights, nothing of the
run. The folder is all that ``python -m tts.synthesize --voice FOLDER`` needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser("python -m tts.export", description="Copy a voice out of a training run.")
    options.add_argument("source", help="training run, voice folder, or name of a shipped voice")
    options.add_argument("-o", "--output", metavar="FOLDER", required=True, help="where; its name becomes the voice's")
    options.add_argument("--fp16", action="store_true", help="store 16-bit weights: half the size, the same sound")
    return options


def export(source: str, output: str | Path, half: bool = False) -> Path:
    """Write the voice of ``source`` to ``output``; returns that folder.

    Raises:
        tts.voices.voice.VoiceError: no such voice, or a damaged one.
        OSError: the folder cannot be written.
    """
    import torch

    from tts.voices.voice import load_voice, save_voice

    voice = load_voice(source)
    voice.config.name = Path(output).name
    dtype = torch.float16 if half else None
    return save_voice(output, voice.config, voice.acoustic.state_dict(), voice.vocoder.state_dict() or None, dtype)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        folder = export(options.source, options.output, options.half)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f'Written: {folder}, {size:.1f} MB. Listen: python -m tts.synthesize "Hello." --voice {folder} -o hello.wav')
    return 0


if __name__ == "__main__":
    sys.exit(main())
