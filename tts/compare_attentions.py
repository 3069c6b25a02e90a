"""Compare attentions: the same corpus, steps and hard texts, one table and one figure.

python -m tts.compare_attentions -o runs/compare                                    # one of each mechanism
python -m tts.compare_attentions --every --seeds 0 1 2 --asr whisper -o runs/all    # all, in both decoders, thrice
python -m tts.compare_attentions transformer:multi_head gmm trainer.max_steps=900 -o runs/longer  # KEY=VALUE: training
python -m tts.compare_attentions --voice runs/mine -o runs/compared                 # a voice as it is, repeated words
python -m tts.compare_attentions acoustic.decoder.attention.inference=soft --voice runs/compare/mocha -o runs/soft

Every one is trained by python -m tts.train experiment=compare_attentions/train (or transformer, or lattice);
recipes/compare_attentions/run.sh makes the corpus. FOLDER gets a run folder and a NAME.json for each, and results.json,
table.md and figure.png of all. The same command goes on where it was interrupted. Texts are read once: no second seed,
no repair. --finished shows what there is while another process goes on.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.runner import run

MULTIPLES = (1, 2, 4, 8)  # of the longest training utterance


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        "python -m tts.compare_attentions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    add("words", nargs="*", metavar="NAME or KEY=VALUE", help="attentions; changes to their training, or to the voices")
    add(
        "--every",
        action="store_true",
        help="every attention in all decoders where it applies, and the decoders without one",
    )
    add("--seeds", type=int, nargs="+", default=[0], help="of the trainings; of several, means and deviations (0)")
    add("--voice", action="append", default=[], help="a voice or a run, judged as it is; repeat for several")
    add("--corpus", help="prepared corpus: held-out texts, and the longest training text (corpora/compare)")
    add("--lengths", type=int, nargs="+", default=MULTIPLES, help="of texts, in longest training texts (1 2 4 8)")
    add("--repair", action="store_true", help="also read again what failed, and count what helped")
    add(
        "--asr", help="word errors of the sound, of those that read the shortest texts: whisper, or another of conf/asr"
    )
    add(
        "--vocoder",
        metavar="NAME",
        help="for --asr: a voice, a vocoder folder or griffin_lim, instead of the voice's own",
    )
    add("--finished", action="store_true", help="train and try nothing: table and figure of what there is")
    add("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where everything goes")
    return options


def _run(options: argparse.Namespace) -> None:
    from tts.evaluation.attention.comparison import compare

    rows = compare(options)
    for row in rows:
        print("  ".join(cell.rjust(max(len(other[n]) for other in rows)) for n, cell in enumerate(row)))
    print(f"Table: {options.output / 'table.md'}  Figure: {options.output / 'figure.png'}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return run(_run, parser().parse_intermixed_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
