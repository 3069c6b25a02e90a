"""Let a speech engine read a list of texts into an LJSpeech-layout corpus: ``python -m tts.make_corpus TEXTS -o DIR``.

Transcripts are exact, in any amount: enough to test the whole pipeline with espeak-ng, which is in the package, or to
train a voice on a natural neural teacher (``--engine hibari``, ``kokoro``, ``piper``) or any program (``command``).
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from tts.commands.runner import run
from tts.data.engines import ENGINES, accepted_options

OPTIONS = ("language", "voice", "rate", "pitch", "range", "command")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(prog="python -m tts.make_corpus", description=__doc__.splitlines()[0])
    add = options.add_argument
    add("texts", type=Path, help="a file with one text a line, or id|text lines (a metadata.csv)")
    add("-o", "--out", type=Path, required=True, help="the corpus folder to fill")
    add("--engine", choices=ENGINES, default="espeak", help="who speaks (espeak)")
    add("--voice", help="espeak: f1 to f5, m1 to m8; flite: slt ...; hibari: heart; kokoro, piper: a voice file")
    add("--language", help="espeak: the language (en-us)")
    add("--rate", type=int, help="espeak, flite: words per minute (160)")
    add("--pitch", type=int, help="espeak: 0 to 99 (50)")
    add("--range", type=int, help="espeak: liveliness of the pitch, 0 to 99 (50)")
    add("--command", help="command: a program; {text} and {wav}, or standard input and output, pass text and sound")
    add("--workers", type=int, default=0, help="processes that speak; the result is the same (0: this one)")
    add("--limit", type=int, help="speak only the first N lines")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Make the corpus; returns the exit status. Ctrl-C loses nothing."""
    command_line = parser()
    asked = command_line.parse_args(arguments)
    options = {name: value for name in OPTIONS if (value := getattr(asked, name)) is not None}
    accepted = accepted_options(asked.engine)
    for name in options:
        if name not in accepted:
            command_line.error(f"{asked.engine} has no --{name}; it has: --{', --'.join(accepted)}")

    return run(_run, asked, options)


def _run(asked: argparse.Namespace, options: dict[str, Any]) -> None:
    from tts.data.synthetic import EXCLUDED, make_corpus, read_lines

    lines = read_lines(asked.texts, options.get("language", "en-us"))[: asked.limit]
    made = make_corpus(lines, asked.out, asked.engine, options, asked.workers)
    spoken = len(lines) - len(made.excluded)
    print(f"{asked.out}: {spoken} recordings, {made.num_new} new, {made.seconds / 3600:.2f} hours.")
    if made.excluded:
        print(f"{len(made.excluded)} texts were left out: {asked.out / EXCLUDED} says why.")
    if spoken:
        corpus = f"data.source={shlex.quote(str(asked.out))} data.url=null"
        print(f"Next: python -m tts.prepare {corpus} data.corpus={shlex.quote('corpora/' + asked.out.name)}")


if __name__ == "__main__":
    sys.exit(main())
