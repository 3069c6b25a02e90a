"""Plot the attention of a voice while it reads a text.

    python -m tts.plot_attention runs/my_voice "The quick brown fox."                    attention.png
    python -m tts.plot_attention heart "The quick brown fox." -o fox.html                interactive, with sound

The axes are phonemes and frames. A model with several layers or heads gets one plot for each head. The command also
prints which heads are alignment heads: those that move through the text from the first symbol to the last.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.arguments import UsageError
from tts.commands.parsing import CommandParser
from tts.commands.runner import run

IMAGE_SUFFIXES = (".png", ".svg", ".pdf")


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser(prog="python -m tts.plot_attention", description="Plot the attention of a voice.")
    add = options.add_argument
    add("voice", help="a training run, a voice folder, or a name of python -m tts.synthesize --list-voices")
    add("text", help="the text to read; each sentence gets its own plot")
    output = "the .png, .svg, .pdf or .html file to write (default: attention.png)"
    add("-o", "--output", type=Path, default=Path("attention.png"), metavar="PATH", help=output)
    add("--seed", type=int, default=0, help="the random seed of the synthesis (default: 0)")
    add("--device", default="cpu", help="the device, cpu or cuda (default: cpu)")
    return options


def _run(arguments: argparse.Namespace) -> None:
    path = arguments.output
    if path.suffix.lower() not in (*IMAGE_SUFFIXES, ".html"):
        raise UsageError(f"{path} must end in .html, {', '.join(IMAGE_SUFFIXES[:-1])} or {IMAGE_SUFFIXES[-1]}.")
    import torch

    from tts.synthesis.attention_trace import trace_attention, write_page, write_pictures
    from tts.text.sentences import split_sentences
    from tts.voices.voice import load_voice

    torch.set_num_threads(1)
    voice = load_voice(arguments.voice).to(arguments.device)
    texts = [sentence.text for sentence in split_sentences(arguments.text)] or [arguments.text]
    traces = [trace_attention(voice, text, arguments.seed, arguments.device) for text in texts]
    path.parent.mkdir(parents=True, exist_ok=True)
    paths = write_page(path, voice, traces) if path.suffix.lower() == ".html" else write_pictures(path, traces)
    print(*paths, sep="\n")
    for trace in traces:
        print(f"{trace.reading.text}  {trace.health.verdict}")
        for score in trace.scores:
            mark = "aligns" if score.is_aligned else ""
            numbers = f"path mass {score.path_mass:.2f}  coverage {score.coverage:.2f}  focus {score.focus:.2f}"
            print(f"  {score.name:20s} {numbers}  {mark}".rstrip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
