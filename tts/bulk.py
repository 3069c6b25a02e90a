"""Speak all texts of a csv, jsonl or parquet file.

    python -m tts.bulk texts.csv -o speech --processes 4
    python -m tts.bulk texts.parquet -o /shared/speech --ray --actors 64
    python -m tts.bulk texts.jsonl -o /shared/speech --shard 3/10

The same command continues after an interruption. `manifest.jsonl` lists duration, words and faults of every file.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tts.commands.parsing import CommandParser, threads, whole_number
from tts.commands.runner import run
from tts.commands.sound_options import add_delivery_options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 on success, 1 on failure, 3 if some texts could not be spoken."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING, stream=sys.stderr)
    return run(_speak_all, _parser().parse_args(argv), continues=True)


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
    summary = f"{outcome.items} texts, {outcome.spoken} spoken now, {outcome.seconds:.0f} s of audio"
    print(f"{outcome.manifest}: {summary}, {outcome.faulty} with faults, {outcome.failed} not spoken")
    return 3 if outcome.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m tts.bulk", description=__doc__.splitlines()[0])
    add = parser.add_argument
    file = "a .csv, .tsv, .jsonl or .parquet file with a column text and optionally a column id"
    add("input", type=Path, metavar="INPUT", help=file)
    folder = "the folder of the audio files and the manifest"
    add("-o", "--output", type=Path, required=True, metavar="FOLDER", help=folder)
    add("--processes", type=whole_number(1), default=1, help="the number of processes on this computer (default: 1)")
    ray = "use Ray, on this computer or on the cluster at ADDRESS (default: no Ray)"
    add("--ray", nargs="?", const="", metavar="ADDRESS", help=ray)
    add("--actors", type=whole_number(1), default=2, help="the number of Ray actors that speak (default: 2)")
    shard = "speak only part I of N parts, for job arrays (default: 1/1)"
    add("--shard", type=_shard, default=(1, 1), metavar="I/N", help=shard)
    voice = "a name of `python -m tts.voices list`, a voice folder or a training run (default: the default voice)"
    add("--voice", help=voice)
    add(
        "--format",
        choices=("wav", "flac", "mp3", "ogg", "opus"),
        default="wav",
        help="the format of the files (default: wav)",
    )
    add("--seed", type=int, default=0, help="the random seed (default: 0)")
    add_delivery_options(parser)
    repair = "do not synthesize sentences with a bad alignment again (default: repair them)"
    add("--no-repair", dest="repair", action="store_false", help=repair)
    add("--lexicon", metavar="FILE", help="use the pronunciations in FILE, one word per line (default: none)")
    engine = "the engine that runs the voice (default: onnx if the voice has it, else torch)"
    add("--engine", choices=("onnx", "torch"), help=engine)
    add("--device", default="cpu", help="the device, cpu or cuda (default: cpu)")
    add("--threads", type=threads, default=1, help="the number of CPU threads of a process (default: 1)")
    add("--id-column", default="id", metavar="NAME", help="the column of the ids (default: id)")
    add("--text-column", default="text", metavar="NAME", help="the column of the texts (default: text)")
    add("--retry-errors", action="store_true", help="also retry texts that could not be spoken before")
    return parser


def _shard(word: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)/(\d+)", word)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{word} is not a part such as 3/10")
    return int(found[1]), int(found[2])


if __name__ == "__main__":
    sys.exit(main())
