"""Distill a large vocoder into a small, fast one.

python -m tts.distill_vocoder runs/my_vocoder --corpus corpora/from_teacher --corpus corpora/mine -o runs/small

The student learns to predict the outputs of the teacher's networks from mels alone. The same command continues after
Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.parsing import CommandParser, whole_number
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser(
        "python -m tts.distill_vocoder", description="Distill a large harmonic vocoder into a small one."
    )
    add = options.add_argument
    add("teacher", help="the large vocoder: a vocoder folder, a training run or a voice with a harmonic vocoder")
    add(
        "--corpus",
        action="append",
        required=True,
        metavar="DIR",
        help="a prepared corpus with mels; repeat the option for several",
    )
    add("-o", "--output", type=Path, required=True, metavar="FOLDER", help="the folder of the small vocoder")
    add("--steps", type=whole_number(1), default=2000, help="the number of training steps (default: 2000)")
    frames = "the length of a training segment in mel frames; shorter utterances are left out (default: 96)"
    add("--frames", type=whole_number(1), default=96, help=frames)
    add("--dim", type=whole_number(1), default=160, help="the number of channels of the backbone (default: 160)")
    add(
        "--hidden-dim",
        type=whole_number(1),
        default=480,
        help="the number of channels inside its blocks (default: 480)",
    )
    add("--layers", type=whole_number(1), default=6, help="the number of blocks (default: 6)")
    add(
        "--pitch-dim",
        type=whole_number(1),
        default=64,
        help="the number of channels of the pitch estimator (default: 64)",
    )
    refinement = "the number of corrections of the band levels (default: 1)"
    add("--refinement-steps", type=whole_number(1), default=1, help=refinement)
    add("--bfloat16", action="store_true", help="compute in bfloat16, which is twice as fast on CPUs that support it")
    add("--seed", type=int, default=0, help="the random seed of weights and data (default: 0)")
    return options


def _run(options: argparse.Namespace) -> None:
    from tts.distillation.run import distill_vocoder
    from tts.distillation.vocoder import DistillationOptions

    sizes = {"dim": options.dim, "hidden_dim": options.hidden_dim, "num_layers": options.layers}
    sizes |= {"pitch_dim": options.pitch_dim, "refinement_steps": options.refinement_steps}
    how = DistillationOptions(steps=options.steps, frames=options.frames, seed=options.seed)
    folder = distill_vocoder(options.teacher, options.corpus, options.output, sizes, how, options.bfloat16)
    print(f"Written: {folder}. Put it into a voice: python -m tts.import_vocoder {folder} --voice VOICE -o COPY")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    return run(_run, parser().parse_args(arguments), continues=True)


if __name__ == "__main__":
    sys.exit(main())
