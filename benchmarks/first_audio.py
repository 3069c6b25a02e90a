"""Milliseconds until the first audio of a stream, for texts of several lengths that were not read before.

    python -m benchmarks.first_audio [--voice NAME] [--sentences 1 40 200] [--repeats 7]

Each text has so many sentences of up to twenty random words. The phonemes are not cached on disk. One thread computes.
"""

import argparse
import os
import random
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.long_texts import words
from tts import TTS


def text_of(sentences, seed):
    """A text of so many sentences. It depends only on the arguments."""
    r = random.Random(seed)
    return " ".join(f"{words(r, 20).capitalize()}." for _ in range(sentences))


def milliseconds(tts, text):
    """Time until the first chunk of ``text``."""
    start = time.perf_counter()
    next(tts.stream(text))
    return 1000 * (time.perf_counter() - start)


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--voice", help="default: the voice that is installed with the package")
    parser.add_argument("--sentences", type=int, nargs="+", default=[1, 40, 200])
    parser.add_argument("--repeats", type=int, default=7, help="texts of each length")
    arguments = parser.parse_args(words)
    os.environ["ATTUNE_CACHE"] = "off"
    tts = TTS(arguments.voice)
    list(tts.stream("Warm up: these words are read first."))
    for sentences in arguments.sentences:
        texts = [text_of(sentences, seed) for seed in range(arguments.repeats)]
        found = [milliseconds(tts, text) for text in texts]
        length = statistics.mean(map(len, texts))
        print(f"{sentences:5} sentences, {length:6.0f} characters  median {statistics.median(found):6.1f} ms  "
              f"least {min(found):6.1f} ms", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
