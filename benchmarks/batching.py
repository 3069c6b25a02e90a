"""Sentences decoded one by one and together, on one core: ``python -m benchmarks.batching --voice NAME``.

    taskset -c 0 python -m benchmarks.batching --voice heart --voice runs/my_recurrent_voice

Ten sentences of one text become mels, one by one and eight at a time, in CPU seconds per second of audio. The ONNX
engine decodes the sentences of a parallel voice one after the other in both cases, so this row shows how repeatable the
numbers are. The last column is the whole way from text to audio.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.turns import SENTENCES
from tts import TTS
from tts.synthesis.synthesizer import SENTENCES_PER_BATCH


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--voice", action="append", help="repeat; the default voice if not given")
    parser.add_argument("--engine", action="append", choices=("onnx", "torch"), help="repeat; both if not given")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="the least time of so many counts")
    options = parser.parse_args()
    print(f"| voice, engine | one by one | {SENTENCES_PER_BATCH} at a time | ratio | text to audio |")
    for voice in options.voice or [None]:
        for engine in options.engine or ("onnx", "torch"):
            alone, together, whole = measure(TTS(voice, engine=engine, threads=1), options.rounds)
            name = f"{voice or 'default'}, {engine}"
            print(f"| {name} | {alone:.4f} | {together:.4f} | {together / alone:.2f} | {whole:.4f} |", flush=True)


def measure(tts: TTS, rounds: int) -> tuple[float, float, float]:
    """CPU seconds per second of sound: decoding one by one, decoding in batches, and all of it."""
    tokens = [part.reading.tokens for part in tts.engine.frontend.read(" ".join(SENTENCES))]
    tokens.sort(key=len, reverse=True)
    speech = tts(" ".join(SENTENCES), repair=False)
    ways: list[Callable[[], object]] = [
        lambda: [tts.engine.decode([one], 0) for one in tokens],
        lambda: [
            tts.engine.decode(tokens[first : first + SENTENCES_PER_BATCH], 0)
            for first in range(0, len(tokens), SENTENCES_PER_BATCH)
        ],
        lambda: tts(" ".join(SENTENCES), repair=False),
    ]
    times = [[cpu(way) for way in ways] for _ in range(rounds)]
    alone, together, whole = (min(column) / speech.duration for column in zip(*times))
    return alone, together, whole


def cpu(way: Callable[[], object]) -> float:
    """CPU seconds that it takes."""
    begin = time.process_time()
    way()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
