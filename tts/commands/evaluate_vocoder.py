"""``python -m tts.evaluate vocoder``: measure copy synthesis of held-out recordings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tts.commands.parsing import threads, whole_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand."""
    add = parser.add_argument
    add("--corpus", required=True, help="the prepared corpus (python -m tts.prepare)")
    add("--split", default="test", help="the part of the corpus: test, validation, train or all (default: test)")
    vocoder = "a vocoder folder, a training run or a voice to measure; repeat the option for several"
    add("--vocoder", action="append", default=[], metavar="NAME", help=vocoder)
    add("--limit", type=whole_number(1), metavar="N", help="measure only the first N recordings (default: all)")
    mos = "the predictor of mean opinion scores: none, distillmos or a yaml file (default: none)"
    add("--mos", default="none", metavar="NAME", help=mos)
    add("--threads", type=threads, default=1, help="the number of threads of PyTorch (default: 1)")
    add("-o", "--output", default="report_vocoder", help="the folder of the report (default: report_vocoder)")


def run(options: argparse.Namespace) -> int:
    """Measure the vocoders, print a table and write the report."""
    from tts.evaluation.vocoders import table

    means = evaluate_vocoders(options)
    _show(*table(means))
    print(f"Report: {Path(options.output) / 'report.md'}")
    return 0


def evaluate_vocoders(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """The mean of every metric by vocoder. Raises AttuneError if the corpus or a vocoder cannot be used."""
    import torch

    from tts.core.config import from_conf
    from tts.data.corpus import Corpus
    from tts.evaluation.mos import load_predictor
    from tts.evaluation.vocoders import compare
    from tts.voices.vocoder import load_vocoder
    from tts.voices.voice import check_mel_spec

    torch.set_num_threads(options.threads)
    corpus = Corpus(options.corpus, options.split)
    mel = _mel(corpus.config["audio"])
    vocoders: dict[str, Any] = {"griffin_lim_60": from_conf("vocoder/griffin_lim", "vocoder", mel=mel, iterations=60)}
    for name in options.vocoder:
        loaded = load_vocoder(name)
        check_mel_spec(loaded.mel.mel_spec, mel.mel_spec, f"vocoder {name}")
        vocoders[_label(name, vocoders)] = loaded.vocoder
    indices = range(len(corpus))[: options.limit]
    recordings = {corpus.items[index]["id"]: (corpus.audio(index), corpus[index].mel) for index in indices}
    predictor = None if options.mos == "none" else load_predictor(options.mos)
    return compare(recordings, vocoders, mel, Path(options.output), predictor)


def _mel(config: Any) -> Any:
    from tts.core.config import instantiate

    return instantiate(config, "audio")


def _label(name: str, taken: Any) -> str:
    """The last part of a path, with a number if another vocoder already has this label."""
    label = Path(name).name
    return label if label not in taken else f"{label}_{len(taken)}"


def _show(heading: Sequence[str], *rows: Sequence[str]) -> None:
    """Print a table. In a narrow terminal the names wrap, but not the numbers."""
    from rich.console import Console
    from rich.table import Table

    shown = Table()
    for number, name in enumerate(heading):
        shown.add_column(name, overflow="fold", no_wrap=number == 0, justify="right" if number else "left")
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)
