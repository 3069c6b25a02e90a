"""Compare attentions on the same corpus, training steps and hard texts, in one table and one figure.

python -m tts.compare_attentions -o runs/compare                                    # one of each mechanism
python -m tts.compare_attentions --every --seeds 0 1 2 --asr whisper -o runs/all    # all, in all decoders, 3 seeds
python -m tts.compare_attentions transformer:multi_head gmm trainer.max_steps=900 -o runs/longer  # KEY=VALUE: training
python -m tts.compare_attentions --voice runs/mine -o runs/compared                 # a trained voice
python -m tts.compare_attentions acoustic.decoder.attention.inference=soft --voice runs/compare/mocha -o runs/soft

Each attention is trained by python -m tts.train experiment=compare_attentions/train (or transformer, or lattice);
recipes/compare_attentions/run.sh makes the corpus. FOLDER gets a run folder and a NAME.json for each attention, and
results.json, table.md and figure.png for all. After an interruption the same command continues. Each text is
synthesized once, without another seed or repair. --finished shows the results so far while another process runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.parsing import CommandParser, whole_number
from tts.commands.runner import run

MULTIPLES = (1, 2, 4, 8)  # multiples of the longest training utterance


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser(
        "python -m tts.compare_attentions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    words = "attentions to compare, and options of their training or of the voices (default: one of each mechanism)"
    add("words", nargs="*", metavar="NAME or KEY=VALUE", help=words)
    add(
        "--every",
        action="store_true",
        help="compare every attention in every decoder that supports it, and decoders without attention",
    )
    seeds = "the seeds of the trainings; several give means and deviations (default: 0)"
    add("--seeds", type=int, nargs="+", default=[0], help=seeds)
    voice = "a voice or a run to evaluate without training; repeat the option for several"
    add("--voice", action="append", default=[], help=voice)
    corpus = "the prepared corpus with the held-out texts and the longest training text (default: corpora/compare)"
    add("--corpus", help=corpus)
    lengths = "the lengths of the texts as multiples of the longest training text (default: 1 2 4 8)"
    add("--lengths", type=whole_number(1), nargs="+", default=MULTIPLES, help=lengths)
    add("--repair", action="store_true", help="also repair failed texts and count the successes")
    add(
        "--asr",
        help="measure word error rates of attentions that read the shortest texts: whisper, or another file of "
        "conf/asr (default: none)",
    )
    add(
        "--vocoder",
        metavar="NAME",
        help="the vocoder for --asr: a voice, a vocoder folder or griffin_lim (default: the voice's own)",
    )
    add("--finished", action="store_true", help="do not train or evaluate; show the finished results")
    add("-o", "--output", type=Path, required=True, metavar="FOLDER", help="the folder of all results")
    return options


def _run(options: argparse.Namespace) -> None:
    from tts.evaluation.attention.comparison import compare

    rows = compare(options)
    for row in rows:
        print("  ".join(cell.rjust(max(len(other[n]) for other in rows)) for n, cell in enumerate(row)))
    print(f"Table: {options.output / 'table.md'}  Figure: {options.output / 'figure.png'}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return run(_run, parser().parse_intermixed_args(arguments), continues=True)


if __name__ == "__main__":
    sys.exit(main())
