"""What online checks see of failures: ``python -m benchmarks.online_checks runs/compare/additive``.

Each voice, a run of ``recipes/compare_attentions``, reads the texts of `tts.compare_attentions` twice: with its own
stop rule, and with ``stop_rule=online_checks`` around this rule. For each length the table counts

- the texts that the report calls failed with the own rule, and how many of these the checks ended earlier;
- false alarms: texts without a fault that the checks ended at another step;
- decoder steps of the first attempts, and processor seconds of all attempts until a text is repaired or given up.

``--constraint NAME`` of conf/constraints also reads all texts with the constraint and counts the failures.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from hydra import compose, initialize_config_dir

from tts import TTS
from tts.core.config import config_root, instantiate
from tts.evaluation.attention.comparison import long_texts
from tts.evaluation.attention.trial import FirstAttempt, NullVocoder, first_attempts
from tts.voices.voice import load_voice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voices", nargs="+", help="runs of recipes/compare_attentions")
    parser.add_argument("--corpus", default="corpora/compare", help="gives the texts")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--texts", type=int, default=16, help="of each length")
    parser.add_argument("--constraint", action="append", default=[], help="of conf/constraints")
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="of the constraint")
    parser.add_argument("--no-repair", action="store_true", help="only the first attempts")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for path in options.voices:
        voice = replace(load_voice(path), vocoder=NullVocoder())
        for length, texts in long_texts(voice.frontend, options.corpus, options.lengths).items():
            for line in report(voice, texts[: options.texts], options):
                print(f"{path}, {length}x: {line}", flush=True)


def report(voice: Any, texts: Sequence[str], options: argparse.Namespace) -> list[str]:
    """The lines of one voice and one length."""
    decoder = voice.acoustic.decoder
    own, constraints = decoder.stop_rule, decoder.constraints
    usual, repaired, seconds = read(voice, texts, options)
    decoder.stop_rule = part("stop_rule", "online_checks")
    decoder.stop_rule.rule = own or decoder.stop_rule.rule
    checked, repaired_too, seconds_too = read(voice, texts, options)
    decoder.stop_rule = own
    failed = [first for first in usual if not first.report.healthy]
    ended = {a.text for a, b in zip(usual, checked) if steps([b]) < steps([a])}
    changed = [a for a, b in zip(usual, checked) if a.report.healthy and steps([a]) != steps([b])]
    lines = [
        f"{len(failed)} of {len(texts)} fail, {sum(first.text in ended for first in failed)} of these end earlier, "
        f"{len(changed)} false alarms, {steps(usual)} steps, {steps(checked)} with checks"
    ]
    if not options.no_repair:
        lines.append(
            f"without a fault after repair: {repaired} in {seconds:.1f} s of processor time, "
            f"with checks {repaired_too} in {seconds_too:.1f} s"
        )
    for name in options.constraint:
        decoder.constraints = {name: part("constraints", name, options.option)}
        held = first_attempts(voice, texts)
        decoder.constraints = constraints
        lines.append(f"with constraint {name} {sum(not first.report.healthy for first in held)} fail")
    return lines


def read(voice: Any, texts: Sequence[str], options: argparse.Namespace) -> tuple[list[FirstAttempt], int, float]:
    """The first attempts; how many texts have no fault after repair, and the processor seconds of all attempts."""
    firsts, began = first_attempts(voice, texts), time.process_time()
    spoken = [] if options.no_repair else [TTS(voice)(text) for text in texts]
    return firsts, sum(speech.report.healthy for speech in spoken), time.process_time() - began


def steps(attempts: Sequence[FirstAttempt]) -> int:
    """Decoder steps."""
    return sum(len(first.alignment) for first in attempts)


def part(group: str, name: str, words: Sequence[str] = ()) -> Any:
    """A stop rule or a constraint of conf."""
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        decoder = compose(overrides=[f"+{group}={name}"]).acoustic.decoder
    config = decoder.stop_rule if group == "stop_rule" else decoder.constraints[name]
    for word in words:
        key, value = word.split("=")
        config[key] = float(value)
    return instantiate(config)


if __name__ == "__main__":
    main()
