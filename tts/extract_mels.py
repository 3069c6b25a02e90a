"""Extract the mels of an acoustic model under teacher forcing: a corpus to fine-tune a vocoder on.

python -m tts.extract_mels VOICE --corpus corpora/mine -o corpora/mine_spoken
python -m tts.train task=vocoder data.corpus=corpora/mine_spoken init_from=VOICE

A vocoder that has heard only recordings' mels meets smoother ones in use. The new corpus has the recordings of the old
one, frame by frame, beside what the model made of their texts. Source: Kong et al. 2020, HiFi-GAN, section 4.4.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser("python -m tts.extract_mels", description="Teacher-forced mels as a corpus.")
    options.add_argument("voice", help="name of a voice, voice folder or training run")
    options.add_argument("--corpus", required=True, help="prepared corpus that the voice was trained on")
    options.add_argument("-o", "--output", required=True, help="folder of the new corpus")
    options.add_argument("--batch-size", type=int, default=8, help="utterances at a time")
    options.add_argument("--device", default="cpu", help="cpu or cuda")
    return options


def _run(options: argparse.Namespace) -> None:
    from tts.training.teacher_forced_mels import extract

    folder = extract(options.voice, options.corpus, options.output, options.batch_size, options.device)
    print(f"Written: {folder}. Fine-tune: python -m tts.train task=vocoder data.corpus={folder} init_from=VOCODER")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
