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

Every sentence's alignment is checked. Where it shows that words were skipped, said twice or cut off, the sentence is
read again (`tts.synthesis.repair`) unless ``--no-repair``; what is still wrong is told, written to ``--report``, and
with ``--strict`` makes the exit status 3.

Trailing ``key=value`` words change the voice's config for this call: ``vocoder.iterations=60``.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import tts
from tts.commands.arguments import texts_behind_dashes
from tts.commands.runner import run
from tts.commands.sound_options import add_sound_options
from tts.commands.synthesis import synthesize


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m tts.synthesize",
        description="Speak texts into wav, flac, mp3 or ogg files, or into a pipe.",
        epilog="Words such as vocoder.iterations=60 at the end change the voice's config for this call.",
    )
    add = options.add_argument
    add("words", nargs="*", metavar="TEXT", help="a text to speak; several go to a folder; none or '-' reads stdin")
    add("--text", action="append", default=[], help="the same as a bare TEXT")
    add("-f", "--file", "--input-file", "--input_file", type=Path, help="speak the text of a UTF-8 file")
    add("--one-per-line", "--lines", dest="lines", action="store_true", help="each line is a text of its own")
    names = ("-o", "--output", "--out", "--out_path", "--out-path", "--output-file", "--output_file")
    add(
        *names,
        type=str,
        metavar="PATH",
        help=".wav, .flac, .mp3 or .ogg, a folder for several texts, or '-' for a wav to standard output (out.wav)",
    )
    add(
        "--output-dir", "--output_dir", type=Path, metavar="DIR", help="a file ID.wav for each text 'ID|text', or 1.wav"
    )
    add_sound_options(options)
    add("--voice", "--model_name", "--model-name", help="a name of --list-voices, a voice folder or a training run")
    add("--vocoder", metavar="NAME", help="speak through another: griffin_lim, a vocoder folder, a run or a voice")
    add("--list-voices", "--list_models", "--list-models", action="store_true", help="name the installed voices")
    add("--seed", type=int, default=0, help="another seed, another reading, of voices that vary (default: 0)")
    add("--speed", type=float, default=1.0, help="2 is twice as fast, 0.5 half as fast, at the same pitch")
    add("--pitch", type=float, default=0.0, metavar="SEMITONES", help="2 is a tone higher, where the model has pitch")
    add("--device", default="cpu", help="cpu or cuda (default: cpu)")
    add("--threads", type=int, default=1, help="of the CPU (default: 1, the fastest)")
    add("--engine", choices=("onnx", "torch"), help="what computes (default: onnx where the voice has it)")
    add("--alignment", type=Path, metavar="PNG", help="also plot mel, alignment and stop curve")
    add("--timings", "--timestamps", type=Path, metavar="FILE", help="times of words: json, srt, vtt, TextGrid")
    add("--lexicon", type=Path, metavar="FILE", help="words and how they are said, one a line, in IPA or ARPAbet")
    add("--report", type=Path, metavar="JSON", help="write what the alignments say: verdicts, faults, attempts")
    add("--strict", action="store_true", help="exit with status 3 if a sentence is not complete and in order")
    add("--no-repair", action="store_true", help="do not read a sentence again whose alignment is bad")
    add("--version", action="version", version=f"attune-tts {tts.__version__}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 spoken, 1 failed, 2 asked for something impossible, 3 not `--strict`."""
    words = texts_behind_dashes(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_intermixed_args(words)
    logging.basicConfig(format="warning: %(message)s", level=logging.WARNING, stream=sys.stderr)
    return run(synthesize, arguments)


if __name__ == "__main__":
    sys.exit(main())
