"""Word and character error rates: what was heard against what was to be said, both as they are spoken.

Edits over the length of the reference (`jiwer <https://github.com/jitsi/jiwer>`_), of a category as a whole: a long
text counts for more than a short one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tts.text.normalize import normalize


def check_installed() -> None:
    """Raise ValueError if jiwer is missing, before hours of work."""
    try:
        import jiwer  # noqa: F401
    except ImportError as error:
        raise ValueError('jiwer, which counts errors, is not installed: pip install "attune-tts[evaluate]"') from error


def as_spoken(text: str) -> str:
    """Lower-case words as they are spoken, without punctuation: "Dr. Jones, 3" -> "doctor jones three"."""
    words = re.sub(r"[^a-z' ]+", " ", normalize(text).lower().replace("’", "'"))
    return " ".join(word.strip("'") for word in words.split() if word.strip("'"))


def error_rates(texts: Sequence[str], heard: Sequence[str]) -> dict[str, float]:
    """``wer`` and ``cer`` in percent; NaN where the texts hold no word."""
    import jiwer

    pairs = [(as_spoken(text), as_spoken(words)) for text, words in zip(texts, heard)]
    pairs = [pair for pair in pairs if pair[0]]
    if not pairs:
        return {"wer": float("nan"), "cer": float("nan")}
    said, understood = (list(side) for side in zip(*pairs))
    return {"wer": 100 * jiwer.wer(said, understood), "cer": 100 * jiwer.cer(said, understood)}
