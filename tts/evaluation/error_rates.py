"""Word and character error rates of a transcript against its text, both normalized by the recognizer.

Edits over the length of the reference (`jiwer <https://github.com/jitsi/jiwer>`_), of a category as a whole: a long
text counts for more than a short one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tts.core.errors import AttuneError
from tts.core.install import install_command
from tts.evaluation.intervals import ratio_interval
from tts.text.normalize import normalize


def check_installed() -> None:
    """Raise ValueError if jiwer is missing, before hours of work."""
    try:
        import jiwer  # noqa: F401
    except ImportError as error:
        raise AttuneError(f"jiwer, which counts errors, is not installed: {install_command('evaluate')}") from error


def as_spoken(text: str) -> str:
    """Lower-case words as they are spoken, without punctuation: "Dr. Jones, 3" -> "doctor jones three"."""
    words = re.sub(r"[^a-z' ]+", " ", normalize(text).lower().replace("’", "'"))
    return " ".join(word.strip("'") for word in words.split() if word.strip("'"))


def count_errors(text: str, heard: str, normalize: Callable[[str], str]) -> dict[str, int]:
    """``word_errors`` of ``words``, ``character_errors`` of ``characters``; all zero if the text holds no word."""
    import jiwer

    reference, hypothesis = normalize(text).strip(), normalize(heard).strip()
    if not reference:
        return {"word_errors": 0, "words": 0, "character_errors": 0, "characters": 0}
    words, characters = jiwer.process_words(reference, hypothesis), jiwer.process_characters(reference, hypothesis)
    return {
        "word_errors": words.substitutions + words.deletions + words.insertions,
        "words": len(reference.split()),
        "character_errors": characters.substitutions + characters.deletions + characters.insertions,
        "characters": len(reference),
    }


def error_rates(counted: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """``wer`` and ``cer`` in percent of `count_errors` of several texts, each with the half-width of its interval.

    NaN where the texts hold no word.
    """
    rates = {}
    for rate, errors, totals in (("wer", "word_errors", "words"), ("cer", "character_errors", "characters")):
        made, possible = [one[errors] for one in counted], [one[totals] for one in counted]
        rates[rate] = 100 * sum(made) / sum(possible) if sum(possible) else float("nan")
        rates[f"{rate}_interval"] = 100 * ratio_interval(made, possible)
    return rates
