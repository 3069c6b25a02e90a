"""Find the text column of a ``metadata.csv``. Further columns may hold speakers, styles or lengths."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

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


def text_column(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """The index of the last column that holds the text, and examples of the columns after it.

    Column 1 is the written text. A later column is another wording, such as LJSpeech's normalized text, if it shares
    words with column 1. A speaker, a style or a length does not.
    """
    rows = rows[:MAX_ROWS]
    width = usual_count(rows)
    rows = [row for row in rows if len(row) == width]
    for column in range(width - 1, 1, -1):
        values = [(row[1], row[column]) for row in rows if row[column]]
        if values and _is_wording(values):
            return column, _examples(rows, range(column + 1, width))
    return min(1, width - 1), _examples(rows, range(2, width))


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
