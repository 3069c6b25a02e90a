"""``python -m tts.evaluate voice``: speak texts with a voice, measure the result and write a report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tts.commands.parsing import threads, whole_number
from tts.evaluation.test_texts import categories

WIDTH = 150  # characters of the table, also in a narrow terminal, so that cells do not wrap
DESCRIPTION = """Speak texts with a voice and measure alignment health, error sentences, coverage, speaking rate,
real-time factor and time to first audio. A corpus adds its held-out texts and their recordings. A recognizer adds word
and character error rates. A predictor adds mean opinion scores. Every result is stored at once, so the same command
continues after Ctrl-C."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand."""
    add = parser.add_argument
    add("--voice", help="a shipped voice, a voice folder or a training run (default: the default voice)")
    engine = "the engine that runs the voice (default: onnx if the voice has it, else torch)"
    add("--engine", choices=("onnx", "torch"), help=engine)
    texts = f"text files, or categories of shipped texts: {', '.join(categories())} (default: all categories)"
    add("--texts", nargs="*", metavar="NAME", help=texts)
    add("--corpus", metavar="DIR", help="a prepared corpus: also speak its held-out texts and measure its recordings")
    add("--split", default="test", help="the part of the corpus: test, validation, train or all (default: test)")
    add(
        "--limit",
        type=whole_number(1),
        metavar="N",
        help="speak only the first N texts of each category (default: all)",
    )
    system = "a folder with ID.wav files of another system to measure; repeat the option for several"
    add("--system", action="append", default=[], metavar="LABEL=FOLDER", help=system)
    asr = "the speech recognizer: none, pocketsphinx, whisper, wav2vec2 or a yaml file (default: none)"
    add("--asr", default="none", metavar="NAME", help=asr)
    mos = "the predictor of mean opinion scores: none, distillmos or a yaml file (default: none)"
    add("--mos", default="none", metavar="NAME", help=mos)
    repair = "synthesize failed sentences again (default: --no-repair, which measures first attempts)"
    add("--repair", action=argparse.BooleanOptionalAction, default=False, help=repair)
    add("--no-split", action="store_true", help="do not split texts into sentences (default: split)")
    add("--seed", type=int, default=0, help="the random seed of every synthesis (default: 0)")
    add("--threads", type=threads, default=1, help="the number of threads of PyTorch (default: 1)")
    output = "the folder of the report (default: report_voice)"
    add("-o", "--output", type=Path, default=Path("report_voice"), metavar="FOLDER", help=output)


def run(options: argparse.Namespace) -> int:
    """Evaluate the voice, print a table and write the report. Raises AttuneError or OSError."""
    # The imports are here so that `--help` does not wait for torch.
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from tts.evaluation.report import missing_warnings
    from tts.evaluation.scores import table
    from tts.evaluation.voice import evaluate_voice

    evaluated = evaluate_voice(options)
    heading, *rows = table(evaluated.scores)
    shown = Table(*heading, box=box.SIMPLE)
    for row in rows:
        shown.add_row(*row)
    Console(width=WIDTH).print(shown)
    for line in missing_warnings(evaluated.missing):
        print(f"warning: {line}", file=sys.stderr)
    print(f"Report: {options.output / 'report.html'}")
    return 0
