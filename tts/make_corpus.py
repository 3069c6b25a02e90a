"""Make a synthetic corpus from a list of texts with a speech engine: ``python -m tts.make_corpus TEXTS -o DIR``.

The corpus has LJSpeech's layout, exact transcripts and any size. Use espeak-ng, which is in the package, to test the
whole pipeline. Use a neural engine (``--engine hibari``, ``kokoro``, ``piper``) or any program (``command``) to train
a voice.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from tts.commands.parsing import CommandParser, whole_number
from tts.commands.runner import run
from tts.data.engines import ENGINES, accepted_options

OPTIONS = ("language", "voice", "rate", "pitch", "range", "command")


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser(prog="python -m tts.make_corpus", description=__doc__.splitlines()[0])
    add = options.add_argument
    add("texts", type=Path, help="a file with one text per line, or with id|text lines (a metadata.csv)")
    add("-o", "--out", type=Path, required=True, help="the folder of the corpus")
    add("--engine", choices=ENGINES, default="espeak", help="the speech engine (default: espeak)")
    voice = "the voice; espeak: f1 to f5, m1 to m8; flite: slt ...; hibari: heart; kokoro, piper: a voice file"
    add("--voice", help=voice)
    add("--language", help="espeak only: the language (default: en-us)")
    add("--rate", type=whole_number(1), help="espeak and flite only: the rate in words per minute (default: 160)")
    add("--pitch", type=whole_number(0, 99), help="espeak only: the pitch, 0 to 99 (default: 50)")
    add("--range", type=whole_number(0, 99), help="espeak only: the range of the pitch, 0 to 99 (default: 50)")
    program = "command only: a program; {text} and {wav}, or standard input and output, carry text and audio"
    add("--command", help=program)
    workers = "the number of worker processes, which does not change the result (default: 0, no extra process)"
    add("--workers", type=whole_number(0), default=0, help=workers)
    add("--limit", type=whole_number(1), metavar="N", help="speak only the first N lines (default: all)")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns the exit status. After Ctrl-C the same command continues."""
    command_line = parser()
    parsed = command_line.parse_args(arguments)
    options = {name: value for name in OPTIONS if (value := getattr(parsed, name)) is not None}
    accepted = accepted_options(parsed.engine)
    for name in options:
        if name not in accepted:
            command_line.error(f"{parsed.engine} has no --{name}; it has: --{', --'.join(accepted)}")

    return run(_run, parsed, options, continues=True)


def _run(parsed: argparse.Namespace, options: dict[str, Any]) -> None:
    from tts.data.synthetic import EXCLUDED, make_corpus, read_lines

    lines = read_lines(parsed.texts, options.get("language", "en-us"))[: parsed.limit]
    corpus = make_corpus(lines, parsed.out, parsed.engine, options, parsed.workers)
    num_spoken = len(lines) - len(corpus.excluded)
    print(f"{parsed.out}: {num_spoken} recordings, {corpus.num_new} new, {corpus.seconds / 3600:.2f} hours.")
    if corpus.excluded:
        print(f"{len(corpus.excluded)} texts were left out. {parsed.out / EXCLUDED} gives the reasons.")
    if num_spoken:
        source = f"data.source={shlex.quote(str(parsed.out))} data.url=null"
        print(f"Next: python -m tts.prepare {source} data.corpus={shlex.quote('corpora/' + parsed.out.name)}")


if __name__ == "__main__":
    sys.exit(main())
