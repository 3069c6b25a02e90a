"""Every attention of conf/attention, one core, same run: ``python -m benchmarks.attention``.

A step of generation is measured against location-sensitive attention at the same size, and ``forward`` over a whole
sequence, with its gradient, against a scan of steps. Repetitions are interleaved and the least processor time counts,
which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from hydra import compose, initialize_config_dir
from torch import Tensor
from tqdm import tqdm

from tts.attention.base import Attention
from tts.core.config import config_root, instantiate
from tts.core.interfaces import Memory

BASELINE = "location_sensitive"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="of conf/attention; none are all")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--symbols", type=int, default=80, help="of the text")
    parser.add_argument("--steps", type=int, default=200, help="of a whole sequence")
    parser.add_argument("--width", type=int, default=384, help="of query and memory")
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = sorted(path.stem for path in (config_root() / "conf" / "attention").glob("*.yaml"))
    attentions = {
        name: build(name, arguments.width) for name in {BASELINE: 0, **dict.fromkeys(arguments.names or found)}
    }
    report_steps(attentions, arguments)
    report_sequences(attentions, arguments)


def build(name: str, width: int) -> Attention:
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        config = compose(overrides=[f"+attention={name}"]).acoustic.decoder.attention
    return instantiate(config)(query_dim=width, memory_dim=width)


def report_steps(attentions: dict[str, Attention], arguments: argparse.Namespace) -> None:
    runs = {}
    for batch in (1, arguments.batch):
        for name, attention in attentions.items():
            runs[name, batch] = generation(attention.eval(), batch, arguments)
    seconds = least(runs, arguments.repeats)
    print(f"\na step of generation, {arguments.symbols} symbols            microseconds, and times {BASELINE}")
    print(f"  {'':26s}{'batch 1':>16s}{f'batch {arguments.batch}':>20s}")
    for name, attention in attentions.items():
        count = sum(parameter.numel() for parameter in attention.parameters())
        cells = [
            f"{seconds[name, b] * 1e6:8.0f}  {seconds[name, b] / seconds[BASELINE, b]:5.2f}x"
            for b in (1, arguments.batch)
        ]
        print(f"  {name:26s}{cells[0]:>16s}{cells[1]:>20s}  {count:9,} parameters")


def generation(attention: Attention, batch: int, arguments: argparse.Namespace) -> Callable[[], float]:
    memory = prepared(attention, batch, arguments)
    queries = torch.randn(20, batch, arguments.width)

    def run() -> float:
        with torch.inference_mode():
            state, seconds = attention.initial_state(memory), []
            for query in queries:
                started = time.process_time()
                _, _, state = attention.step(query, memory, state)
                seconds.append(time.process_time() - started)
            return min(seconds)

    return run


def report_sequences(attentions: dict[str, Attention], arguments: argparse.Namespace) -> None:
    runs = {}
    for name, attention in attentions.items():
        whole, scan = sequences(attention.train(), arguments)
        runs[name, "forward"], runs[name, "scan"] = whole, scan
    seconds = least(runs, max(2, arguments.repeats // 4))
    size = f"batch {arguments.batch}, {arguments.steps} steps, {arguments.symbols} symbols"
    print(f"\nforward and backward, {size}: milliseconds")
    for name, attention in attentions.items():
        whole, scan = (seconds[name, kind] * 1e3 for kind in ("forward", "scan"))
        kind = "parallel" if attention.parallel else "loop"
        print(f"  {name:26s} forward {whole:8.1f}   scan of steps {scan:8.1f}   {scan / whole:5.2f}x faster   {kind}")


def sequences(attention: Attention, arguments: argparse.Namespace) -> tuple[Callable[[], float], Callable[[], float]]:
    memory = torch.randn(arguments.batch, arguments.symbols, arguments.width)
    queries = torch.randn(arguments.batch, arguments.steps, arguments.width, requires_grad=True)
    mask = torch.ones(arguments.batch, arguments.symbols, dtype=torch.bool)

    def timed(method: Callable[[Tensor, Memory], tuple[Tensor, Tensor]]) -> Callable[[], float]:
        def run() -> float:
            started = time.process_time()
            contexts, _ = method(queries, attention.prepare(memory, mask))
            contexts.square().sum().backward()
            return time.process_time() - started

        return run

    return timed(attention), timed(lambda q, m: Attention.forward(attention, q, m))


def prepared(attention: Attention, batch: int, arguments: argparse.Namespace) -> Memory:
    memory = torch.randn(batch, arguments.symbols, arguments.width)
    with torch.inference_mode():
        return attention.prepare(memory, torch.ones(batch, arguments.symbols, dtype=torch.bool))


def least(runs: dict, repeats: int) -> dict:
    """Least processor seconds of each; one warm-up, then all in turn, so that a busy moment hits all alike."""
    seconds = dict.fromkeys(runs, float("inf"))
    for repeat in tqdm(range(repeats + 1), leave=False):
        for key, run in runs.items():
            value = run()
            if repeat:
                seconds[key] = min(seconds[key], value)
    return seconds


if __name__ == "__main__":
    main()
