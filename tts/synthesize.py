"""Speak texts into audio files, a pipe or the loudspeaker.

    python -m tts.synthesize "Hello world." -o hello.wav
    python -m tts.synthesize "One." "Two." -o folder/
    python -m tts.synthesize --file story.txt -o story.wav --alignment story.png
    echo "Hello world." | python -m tts.synthesize -o hello.flac
    python -m tts.synthesize "Hello world." --play
    python -m tts.synthesize "Please hold the line." -o hold.wav --sample-rate 8000 --encoding ulaw
    python -m tts.synthesize --file ids.txt --one-per-line --output-dir prompts    # lines such as greeting|Hello.
    python -m tts.synthesize --file story.txt -o - | aplay
    python -m tts.synthesize --file story.txt -o story.wav --report story.json --strict
    python -m tts.synthesize "<speak>One <break/> two.</speak>" -o two.wav --timings two.srt

The command checks the alignment of every sentence. If words were skipped, repeated or cut off, it synthesizes the
sentence again (`tts.synthesis.repair`), unless ``--no-repair`` is given. It prints a warning for faults that remain and
writes them to ``--report``; with ``--strict`` they set the exit status to 3.

``KEY=VALUE`` words at the end change options of the voice for this call: ``vocoder.iterations=60``.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import tts
from tts.commands.arguments import texts_behind_dashes
from tts.commands.parsing import CommandParser, threads
from tts.commands.runner import run
from tts.commands.sound_options import add_delivery_options, add_sound_options
from tts.commands.synthesis import synthesize


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser(
        prog="python -m tts.synthesize",
        description="Speak texts into wav, flac, mp3 or ogg files, or into a pipe.",
        epilog="Words such as vocoder.iterations=60 at the end change options of the voice for this call.",
    )
    add = options.add_argument
    words = "the text to speak; several texts go to a folder (default, or '-': standard input)"
    add("words", nargs="*", metavar="TEXT", help=words)
    add("--text", action="append", default=[], help="a text to speak, the same as TEXT")
    add("-f", "--file", "--input-file", "--input_file", type=Path, help="speak the text of this UTF-8 file")
    add("--one-per-line", "--lines", dest="lines", action="store_true", help="speak each line as a separate text")
    names = ("-o", "--output", "--out", "--out_path", "--out-path", "--output-file", "--output_file")
    add(
        *names,
        type=str,
        metavar="PATH",
        help="a .wav, .flac, .mp3, .ogg or .opus file, a folder for several texts, or '-' for a wav on standard output "
        "(default: out.wav)",
    )
    add(
        "--output-dir",
        "--output_dir",
        type=Path,
        metavar="DIR",
        help="write DIR/ID.wav for each text 'ID|text', or DIR/1.wav and so on for texts without an id",
    )
    add_sound_options(options)
    voice = "a name of --list-voices, a voice folder or a training run (default: the default voice)"
    add("--voice", "--model_name", "--model-name", help=voice)
    vocoder = "another vocoder: griffin_lim, a vocoder folder, a run or a voice (default: the voice's own)"
    add("--vocoder", metavar="NAME", help=vocoder)
    add("--list-voices", "--list_models", "--list-models", action="store_true", help="list the installed voices")
    add("--seed", type=int, default=0, help="the random seed, for voices whose speech varies (default: 0)")
    add_delivery_options(options)
    add("--device", default="cpu", help="the device, cpu or cuda (default: cpu)")
    add("--threads", type=threads, default=1, help="the number of CPU threads (default: 1, usually the fastest)")
    engine = "the engine that runs the voice (default: onnx if the voice has it, else torch)"
    add("--engine", choices=("onnx", "torch"), help=engine)
    add("--alignment", type=Path, metavar="PNG", help="also plot mel, alignment and stop probability")
    timings = "also write the times of the words to a .json, .srt, .vtt or .TextGrid file"
    add("--timings", "--timestamps", type=Path, metavar="FILE", help=timings)
    lexicon = "use the pronunciations in FILE: one word per line, then IPA or ARPAbet (default: none)"
    add("--lexicon", type=Path, metavar="FILE", help=lexicon)
    add("--report", type=Path, metavar="JSON", help="also write verdicts, faults and attempts of every sentence")
    add("--strict", action="store_true", help="exit with status 3 if a sentence still has faults")
    add("--no-repair", action="store_true", help="do not synthesize sentences with a bad alignment again")
    add("--version", action="version", version=f"attune-tts {tts.__version__}", help="print the version")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 on success, 1 on failure, 2 for wrong usage, 3 for `--strict`."""
    words = texts_behind_dashes(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_intermixed_args(words)
    logging.basicConfig(format="warning: %(message)s", level=logging.WARNING, stream=sys.stderr)
    return run(synthesize, arguments)


if __name__ == "__main__":
    sys.exit(main())
