"""Acoustic models against torchaudio's Tacotron 2, one core, same run: ``python -m benchmarks.acoustic``.

Generation: one utterance of a fixed number of frames, random weights, nobody stops early. Ratios are of the medians of
interleaved repetitions; the machine should be idle. Training is measured by ``benchmarks.training``.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from hydra import compose, initialize_config_dir

from benchmarks.reference_tacotron2 import copy_weights, tacotron2, torchaudio_tacotron2
from tts.acoustic.parallel_model import ParallelModel
from tts.core.config import config_root, instantiate

FRAMES_PER_SECOND = 22050 / 256
NUM_SYMBOLS = 40
#: The small models and their attentions; the parallel one has its own.
SMALL = {"tacotron2_small": "stepwise_monotonic", "transformer_small": "multi_head", "parallel": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=600, help="mel frames of the generated utterance")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    peer, equal = torchaudio_tacotron2(), tacotron2()
    copy_weights(peer, equal)
    small = {name: from_configuration(name, attention) for name, attention in SMALL.items()}
    with_fp16_weights = copy.deepcopy(equal)
    with_fp16_weights.decoder.fp16_generation = True
    models = {"same size": equal, "same size, fp16_generation": with_fp16_weights, **small}
    generation(peer, models, arguments.frames, arguments.repeats)


def from_configuration(name: str, attention: str | None, *changes: str) -> torch.nn.Module:
    overrides = [
        f"+acoustic={name}",
        "+audio=mel_22k",
        "+mel_mean=-5.5",
        "+mel_std=2.1",
        f"+num_symbols={NUM_SYMBOLS}",
        *changes,
    ]
    overrides += [f"+attention={attention}"] if attention else []
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        return instantiate(compose(overrides=overrides).acoustic)


def generation(peer: torch.nn.Module, models: dict[str, torch.nn.Module], frames: int, repeats: int) -> None:
    tokens, lengths = torch.randint(1, NUM_SYMBOLS, (1, frames // 7)), torch.tensor([frames // 7])
    peer.eval()
    peer.decoder.gate_threshold, peer.decoder.decoder_max_step = 2.0, frames
    runs = {"torchaudio Tacotron2": lambda: peer.infer(tokens, lengths)}
    for name, model in models.items():
        model.eval()
        last_for(model, frames, tokens.shape[1])
        runs[name] = lambda model=model: model.generate(tokens, lengths, [0])
    with torch.inference_mode():
        seconds = interleaved(runs, repeats)
    duration = frames / FRAMES_PER_SECOND
    report("generation", seconds, lambda s: f"real-time factor {s / duration:.4f}")
    print(f"  parallel over tacotron2_small: {seconds['tacotron2_small'] / seconds['parallel']:.2f} x")


def last_for(model: torch.nn.Module, frames: int, symbols: int) -> None:
    """Make an untrained model speak for so long."""
    if isinstance(model, ParallelModel):
        with torch.no_grad():
            model.durations.projection.weight.zero_()
            model.durations.projection.bias.fill_(math.log1p(frames / symbols))
        return
    model.decoder.gate_threshold = 2.0
    model.decoder.max_frames_offset, model.decoder.max_frames_per_symbol = frames, 0


def interleaved(runs: dict, repeats: int) -> dict[str, float]:
    """Median seconds of each; one warm-up, then all in turn, so that a busy moment hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(repeats + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if repeat:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def report(title: str, seconds: dict[str, float], describe) -> None:
    print(f"\n{title}")
    baseline = next(iter(seconds.values()))
    for name, value in seconds.items():
        print(f"  {name:40s} {value:7.3f} s  {describe(value):28s} {baseline / value:6.2f} x")


if __name__ == "__main__":
    main()
