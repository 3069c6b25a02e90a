"""The English front end: agreement with LJSpeech's readers, and speed.

    python benchmarks/text.py LJSpeech-1.1/metadata.csv [--show]

Lines whose raw and normalized columns differ count as agreed if they are the same after lower-casing, dropping
punctuation and "and", "the", "of", and spelling out abbreviations on both sides. Times are of the processor, warm.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tts.text.frontend import TextFrontend
from tts.text.normalize import normalize

ABBREVIATIONS = {"mr": "mister", "mrs": "missus", "dr": "doctor", "drs": "doctors", "no": "number", "nos": "numbers"}
ABBREVIATIONS |= {"st": "saint", "co": "company", "jr": "junior", "maj": "major", "gen": "general", "rev": "reverend"}
ABBREVIATIONS |= {"lt": "lieutenant", "hon": "honorable", "sgt": "sergeant", "capt": "captain", "esq": "esquire"}
ABBREVIATIONS |= {"ltd": "limited", "col": "colonel", "ft": "fort", "messrs": "messieurs", "inc": "incorporated"}
DROPPED = {"and", "the", "of"}


def canonical(text):
    words = re.sub(r"[^\w ]", " ", text.lower().replace("'", "").replace("’", "")).split()
    return [ABBREVIATIONS.get(word, word) for word in words if word not in DROPPED]


def agreement(lines, show):
    differing = [(name, raw, spoken) for name, raw, spoken in lines if raw != spoken]
    wrong = [line for line in differing if canonical(normalize(line[1])) != canonical(line[2])]
    for name, raw, spoken in wrong if show else ():
        print(f"{name}\n  corpus: {spoken}\n  ours:   {normalize(raw)}")
    share = 1 - len(wrong) / max(1, len(differing))
    print(f"agreement: {share:.1%} of {len(differing)} lines that were normalized ({len(wrong)} differ)")


def milliseconds(function, inputs):
    once(function, inputs)
    return once(function, inputs)


def once(function, inputs):
    started = time.process_time()
    for text in inputs:
        function(text)
    return (time.process_time() - started) / len(inputs) * 1000


def speed(lines):
    texts = [raw for _, raw, _ in lines[:500]]
    frontend = TextFrontend("en-us")
    print(f"normalize: {milliseconds(normalize, texts):.2f} ms a sentence")
    print(f"normalize and phonemise: {milliseconds(frontend, texts):.2f} ms a sentence, read before in this process")
    fresh = TextFrontend("en-us")
    print(f"the same, from the cache on disk: {once(fresh, texts):.2f} ms")
    os.environ["ATTUNE_CACHE"] = "off"
    fresh = TextFrontend("en-us")
    print(f"the same, from espeak: {once(fresh, texts):.2f} ms")
    os.environ["ATTUNE_CACHE"] = ""
    for name, piece in (("prose", " ".join(texts)), ("dates and money", "On Nov. 22, 1963, he paid $3.50 for 5 kg. ")):
        text = (piece * (100_000 // len(piece) + 1))[:100_000]
        started = time.process_time()
        normalize(text)
        print(f"100,000 characters of {name}: {time.process_time() - started:.2f} s")


def cold_start():
    code = "from tts.text.frontend import TextFrontend; TextFrontend('en-us')('Hello world, how are you today?')"
    for cache in ("off", os.environ.get("ATTUNE_CACHE", "")):
        environment = {**os.environ, "ATTUNE_CACHE": cache}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        times = []
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", code], env=environment, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        name = "without a cache" if cache == "off" else "of a text in the cache"
        print(f"cold start {name}, interpreter included: {min(times) * 1000:.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("metadata", type=Path, help="LJSpeech's metadata.csv")
    parser.add_argument("--show", action="store_true", help="print the lines that differ")
    arguments = parser.parse_args()
    lines = [line.split("|") for line in arguments.metadata.read_text(encoding="utf-8").splitlines()]
    agreement(lines, arguments.show)
    speed(lines)
    cold_start()


if __name__ == "__main__":
    main()
