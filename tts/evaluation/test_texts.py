"""The test texts of an evaluation, by category: ``texts/CATEGORY.txt``, written for this package, public domain.

==============  ===================================================================================================
in_domain       100 sentences of histories and reports, similar to those of LJSpeech but not among them
hard            50 difficult texts: letters, digits, repeated words, addresses, tongue twisters
repeated        27 texts of one word, repeated one to nine times
short           40 texts of one or two words
long            5 sentences of about 1,000 characters, eight times as long as those of the training
article         one text of about ten minutes
==============  ===================================================================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tts.core.errors import AttuneError

TEXTS = Path(__file__).with_name("texts")


class EvaluationTextError(AttuneError):
    """Test texts cannot be read; the message says what to do."""


class EvaluationText(NamedTuple):
    """One test text."""

    id: str  # also the name of its wave file
    category: str
    text: str


def categories() -> list[str]:
    """Names of the categories in the package."""
    return sorted(path.stem for path in TEXTS.glob("*.txt"))


def read_evaluation_texts(name: str, limit: int | None = None) -> list[EvaluationText]:
    """The texts of a category or of a file, at most ``limit``.

    A file has one text per line, or ``id|text`` lines; lines that begin with ``#`` are comments. A file with blank
    lines is one text in paragraphs.

    Raises `EvaluationTextError` if the category or file does not exist or has no text.
    """
    path = TEXTS / f"{name}.txt" if name in categories() else Path(name)
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationTextError(
            f"'{name}' cannot be read as texts ({error}). Name a UTF-8 file, or one of {', '.join(categories())}."
        ) from error
    lines = [line for line in content.splitlines() if not line.startswith("#")]
    texts = "\n".join(lines).strip()
    if not texts:
        raise EvaluationTextError(f"'{name}' holds no text. Write one a line.")
    listed = [texts] if "\n\n" in texts else [line for line in texts.splitlines() if line.strip()]
    digits = len(str(len(listed)))
    return [_passage(path.stem, f"{n:0{digits}d}", text) for n, text in enumerate(listed[:limit], 1)]


def _passage(category: str, number: str, text: str) -> EvaluationText:
    name, _, rest = text.partition("|")
    if not rest:
        return EvaluationText(f"{category}-{number}", category, text.strip())
    if Path(name).name != name.strip():
        raise EvaluationTextError(f"'{name}' cannot be the name of a file. Use letters, digits, - and _ in ids.")
    return EvaluationText(name.strip(), category, rest.rpartition("|")[2].strip())
