"""What it costs to start: wall time and peak memory of whole processes: ``python -m benchmarks.footprint``."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAINING_STEP = """
import torch
torch.set_num_threads(1)
from benchmarks.acoustic import from_configuration
from benchmarks.training import synthetic_batch
model = from_configuration("tacotron2_small", "stepwise_monotonic")
model.use_forced_alignment = True
output = model(synthetic_batch(16, 600))
(output.mel.mean() + output.mel_before.mean() + output.stop_logits.mean()).backward()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        wav = str(Path(folder) / "hello.wav")
        runs = {
            "import tts": ["-c", "import tts"],
            "import torch": ["-c", "import torch"],
            'python -m tts.synthesize "Hello world."': ["-m", "tts.synthesize", "Hello world.", "-o", wav],
            "training step, 16 x 600 frames": ["-c", TRAINING_STEP],
        }
        print(f"{'process':42s} {'wall':>8s} {'peak memory':>12s}")
        for name, arguments in runs.items():
            seconds, memory = zip(*(measure(arguments) for _ in range(repeats + 1)))
            print(f"{name:42s} {statistics.median(seconds[1:]):6.2f} s {max(memory):9.0f} MB")


def measure(arguments: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of one process; the first run of a kind only warms the disk cache."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"python {' '.join(arguments)} failed")
    return seconds, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
