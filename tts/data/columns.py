"""Find the text column of a ``metadata.csv``. Further columns may hold speakers, styles or lengths."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: Maximum number of rows to examine.
MAX_ROWS = 2000
#: A column is another wording of the text if it shares at least this fraction of its words.
MIN_SHARED = 0.3
_WORD = re.compile(r"[^\W\d_]+")


def split_columns(line: str) -> list[str]:
    """The columns of a line, without spaces and quotation marks around them.

    >>> split_columns('"clip00"|"He said ""no""."')
    ['clip00', 'He said "no".']
    """
    columns = [column.strip() for column in line.split("|")]
    quoted = [len(column) > 1 and column[0] == column[-1] == '"' for column in columns]
    if not quoted[0] or not all(is_quoted or not column for is_quoted, column in zip(quoted, columns)):
        return columns
    return [column[1:-1].replace('""', '"') if column else column for column in columns]


def usual_count(rows: Iterable[Sequence[str]]) -> int:
    """The most frequent number of columns."""
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda count: (counts[count], -count)) if counts else 0


class TextColumns(NamedTuple):
    """The columns of the text: the written text, the last of its wordings, and examples of columns without text."""

    written: int
    spoken: int
    others: list[str]


def text_columns(rows: Sequence[Sequence[str]]) -> TextColumns:
    """Find the columns of the text.

    The written text is in column 1, except where this column repeats few values, such as speakers, and another column
    has sentences. A later column is another wording, such as LJSpeech's normalized text, if it shares words with the
    written text. A speaker, a style or a length does not.
    """
    rows = rows[:MAX_ROWS]
    width = usual_count(rows)
    rows = [row for row in rows if len(row) == width]
    written = _written_column(rows, width)
    before = range(1, written)
    for column in range(width - 1, written, -1):
        values = [(row[written], row[column]) for row in rows if row[column]]
        if values and _is_wording(values):
            return TextColumns(written, column, _examples(rows, [*before, *range(column + 1, width)]))
    return TextColumns(written, written, _examples(rows, [*before, *range(written + 1, width)]))


def _written_column(rows: Sequence[Sequence[str]], width: int) -> int:
    if width < 3 or not _repeats(rows, 1):
        return min(1, width - 1)
    best = max(range(2, width), key=lambda column: _mean_words(rows, column))
    has_sentences = _mean_words(rows, best) >= max(2, 1.5 * _mean_words(rows, 1))
    return best if has_sentences and not _repeats(rows, best) else 1


def _repeats(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether the column has few values: at most half as many as rows."""
    return len({row[column] for row in rows}) <= len(rows) / 2


def _mean_words(rows: Sequence[Sequence[str]], column: int) -> float:
    """Words of at least two letters, because phonemes may stand apart."""
    return sum(len(word) > 1 for row in rows for word in _WORD.findall(row[column])) / len(rows)


def is_wording(raw: str, other: str) -> bool:
    """Whether ``other`` is another wording of ``raw``."""
    return _is_wording([(raw, other)])


def _is_wording(values: Sequence[tuple[str, str]]) -> bool:
    """Whether the second text of each pair is another wording of the first.

    If the first texts have only digits, any text with a space counts as a wording.
    """
    comparable = [pair for pair in values if _words(pair[0]) - {""}]
    shared = [_shared(raw, other) for raw, other in comparable]
    if shared and sum(shared) / len(shared) >= MIN_SHARED:
        return True
    return not comparable and any(" " in other for _, other in values)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _shared(raw: str, other: str) -> float:
    words = _words(raw)
    return len(words & _words(other)) / len(words)


def _examples(rows: Sequence[Sequence[str]], columns: Iterable[int]) -> list[str]:
    return [value for column in columns for value in dict.fromkeys(row[column] for row in rows[:3] if row[column])][:3]
