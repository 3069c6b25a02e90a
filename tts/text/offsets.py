"""Text with source offsets. With them the front end maps each sound to a word of the source text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence

#: The replacement for a match: words for the whole match, words for some of its groups, or None to keep the match.
#: A piece is (words, group name or number). The words get the source span of the group.
Pieces = Sequence[tuple[str, str | int]]
Replacement = str | Pieces | None


class OffsetText:
    """A string whose character i comes from ``source[starts[i]:ends[i]]``.

    >>> OffsetText("at 5 p.m.").sub(re.compile("5"), lambda m: "five").span(3, 7)
    (3, 4)
    """

    __slots__ = ("ends", "starts", "text")

    def __init__(self, text: str, starts: Iterable[int] | None = None, ends: Iterable[int] | None = None):
        self.text = text
        if starts is None or ends is None:
            edges = list(range(len(text) + 1))
            starts = edges[:-1] if starts is None else starts
            ends = edges[1:] if ends is None else ends
        # lists: they are quicker than arrays, because these texts are short
        self.starts: list[int] = starts if isinstance(starts, list) else list(starts)
        self.ends: list[int] = ends if isinstance(ends, list) else list(ends)

    @classmethod
    def from_span(cls, text: str, start: int, end: int) -> OffsetText:
        """``text`` whose every character comes from ``source[start:end]``."""
        return cls(text, [start] * len(text), [end] * len(text))

    @classmethod
    def join(cls, parts: Iterable[OffsetText]) -> OffsetText:
        """Concatenate ``parts``."""
        texts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for part in parts:
            texts.append(part.text)
            starts += part.starts
            ends += part.ends
        return cls("".join(texts), starts, ends)

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, stretch: slice) -> OffsetText:
        return OffsetText(self.text[stretch], self.starts[stretch], self.ends[stretch])

    def span(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """The span of the source that ``text[start:end]`` comes from. The slice must not be empty."""
        end = len(self.text) if end is None else end
        return min(self.starts[start:end]), max(self.ends[start:end])

    def spans(self, slices: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """`span` of many slices, each (start, end). No slice may be empty."""
        starts, ends = self.starts, self.ends
        if sorted(starts) == starts and sorted(ends) == ends:  # as in most texts
            return [(starts[start], ends[end - 1]) for start, end in slices]
        return [(min(starts[start:end]), max(ends[start:end])) for start, end in slices]

    def sub(
        self,
        pattern: re.Pattern[str],
        replace: Callable[[re.Match[str]], Replacement],
        spaced: bool = False,
        first: re.Match[str] | None = None,
    ) -> OffsetText:
        """Replace matches like `re.sub`. The new words get the source span of the text that they replace.

        ``spaced`` puts a space between the words and a letter or digit beside them. ``first`` is the first match, if
        it is known already.
        """
        built = None  # most rules find nothing in most texts
        matches: Iterable[re.Match[str]]
        if first is not None and first.end() > first.start():
            matches = itertools.chain((first,), pattern.finditer(self.text, first.end()))
        else:
            matches = pattern.finditer(self.text)
        for match in matches:
            replacement = replace(match)
            if replacement is None:
                continue
            built = built or _Builder(self, spaced)
            built.replace(match, ((replacement, 0),) if isinstance(replacement, str) else replacement)
        return self if built is None else built.result()

    def is_contiguous(self) -> bool:
        """Whether the text is an unchanged slice of its source."""
        start = self.starts[0] if self.text else 0
        stop = start + len(self.text)
        return self.starts == list(range(start, stop)) and self.ends[-1:] == [stop][: len(self.text)]

    def shifted(self, by: int) -> OffsetText:
        """Return a copy whose offsets are ``by`` characters larger."""
        if not by:
            return self
        return OffsetText(self.text, [start + by for start in self.starts], [end + by for end in self.ends])

    def strip(self) -> OffsetText:
        """Return a copy without white space at both ends."""
        if self.text == self.text.strip():
            return self
        left = len(self.text) - len(self.text.lstrip())
        return self[left : len(self.text.rstrip())] if left < len(self.text) else self[:0]


class _Builder:
    """Builds a new text from slices of an old text and from replacement words.

    Args:
        old: the old text.
        spaced: whether a space is put between the words and a letter or digit beside them.
    """

    def __init__(self, old: OffsetText, spaced: bool):
        self._old, self._spaced, self._done = old, spaced, 0
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._texts: list[str] = []
        self._last = ""  # the last character of the new text
        self._beside = False  # whether the last replacement has words, or old text just before it

    def replace(self, match: re.Match[str], pieces: Pieces) -> None:
        """Append the old text up to ``match``, and then its replacement."""
        start, end = match.span()
        copied = start > self._done
        if copied:
            self._copy_until(start)
        if self._spaced and self._last.isalnum():
            self._add_blank(start, next((words for words, _ in pieces if words), ""))
        self._beside = copied
        for words, group in pieces:
            if words:
                self._add_words(words, match, group)
                self._beside = True
        self._done = end

    def result(self) -> OffsetText:
        """The new text."""
        if self._done < len(self._old.text):
            self._copy_until(len(self._old.text))
        return OffsetText("".join(self._texts), self._starts, self._ends)

    def _copy_until(self, end: int) -> None:
        """Append the old text up to ``end``. Add a space first if the words before it must be spaced."""
        start, old = self._done, self._old
        text = old.text[start:end]
        if self._spaced and self._beside and self._last.isalnum():
            self._add_blank(start, text)
        self._texts.append(text)
        self._starts += old.starts[start:end]
        self._ends += old.ends[start:end]
        self._last = text[-1]

    def _add_blank(self, place: int, following: str) -> None:
        """Add a space if ``following`` begins with a letter or digit. The old text continues at ``place``."""
        if following[:1].isalnum():
            edge = min([self._ends[-1], *self._old.starts[place : place + 1]])  # both may come from one word
            self._add(" ", edge, edge)

    def _add_words(self, words: str, match: re.Match[str], group: str | int) -> None:
        """Append words for a group. Where they repeat the group, each character keeps its own offset."""
        (start, end), old = match.span(group), self._old
        if start < end and old.text.startswith(words[0], start) and words.startswith(written := old.text[start:end]):
            self._texts.append(written)
            self._starts += old.starts[start:end]
            self._ends += old.ends[start:end]
            self._last = written[-1]
            words, start = words[len(written) :], end - 1  # the other words get the offset of the last character
        if words:
            self._add(words, *self._place(match, start, end))

    def _add(self, words: str, start: int, end: int) -> None:
        self._texts.append(words)
        self._starts += [start] * len(words)
        self._ends += [end] * len(words)
        self._last = words[-1]

    def _place(self, match: re.Match[str], start: int, end: int) -> tuple[int, int]:
        old = self._old
        if end - start == 1:
            return old.starts[start], old.ends[start]
        if start >= end:
            start, end = match.span()
        if start < end:
            return old.span(start, end)
        edge = old.starts[start] if start < len(old) else (old.ends[-1] if old.ends else 0)
        return edge, edge
