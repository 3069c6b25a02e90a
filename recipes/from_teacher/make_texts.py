"""Write short texts of many kinds, and put them behind the sentences of a corpus.

``python recipes/from_teacher/make_texts.py -o texts.txt [--corpus metadata.csv] [--count 4000]``

A corpus of book sentences has no one-word text, few questions and no dialogue. The words and the sentences are in
``words.yaml`` and ``sentences.yaml``; the same count and seed give the same texts.
"""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path

import yaml
from num2words import num2words

FOLDER = Path(__file__).parent
SLOT = re.compile(r"\{(\w+)\}")


def _clock(rng: random.Random) -> str:
    minute = rng.choice([0, 5, 10, 15, 20, 30, 40, 45, 50, 55, rng.randrange(60)])
    return f"{rng.randint(1, 12)}:{minute:02d} {rng.choice(['a.m.', 'p.m.'])}"


def _money(rng: random.Random) -> str:
    whole = rng.choice([rng.randint(2, 20), rng.randint(20, 999), rng.randint(1000, 90000)])
    return f"{rng.choice('$$£€')}{whole:,}" + (f".{rng.randint(1, 99):02d}" if rng.random() < 0.4 else "")


NUMBERS = {
    "small": lambda rng: str(rng.randint(2, 99)),
    "count": lambda rng: num2words(rng.choice([rng.randint(2, 20), rng.randint(20, 200)])),
    "room": lambda rng: str(rng.randint(100, 999)),
    "thousands": lambda rng: f"{rng.choice([rng.randint(1001, 9999), rng.randint(10, 999) * 1000]):,}",
    "decimal": lambda rng: f"{rng.randint(0, 99)}.{rng.randint(1, 9)}",
    "percent": lambda rng: f"{rng.randint(1, 100)}%",
    "money": _money,
    "time": _clock,
    "year": lambda rng: str(rng.choice([rng.randint(1400, 1999), rng.randint(1900, 2029)])),
    "monthday": lambda rng: str(rng.randint(1, 28)),
    "ordinalday": lambda rng: num2words(rng.randint(1, 31), to="ordinal_num"),
    "ordinal": lambda rng: num2words(rng.randint(1, 40), to="ordinal"),
    "phone": lambda rng: f"555-{rng.randint(1000, 9999)}",
    "fraction": lambda rng: rng.choice(["one half", "two thirds", "a quarter", "three quarters", "1/3", "1/2"]),
    "feeling_it": lambda rng: rng.choice(["cold", "quiet", "dark", "warm", "late", "crowded", "noisy"]),
}


def fill(template: str, words: dict[str, list[str]], rng: random.Random) -> str:
    """``template`` with words of its kinds; a kind with a capital gives a capital. A word is not used twice."""
    used: set[str] = set()

    def word(match: re.Match[str]) -> str:
        kind = match[1].lower()
        choices = [choice for choice in words.get(kind, []) if choice not in used]
        chosen = rng.choice(choices) if choices else NUMBERS[kind](rng)
        used.add(chosen)
        return chosen[:1].upper() + chosen[1:] if match[1][0].isupper() else chosen

    filled = SLOT.sub(word, template).replace(".m..", ".m.")
    filled = re.sub(r"\b([Aa]) (?=[aeiouAEIO])", r"\1n ", filled)
    return filled[:1].upper() + filled[1:]


def _read(name: str) -> dict:
    return yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # "Yes" and "Off" are words


def short_texts(count: int, seed: int = 0) -> list[str]:
    """About ``count`` different texts of all kinds, in a mixed order."""
    words = _read("words.yaml")
    kinds = _read("sentences.yaml")
    rng, total, texts = random.Random(seed), sum(int(kind["share"]) for kind in kinds.values()), {}
    for kind in kinds.values():
        wanted = round(count * int(kind["share"]) / total)
        drawn = (fill(kind["templates"][index % len(kind["templates"])], words, rng) for index in range(4 * wanted))
        new = dict.fromkeys(text for text in drawn if text not in texts)
        texts |= dict.fromkeys(list(new)[:wanted])
    return rng.sample(list(texts), len(texts))


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, required=True, help="the text list to write, one text a line")
    parser.add_argument("--corpus", type=Path, help="id|raw|normalized lines (LJSpeech's metadata.csv) to put first")
    parser.add_argument("--count", type=int, default=4000, help="short texts (4000)")
    parser.add_argument("--seed", type=int, default=0, help="other texts (0)")
    options = parser.parse_args(arguments)
    lines = options.corpus.read_text(encoding="utf-8").splitlines() if options.corpus else []
    options.out.parent.mkdir(parents=True, exist_ok=True)
    short = short_texts(options.count, options.seed)
    options.out.write_text("".join(f"{line}\n" for line in lines + short), encoding="utf-8")
    print(f"{options.out}: {len(lines)} sentences of the corpus, {len(short)} short texts")


if __name__ == "__main__":
    main()
