"""Which column of a ``metadata.csv`` is the text: corpora put speakers, styles and lengths behind it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

#: Rows that are looked at.
MAX_ROWS = 2000
#: A column is a wording of the text if it shares at least this many of its words.
MIN_SHARED = 0.3
_WORD = re.compile(r"[^\W\d_]+")


def split_columns(line: str) -> list[str]:
    """The columns of a line, without blanks and quotation marks around them.

    >>> split_columns('"clip00"|"He said ""no""."')
    ['clip00', 'He said "no".']
    """
    columns = [column.strip() for column in line.split("|")]
    quoted = [len(column) > 1 and column[0] == column[-1] == '"' for column in columns]
    if not quoted[0] or not all(is_quoted or not column for is_quoted, column in zip(quoted, columns)):
        return columns
    return [column[1:-1].replace('""', '"') if column else column for column in columns]


def usual_count(rows: Iterable[Sequence[str]]) -> int:
    """How many columns most rows have."""
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda count: (counts[count], -count)) if counts else 0


def text_column(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """The last column that words the text, counted from 0, and examples of what stands in the columns behind it.

    Column 1 is the text as it is written. A column behind it is another wording, as LJSpeech's normalized text is, if
    it shares words with column 1; a speaker, a style or a length does not.
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
    """Whether ``other`` words ``raw``."""
    return _is_wording([(raw, other)])


def _is_wording(values: Sequence[tuple[str, str]]) -> bool:
    """Whether the second of each pair words the first; where digits leave nothing to compare, any sentence does."""
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
