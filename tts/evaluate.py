"""Judge what was made here with numbers.

    python -m tts.evaluate voice [--voice NAME] [--corpus DIR] [--asr NAME] [--system LABEL=FOLDER ...] [-o FOLDER]
    python -m tts.evaluate vocoder --corpus DIR [--vocoder NAME ...] [-o FOLDER]

A voice reads the texts that ship, by category, and a corpus' held-out ones; recordings and other systems' wave files
are rows of the same table (`tts.commands.evaluate_voice`).

Every vocoder turns the corpus' mels of held-out recordings back into sound (an acoustic model's, if
``tts.extract_mels`` made the corpus); the recording itself and Griffin-Lim with 60 iterations stand in the same table.
A vocoder is a folder of its own, a training run or a voice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tts.commands import evaluate_voice as voice_command


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser("python -m tts.evaluate", description="Judge what was made here with numbers.")
    what = options.add_subparsers(dest="what", required=True)
    vocoder = what.add_parser("vocoder", help="copy synthesis of held-out recordings")
    vocoder.add_argument("--corpus", required=True, help="prepared corpus (python -m tts.prepare)")
    vocoder.add_argument("--split", default="test", help="of the corpus: test (default), validation, train, all")
    vocoder.add_argument("--vocoder", action="append", default=[], metavar="NAME", help="repeat for several")
    vocoder.add_argument("--limit", type=int, help="recordings, from the first")
    vocoder.add_argument("--threads", type=int, default=1, help="of PyTorch; the real-time factor is of one core")
    vocoder.add_argument("-o", "--output", default="report_vocoder", help="folder of the report")
    about = voice_command.DESCRIPTION
    voice = what.add_parser("voice", help="texts by category, read and judged", description=about)
    voice_command.add_arguments(voice)
    return options


def evaluate_vocoders(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """The means of all measures by vocoder; raises ValueError with a message that says what to do."""
    import torch

    from tts.data.corpus import Corpus
    from tts.evaluation.vocoders import compare
    from tts.vocoder.griffin_lim import GriffinLim
    from tts.voices.vocoder import load_vocoder
    from tts.voices.voice import check_mel_spec

    torch.set_num_threads(options.threads)
    corpus = Corpus(options.corpus, options.split)
    mel = _mel(corpus.config["audio"])
    vocoders: dict[str, Any] = {"griffin_lim_60": GriffinLim(mel, iterations=60)}
    for name in options.vocoder:
        loaded = load_vocoder(name)
        check_mel_spec(loaded.mel.mel_spec, mel.mel_spec, f"vocoder {name}")
        vocoders[_label(name, vocoders)] = loaded.vocoder
    indices = range(len(corpus))[: options.limit]
    recordings = {corpus.items[index]["id"]: (corpus.audio(index), corpus[index].mel) for index in indices}
    return compare(recordings, vocoders, mel, Path(options.output))


def _mel(config: Any) -> Any:
    from tts.core.config import instantiate

    return instantiate(config, "audio")


def _label(name: str, taken: Any) -> str:
    """The last part of a path, numbered if it is a label already."""
    label = Path(name).name
    return label if label not in taken else f"{label}_{len(taken)}"


def _show(heading: Sequence[str], *rows: Sequence[str]) -> None:
    """A table in the terminal; where that is narrow the names are folded, never the numbers."""
    from rich.console import Console
    from rich.table import Table

    shown = Table()
    for number, name in enumerate(heading):
        shown.add_column(name, overflow="fold", no_wrap=number == 0, justify="right" if number else "left")
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        if options.what == "voice":
            return voice_command.run(options)
        means = evaluate_vocoders(options)
    except (ValueError, OSError) as error:  # CorpusError, VoiceError, TextError, AudioError, RecognizerError
        print(f"error: {error}", file=sys.stderr)
        return 1
    from tts.evaluation.vocoders import table

    _show(*table(means))
    print(f"Report: {Path(options.output) / 'report.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
