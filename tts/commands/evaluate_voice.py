"""``python -m tts.evaluate voice``: speak texts, measure, compare, report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tts.evaluation.test_texts import categories

WIDTH = 150  # of the table: cells stay whole in a narrow terminal too
DESCRIPTION = """Speak texts with a voice and judge every reading: alignment health, error sentences, coverage, speaking
rate, real-time factor, time to first audio; with a corpus its held-out texts too, beside their recordings; with a
recognizer word and character error rates; with a predictor mean opinion scores. Results are kept one by one: the same
command goes on after Ctrl-C."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the subcommand."""
    add = parser.add_argument
    add("--voice", help="a shipped voice, a voice folder or a training run (default: the default voice)")
    add("--engine", choices=("onnx", "torch"), help="what computes the voice (default: as tts.synthesize chooses)")
    add("--texts", nargs="*", metavar="NAME", help=f"files, or of: {', '.join(categories())} (default: these all)")
    add("--corpus", metavar="DIR", help="prepared corpus, whose held-out texts are read and compared with recordings")
    add("--split", default="test", help="of the corpus: test (default), validation, train, all")
    add("--limit", type=int, metavar="N", help="texts of each category, from the first")
    add("--system", action="append", default=[], metavar="LABEL=FOLDER", help="ID.wav of another; repeat for several")
    add("--asr", default="none", metavar="NAME", help="none (default), pocketsphinx, whisper, wav2vec2, or a yaml file")
    add("--mos", default="none", metavar="NAME", help="none (default), distillmos, or a yaml file")
    repair = "read again what failed (default: figures are of first tries)"
    add("--repair", action=argparse.BooleanOptionalAction, default=False, help=repair)
    add("--no-split", action="store_true", help="read every text as one sentence, however long")
    add("--seed", type=int, default=0, help="of every reading (default: 0)")
    add("--threads", type=int, default=1, help="of PyTorch; times are of one core")
    add("-o", "--output", type=Path, default=Path("report_voice"), metavar="FOLDER", help="of the report")


def run(options: argparse.Namespace) -> int:
    """Speak, evaluate_voice, print the table; raises ValueError or OSError with a message that says what to do."""
    # torch and all that needs it is imported here: `--help` answers at once.
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from tts.evaluation.report import gaps
    from tts.evaluation.scores import table
    from tts.evaluation.voice import evaluate_voice

    try:
        judged = evaluate_voice(options)
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    heading, *rows = table(judged.scores)
    shown = Table(*heading, box=box.SIMPLE)
    for row in rows:
        shown.add_row(*row)
    Console(width=WIDTH).print(shown)
    for line in gaps(judged.missing):
        print(f"warning: {line}", file=sys.stderr)
    print(f"Report: {options.output / 'report.html'}")
    return 0
