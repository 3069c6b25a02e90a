"""Find the alignment heads of a Transformer voice, and test whether a constraint on them reduces errors.

    python -m tts.find_alignment_heads runs/my_transformer
    python -m tts.find_alignment_heads runs/my_transformer --texts hard.txt --rule prior

The command synthesizes texts in which a word occurs one to nine times, or the texts of a file: once without a
constraint, and once with a constraint of conf/repair.yaml on the alignment heads. The last line that it prints is the
option that keeps the choice. The command trains nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.parsing import CommandParser, whole_number
from tts.commands.runner import run

OPTION = "acoustic.decoder.alignment_heads"


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser(
        "python -m tts.find_alignment_heads",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("voice", help="a voice or a run with a Transformer decoder")
    options.add_argument("--texts", type=Path, help="a file with one text per line (default: repeated words)")
    rule = "the constraint on the alignment heads (default: window)"
    options.add_argument("--rule", default="window", choices=("window", "prior"), help=rule)
    options.add_argument(
        "--most", type=whole_number(1), default=3, help="the largest number of alignment heads (default: 3)"
    )
    return options


def find(options: argparse.Namespace) -> list[str]:
    """Return the lines to print. Raises AttuneError if the voice has no heads to choose from."""
    import torch

    from tts.engine.torch_engine import load_rules
    from tts.evaluation.attention.heads import choose_heads, sweep_heads
    from tts.evaluation.attention.texts import repeated_words
    from tts.evaluation.attention.trial import first_attempts
    from tts.voices.voice import load_voice

    torch.set_num_threads(1)
    texts = options.texts.read_text(encoding="utf-8").split("\n") if options.texts else repeated_words().values()
    texts = [text for text in texts if text.strip()]
    unconstrained = load_voice(options.voice)
    scores = sweep_heads(unconstrained, texts)
    lines = [
        f"{score.name:20s} path mass {score.path_mass:.2f}  coverage {score.coverage:.2f}  focus {score.focus:.2f}"
        f"{'  aligns' if score.is_aligned else ''}"
        for score in scores
    ]
    words = f"{OPTION}={choose_heads(scores, options.most)}".replace(" ", "")
    constrained = load_voice(options.voice, [words])
    constrained.acoustic.decoder.constraints = dict(enumerate(load_rules(constrained.step_seconds)[options.rule]))
    for name, voice in (
        ("without a constraint, all heads", unconstrained),
        (f"constraint {options.rule}", constrained),
    ):
        failed = sum(not first.report.healthy for first in first_attempts(voice, texts))
        lines.append(f"{name}: {failed} of {len(texts)} texts failed")
    return [*lines, f"Keep this choice: python -m tts.train init_from={options.voice} ... {words}"]


def _run(options: argparse.Namespace) -> None:
    for line in find(options):
        print(line)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
