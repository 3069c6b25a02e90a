"""How well faults of the attention are told: false alarms on a reader's own alignments, and planted faults found.

    python benchmarks/alignment.py corpora/ljspeech_small

Needs a corpus with durations (python -m tts.align). For every utterance the path along its durations is judged as it
is, and with one fault planted at a random word. "exact" counts those for which that fault is the only one reported, at
that word. What no alignment can show is not found: a word of a single symbol said twice looks like one said slowly, and
one that blurred neighbors have seen does not look skipped.
"""

import argparse
from collections import Counter

import numpy as np
import torch
from tqdm import tqdm

from tts.acoustic.durations import durations_to_path
from tts.alignment import report, words_of
from tts.data.corpus import Corpus

KINDS = ("skipped", "repeated", "stalled", "early_end", "late_end")


def one_hot(path, N):
    weights = np.zeros((len(path), N))
    weights[np.arange(len(path)), path] = 1.0
    return weights


def blurred(path, N):
    weights = one_hot(path, N)
    spread = 0.64 * weights
    spread[:, 1:] += 0.18 * weights[:, :-1]
    spread[:, :-1] += 0.18 * weights[:, 1:]
    return spread


def plant(kind, path, N, word, second):
    """The path with a fault at the word."""
    inside = (path >= word.token_start) & (path < word.token_end)
    end = int((path < word.token_end).sum())
    if kind == "skipped":
        return path[~inside]
    if kind == "repeated":
        return np.concatenate((path[:end], path[inside], path[end:]))
    if kind == "stalled":
        return np.sort(np.append(path, [word.token_end - 1] * int(1.3 * second)))
    if kind == "early_end":
        return path[path < word.token_end]
    return np.append(path, [N - 1] * int(second))


def is_exact(kind, faults, word):
    if len(faults) != 1 or faults[0].kind != kind:
        return False
    first, last = faults[0].symbols
    if kind == "early_end":
        return first == word.token_end
    return kind == "late_end" or (word.token_start <= first and last < word.token_end)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--reduction-factor", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="judge only each so many-th utterance")
    arguments = parser.parse_args()
    corpus, R, rng = Corpus(arguments.corpus, "all"), arguments.reduction_factor, np.random.default_rng(0)
    names = list(corpus.config["text"]["symbols"])
    step = R * corpus.config["audio"]["hop_length"] / corpus.config["audio"]["sample_rate"]
    found = {look: Counter() for look in (one_hot, blurred)}
    for utterance in tqdm([corpus[i] for i in range(0, len(corpus), arguments.every)]):
        symbols, N = [names[token] for token in utterance.tokens], len(utterance.tokens)
        durations, T = torch.from_numpy(utterance.durations)[None], -(-utterance.mel.shape[1] // R)
        path = durations_to_path(durations, torch.tensor([N]), torch.tensor([T]), R)[0].numpy()
        words = words_of(symbols, utterance.text)
        word = words[rng.integers(1, max(2, len(words) - 1))] if len(words) > 1 else words[0]
        for look, count in found.items():
            count["false alarms"] += not report(look(path, N), symbols, utterance.text, step_seconds=step).healthy
            for kind in KINDS:
                bad = look(plant(kind, path, N, word, 1 / step), N)
                faults = report(bad, symbols, utterance.text, step_seconds=step).faults
                count[kind] += is_exact(kind, faults, word)
                count[kind, "healthy"] += not faults
    print(f"{len(range(0, len(corpus), arguments.every))} utterances, {step * 1000:.0f} ms per step")
    for look, count in found.items():
        told = ", ".join(f"{kind} {count[kind]} exact, {count[kind, 'healthy']} missed" for kind in KINDS)
        print(f"{look.__name__}: false alarms {count['false alarms']}; planted: {told}")


if __name__ == "__main__":
    main()
