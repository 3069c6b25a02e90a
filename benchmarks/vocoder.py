"""Real-time factors of vocoders, one core, same run: ``python -m benchmarks.vocoder [--vocoder FOLDER ...]``.

HiFi-GAN V1 and V3 have random weights without weight norm, as after conversion; Vocos 8x512 is the published size. The
figures are medians of interleaved repetitions, of wall time and of the process' own time, which other processes disturb
less; ratios are to the first vocoder.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from omegaconf import OmegaConf

from tts.core.config import config_root, from_conf, instantiate
from tts.voices.vocoder import load_vocoder

FRAMES_PER_SECOND = 22050 / 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vocoder", action="append", default=[], help="vocoder folder, run or voice; repeat")
    parser.add_argument("--seconds", type=float, default=5.0, help="of speech")
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    mel = torch.randn(1, 80, int(arguments.seconds * FRAMES_PER_SECOND)) - 5
    vocoders = {name: load_vocoder(name).vocoder for name in arguments.vocoder}
    vocoders |= {
        name: configured(name) for name in ("vocos_harmonic", "vocos", "hifigan_v1", "hifigan_v2", "hifigan_v3")
    }
    report(measure(vocoders, mel, arguments.repeats), mel.shape[2] / FRAMES_PER_SECOND)


def configured(name: str) -> torch.nn.Module:
    """A vocoder of conf/vocoder with random weights."""
    config = OmegaConf.load(config_root() / "conf" / "vocoder" / f"{name}.yaml")
    if name.startswith("hifigan"):
        config.normalize_weights = False
    return instantiate(config, mel=from_conf("audio/mel_22k")).eval()


@torch.inference_mode()
def measure(vocoders: dict, mel: torch.Tensor, repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Wall and process seconds of every repetition."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in vocoders}
    for repeat in range(repeats + 1):
        for name, vocoder in vocoders.items():
            begin = time.perf_counter(), time.process_time()
            vocoder(mel)
            if repeat:
                times[name].append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
    return times


def report(times: dict[str, list[tuple[float, float]]], seconds: float) -> None:
    """A row for each vocoder."""
    factors = {
        name: [statistics.median(values) / seconds for values in zip(*repeats)] for name, repeats in times.items()
    }
    first = next(iter(factors.values()))
    print(f"{'vocoder':32}  real-time factor   of the process     against the first")
    for name, (wall, own) in factors.items():
        print(f"{name[-32:]:32}  {wall:16.4f}   {own:14.4f}   {own / first[1]:18.1f}")


if __name__ == "__main__":
    main()
