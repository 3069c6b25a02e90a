"""Speak all texts of a csv, jsonl or parquet file.

    python -m tts.bulk texts.csv -o speech --processes 4
    python -m tts.bulk texts.parquet -o /shared/speech --ray --actors 64
    python -m tts.bulk texts.jsonl -o /shared/speech --shard 3/10

The same command continues after an interruption. `manifest.jsonl` tells duration, words and faults of every file.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tts.commands.runner import run


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 all spoken, 1 failed, 3 some texts could not be spoken."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING, stream=sys.stderr)
    return run(_speak_all, _parser().parse_args(argv))


def _speak_all(arguments: argparse.Namespace) -> int:
    from tts.serving.bulk.processes import speak_in_processes
    from tts.serving.bulk.ray_data import speak_on_ray
    from tts.serving.bulk.run import run as run_bulk
    from tts.serving.bulk.worker import Work

    names = ("voice", "seed", "speed", "pitch", "repair", "lexicon", "engine", "device", "threads")
    suffix = f".{arguments.format}"
    work = Work(str(arguments.output), suffix=suffix, **{name: getattr(arguments, name) for name in names})
    speak = partial(speak_in_processes, processes=arguments.processes)
    if arguments.ray is not None:
        speak = partial(speak_on_ray, actors=arguments.actors, address=arguments.ray or None)
    columns = (arguments.id_column, arguments.text_column)
    show = sys.stderr.isatty()
    outcome = run_bulk(arguments.input, work, speak, arguments.shard, columns, arguments.retry_errors, show)
    told = f"{outcome.items} texts, {outcome.spoken} spoken now, {outcome.seconds:.0f} s of audio"
    print(f"{outcome.manifest}: {told}, {outcome.faulty} with faults, {outcome.failed} not spoken")
    return 3 if outcome.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tts.bulk", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("input", type=Path, metavar="INPUT", help=".csv, .tsv, .jsonl or .parquet with a column text, and perhaps id")
    add("-o", "--output", type=Path, required=True, metavar="FOLDER", help="of the files and the manifest")
    add("--processes", type=_positive, default=1, help="on this computer (default: 1)")
    add("--ray", nargs="?", const="", metavar="ADDRESS", help="use Ray, here or on the cluster at ADDRESS")
    add("--actors", type=_positive, default=2, help="that speak at the same time on Ray (default: 2)")
    add("--shard", type=_shard, default=(1, 1), metavar="I/N", help="only the I-th of N parts, for job arrays")
    add("--voice", help="a name of `python -m tts.voices list`, a voice folder or a training run")
    add("--format", choices=("wav", "flac", "mp3"), default="wav", help="of the files (default: wav)")
    add("--seed", type=int, default=0)
    add("--speed", type=float, default=1.0, help="2 is twice as fast (1)")
    add("--pitch", type=float, default=0.0, metavar="SEMITONES", help="2 is a tone higher, where the model has pitch")
    add("--no-repair", dest="repair", action="store_false", help="do not read a sentence again whose alignment is bad")
    add("--lexicon", metavar="FILE", help="words and how they are said")
    add("--engine", choices=("onnx", "torch"), help="what computes (onnx where the voice has it)")
    add("--device", default="cpu", help="cpu or cuda (cpu)")
    add("--threads", type=_positive, default=1, help="of the CPU for a process (1)")
    add("--id-column", default="id", metavar="NAME")
    add("--text-column", default="text", metavar="NAME")
    add("--retry-errors", action="store_true", help="also try texts again that could not be spoken")
    return parser


def _positive(word: str) -> int:
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{word} is less than 1")
    return value


def _shard(word: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)/(\d+)", word)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{word} is no part such as 3/10")
    return int(found[1]), int(found[2])


if __name__ == "__main__":
    sys.exit(main())
