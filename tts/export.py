"""Export a voice to a new folder: ``python -m tts.export runs/my_voice -o my_voice --fp16 --onnx --int8``.

The command copies the configuration and weights of a training run or another voice to a new folder, without the other
files of the run. ``python -m tts.synthesize --voice FOLDER`` needs only this folder. With ``--onnx`` the voice also
runs without torch, several times as fast; ``docs/guides/onnx.md`` describes the graphs for other runtimes.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.arguments import UsageError
from tts.commands.parsing import CommandParser
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser("python -m tts.export", description="Export a voice to a new folder.")
    options.add_argument("source", help="the training run, voice folder or shipped voice to export")
    folder = "the new folder; its name becomes the name of the voice"
    options.add_argument("-o", "--output", metavar="FOLDER", required=True, help=folder)
    options.add_argument("--fp16", action="store_true", help="store 16-bit weights, which halves the size")
    options.add_argument("--onnx", action="store_true", help="add ONNX graphs, which run without torch")
    options.add_argument("--int8", action="store_true", help="with --onnx: add 8-bit graphs, which are twice as fast")
    return options


def export(source: str, output: str | Path, half: bool = False, onnx: bool = False, int8: bool = False) -> Path:
    """Write the voice of ``source`` to the folder ``output`` and return this folder.

    Raises:
        tts.voices.voice.VoiceError: the voice does not exist or is damaged.
        ValueError: a part of the voice has no ONNX export.
        OSError: the folder cannot be written.
    """
    import torch

    from tts.voices.voice import load_voice, save_voice

    voice = load_voice(source)
    voice.config.name = Path(output).name
    dtype = torch.float16 if half else None
    state = voice.vocoder.state_dict() or None
    folder = save_voice(output, voice.config, voice.acoustic.state_dict(), state, dtype)
    if onnx:
        from tts.onnx_export.voice import export_onnx

        export_onnx(voice, folder, int8)
    return folder


def _run(options: argparse.Namespace) -> None:
    if options.int8 and not options.onnx:
        raise UsageError("--int8 is for ONNX graphs. Add --onnx, or use --fp16 for smaller weights.")
    folder = export(options.source, options.output, options.fp16, options.onnx, options.int8)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    listen = f'python -m tts.synthesize "Hello." --voice {shlex.quote(str(folder))} -o hello.wav'
    print(f"Written: {folder}, {size:.1f} MB. Listen: {listen}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
