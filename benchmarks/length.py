"""What a frame costs as an utterance grows: ``python -m benchmarks.length -o docs/length.png``.

Every model speaks a text of 1 to 16 times the first length, random weights, nobody stops early, one core. A decoder
whose cost per frame is flat can speak without end. Lengths are interleaved and the least processor time counts.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from hydra import compose, initialize_config_dir
from matplotlib.figure import Figure

from tts.core.config import config_root, instantiate

FRAMES_PER_SECOND = 22050 / 256
FRAMES_PER_SYMBOL = 7
MODELS = {  # what to call it: overrides of conf/train.yaml
    "recurrent (stepwise)": ["acoustic=tacotron2_small", "attention=stepwise_median"],
    "Transformer TTS": ["experiment=espeak_quickstart/transformer"],
    "robust Transformer": ["experiment=espeak_quickstart/transformer_relative"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=250, help="mel frames of the shortest utterance")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path, help="picture")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    models = {name: build(overrides) for name, overrides in MODELS.items()}
    least: dict[tuple[str, int], float] = {}
    for _ in range(arguments.repeats):
        for times in arguments.times:
            for name, model in models.items():
                seconds = speak(model, arguments.frames * times)
                least[name, times] = min(least.get((name, times), float("inf")), seconds)
    costs = {name: [least[name, t] / t / arguments.frames for t in arguments.times] for name in models}
    for name, values in costs.items():
        cells = "  ".join(
            f"{t}x {1e3 * v:.3f} ms (RTF {v * FRAMES_PER_SECOND:.3f})" for t, v in zip(arguments.times, values)
        )
        print(f"{name:22s} per frame: {cells}")
    if arguments.output:
        draw(costs, arguments).savefig(arguments.output, dpi=110)


def build(overrides: list[str]) -> torch.nn.Module:
    torch.manual_seed(0)
    root = config_root()
    with initialize_config_dir(str(root / "conf"), version_base=None):
        searched = f"hydra.searchpath=[file://{root}]"
        config = compose("train", overrides=[*overrides, "num_symbols=60", searched])
    model = instantiate(config.acoustic).eval()
    model.decoder.gate_threshold, model.decoder.stop_rule = 2.0, None
    return model


def speak(model: torch.nn.Module, frames: int) -> float:
    """Processor seconds of an utterance."""
    tokens = torch.randint(1, 60, (1, frames // FRAMES_PER_SYMBOL))
    model.decoder.max_frames_offset, model.decoder.max_frames_per_symbol = frames, 0
    started = time.process_time()
    model.generate(tokens, torch.tensor([tokens.shape[1]]), [0])
    return time.process_time() - started


def draw(costs: dict[str, list[float]], arguments: argparse.Namespace) -> Figure:
    figure = Figure(figsize=(6, 3.4), layout="constrained")
    axes = figure.subplots()
    seconds = [t * arguments.frames / FRAMES_PER_SECOND for t in arguments.times]
    for name, values in costs.items():
        axes.plot(seconds, [1e3 * value for value in values], marker="o", label=name)
    axes.set_xscale("log")
    axes.set_xticks(seconds, [f"{value:.0f}" for value in seconds])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("length of the utterance, s")
    axes.set_ylabel("cost of a mel frame, ms, one core")
    axes.legend()
    return figure


if __name__ == "__main__":
    main()
