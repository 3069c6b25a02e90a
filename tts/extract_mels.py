"""Extract teacher-forced mels of an acoustic model as a corpus for vocoder fine-tuning.

python -m tts.extract_mels VOICE --corpus corpora/mine -o corpora/mine_spoken
python -m tts.train task=vocoder data.corpus=corpora/mine_spoken init_from=VOICE

A vocoder is trained on mels of recordings, but the mels of an acoustic model are smoother. The new corpus pairs the
recordings with mels that the model predicts under teacher forcing, which have the same frames. Source: Kong et al.
2020, HiFi-GAN, section 4.4.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tts.commands.parsing import CommandParser, whole_number
from tts.commands.runner import run


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = CommandParser("python -m tts.extract_mels", description="Extract teacher-forced mels as a corpus.")
    options.add_argument("voice", help="the name of a voice, a voice folder or a training run")
    options.add_argument("--corpus", required=True, help="the prepared corpus that the voice was trained on")
    options.add_argument("-o", "--output", required=True, help="the folder of the new corpus")
    options.add_argument(
        "--batch-size", type=whole_number(1), default=8, help="the number of utterances per batch (default: 8)"
    )
    options.add_argument("--device", default="cpu", help="the device, cpu or cuda (default: cpu)")
    return options


def _run(options: argparse.Namespace) -> None:
    from tts.training.teacher_forced_mels import extract

    folder = extract(options.voice, options.corpus, options.output, options.batch_size, options.device)
    print(f"Written: {folder}. Fine-tune: python -m tts.train task=vocoder data.corpus={folder} init_from=VOCODER")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status."""
    return run(_run, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
