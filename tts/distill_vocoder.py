"""Make a small, fast vocoder out of a large one.

python -m tts.distill_vocoder runs/my_vocoder --corpus corpora/from_teacher --corpus corpora/mine -o runs/small

The student learns from mels alone what the teacher's networks say of them; Ctrl-C loses nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        "python -m tts.distill_vocoder", description="Fit a small harmonic vocoder to a large one."
    )
    add = options.add_argument
    add("teacher", help="vocoder folder, training run or voice with a harmonic vocoder")
    add(
        "--corpus",
        action="append",
        required=True,
        metavar="DIR",
        help="prepared corpus with mels; repeatable",
    )
    add("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where the vocoder folder is written")
    add("--steps", type=int, default=2000, help="of training (default: 2000)")
    add("--frames", type=int, default=96, help="of a piece; shorter utterances are left out (default: 96)")
    add("--dim", type=int, default=160, help="channels of the backbone (default: 160)")
    add("--hidden-dim", type=int, default=480, help="channels inside its blocks (default: 480)")
    add("--layers", type=int, default=6, help="blocks (default: 6)")
    add("--pitch-dim", type=int, default=64, help="channels of the pitch estimator (default: 64)")
    add("--refinement-steps", type=int, default=1, help="corrections of the bands' levels (default: 1)")
    add("--bfloat16", action="store_true", help="compute in bfloat16, twice as fast where the CPU has it")
    add("--seed", type=int, default=0, help="of weights and data (default: 0)")
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
    """Run the command line; returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
