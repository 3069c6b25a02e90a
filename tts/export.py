"""Export a voice into a folder of its own: ``python -m tts.export runs/my_voice -o my_voice --fp16 --onnx --int8``.

Copies the voice of a training run, or any voice, into a folder of its own: configuration and weights, nothing of the
run. The folder is all that ``python -m tts.synthesize --voice FOLDER`` needs. With ``--onnx`` it also speaks where
torch is not installed, several times as fast; ``docs/onnx.md`` describes the graphs for other runtimes.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.arguments import UsageError
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser("python -m tts.export", description="Copy a voice out of a training run.")
    options.add_argument("source", help="training run, voice folder, or name of a shipped voice")
    options.add_argument("-o", "--output", metavar="FOLDER", required=True, help="where; its name becomes the voice's")
    options.add_argument("--fp16", action="store_true", help="store 16-bit weights: half the size, the same sound")
    options.add_argument("--onnx", action="store_true", help="add ONNX graphs, which speak without torch")
    options.add_argument("--int8", action="store_true", help="with --onnx: 8-bit graphs, half the time again")
    return options


def export(source: str, output: str | Path, half: bool = False, onnx: bool = False, int8: bool = False) -> Path:
    """Write the voice of ``source`` to ``output``; returns that folder.

    Raises:
        tts.voices.voice.VoiceError: no such voice, or a damaged one.
        ValueError: the voice has a part that has no ONNX export.
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
    """Run the command line; returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
