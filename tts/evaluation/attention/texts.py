"""Texts on which attentions fail: longer than the training utterances, and repetitions of one word.

The repeated words are a stress test after Battenberg et al. 2024 (Very Attentive Tacotron): three words, each said one
to nine times, 27 texts. The longer texts are whole sentences that were held out, joined by "and", so that nothing but
the length is new to a voice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tts.core.errors import AttuneError

WORDS = ("river", "seven", "window")
MAX_TIMES = 9


def repeated_words() -> dict[str, str]:
    """27 texts by name: ``{"river x 2": "River river.", ...}``."""
    return {
        f"{word} x {times}": " ".join([word] * times).capitalize() + "."
        for word in WORDS
        for times in range(1, MAX_TIMES + 1)
    }


def make_long_texts(
    sentences: Sequence[str], most: int, count: int, measure: Callable[[str], int], seed: int = 0
) -> list[str]:
    """``count`` texts, each as long as fits into ``most`` symbols, made of different ``sentences`` in a random order.

    Args:
        sentences: to draw from.
        most: symbols.
        count: of texts.
        measure: the symbols of a text.
        seed: of the order.

    Raises:
        ValueError: not even one sentence fits, or all of them together are no longer than ``most``.
    """
    fitting = [sentence for sentence in sentences if measure(sentence) <= most]
    if not fitting or measure(joined(sentences)) < most:
        raise AttuneError(
            f"the {len(sentences)} held-out sentences make no text of {most} symbols; hold out more of the corpus "
            "(data.split.test=0.1 of python -m tts.prepare)"
        )
    draw = np.random.default_rng(seed)
    return [_fill([fitting[index] for index in draw.permutation(len(fitting))], most, measure) for _ in range(count)]


def joined(sentences: Sequence[str]) -> str:
    """Join sentences into one."""
    bare = [sentence.rstrip(" .?!") for sentence in sentences]
    return " and ".join([bare[0], *(_lowered(sentence) for sentence in bare[1:])]) + "."


def _fill(sentences: list[str], most: int, measure: Callable[[str], int]) -> str:
    used = 1
    while used < len(sentences) and measure(joined(sentences[: used + 1])) <= most:
        used += 1
    return joined(sentences[:used])


def _lowered(sentence: str) -> str:
    return sentence if sentence.split(" ")[0] == "I" else sentence[:1].lower() + sentence[1:]
