"""This project and a peer in turns, a sentence each, on one core: ``python -m benchmarks.turns hibari``.

    taskset -c 0 python -m benchmarks.turns hibari --voice heart --rounds 15

Whatever else the machine does meets both alike. Of every sentence the least CPU time of all rounds counts. A factor is
CPU seconds per second of sound, over ten sentences one by one.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict

from benchmarks.peers import SYSTEMS, Speak

PEERS = ("hibari", "piper", "kokoro", "tacotron2")  # those that speak in this process, whose time is counted
SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "She sells sea shells by the sea shore.",
    "On Monday morning the committee met in the old town hall to discuss the new bridge.",
    "He closed the door, looked at his watch, and sighed.",
    "Nobody could remember when the lighthouse had last been painted.",
    "It was raining again, as it had been for most of the week.",
    "The train leaves at half past seven from platform nine.",
    "Would you mind opening the window a little?",
    "Every summer they went to the same small village by the lake.",
    "A long time ago there lived a miller who had three sons.",
)


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--voice", help="of this project; its default voice if not given")
    parser.add_argument("--rounds", type=int, default=15, metavar="N")
    options = parser.parse_args()
    speakers = {name: SYSTEMS[name](options.voice)[0] for name in ("attune", options.peer)}
    costs: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for _ in range(options.rounds):
        for sentence in SENTENCES:
            for name, speak in speakers.items():
                found = cost(speak, sentence)
                costs[name][sentence] = min(found, costs[name].get(sentence, found))
    factors = {
        name: sum(c for c, _ in found.values()) / sum(s for _, s in found.values()) for name, found in costs.items()
    }
    print(*(f"{name} {factor:.4f}" for name, factor in factors.items()), sep="\n")
    print(f"attune takes {factors['attune'] / factors[options.peer]:.2f} of the time of {options.peer}")


def cost(speak: Speak, sentence: str) -> tuple[float, float]:
    """CPU seconds that a sentence takes, and seconds of its sound."""
    start = time.process_time()
    sound = sum(samples / rate for samples, rate in speak(sentence))
    return time.process_time() - start, sound


if __name__ == "__main__":
    main()
