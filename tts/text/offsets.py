"""Text with source offsets. With them the front end maps each sound to a word of the source text."""

from __future__ import annotations

import re
from array import array
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
        self.starts = (
            starts if isinstance(starts, array) else array("l", range(len(text)) if starts is None else starts)
        )
        self.ends = ends if isinstance(ends, array) else array("l", range(1, len(text) + 1) if ends is None else ends)

    @classmethod
    def from_span(cls, text: str, start: int, end: int) -> OffsetText:
        """``text`` whose every character comes from ``source[start:end]``."""
        return cls(text, array("l", [start]) * len(text), array("l", [end]) * len(text))

    @classmethod
    def join(cls, parts: Iterable[OffsetText]) -> OffsetText:
        """Concatenate ``parts``."""
        joined = cls("")
        texts = []
        for part in parts:
            texts.append(part.text)
            joined.starts += part.starts
            joined.ends += part.ends
        joined.text = "".join(texts)
        return joined

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, stretch: slice) -> OffsetText:
        return OffsetText(self.text[stretch], self.starts[stretch], self.ends[stretch])

    def span(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """The span of the source that ``text[start:end]`` comes from. The slice must not be empty."""
        end = len(self.text) if end is None else end
        return min(self.starts[start:end]), max(self.ends[start:end])

    def sub(
        self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], Replacement], spaced: bool = False
    ) -> OffsetText:
        """Replace matches like `re.sub`. The new words get the source span of the text that they replace.

        ``spaced`` puts a space between the words and a letter or digit beside them.
        """
        built = None  # most rules find nothing in most texts
        for match in pattern.finditer(self.text):
            replacement = replace(match)
            if replacement is None:
                continue
            built = built or _Builder(self)
            pieces = [(replacement, 0)] if isinstance(replacement, str) else replacement
            built.copy_until(match.start())
            if spaced:
                built.add_blank_between(match.start(), "".join(words for words, _ in pieces)[:1])
            for words, group in pieces:
                built.add_words(words, match, group)
            built.done = match.end()
            built.spaced = spaced
        return self if built is None else built.result()

    def is_contiguous(self) -> bool:
        """Whether the text is an unchanged slice of its source."""
        start = self.starts[0] if self.text else 0
        every = range(start, start + len(self.text))
        return self.starts == array("l", every) and self.ends[-1:] == array("l", [every.stop][: len(self.text)])

    def shifted(self, by: int) -> OffsetText:
        """Return a copy whose offsets are ``by`` characters larger."""
        if not by:
            return self
        return OffsetText(self.text, array("l", [i + by for i in self.starts]), array("l", [i + by for i in self.ends]))

    def strip(self) -> OffsetText:
        """Return a copy without white space at both ends."""
        if self.text == self.text.strip():
            return self
        left = len(self.text) - len(self.text.lstrip())
        return self[left : len(self.text.rstrip())] if left < len(self.text) else self[:0]


class _Builder:
    """Builds a new text from slices of an old text and from replacement words."""

    def __init__(self, old: OffsetText):
        self.done, self.spaced = 0, False
        self._old, self._starts, self._ends = old, array("l"), array("l")
        self._texts: list[str] = []

    def copy_until(self, end: int) -> None:
        """Append the old text up to ``end``. Add a space first if the words before it must be ``spaced``."""
        if self.spaced and self._texts and self._texts[-1] and self.done < len(self._old.text):
            self.add_blank_between(self.done, self._old.text[self.done])
        self._texts.append(self._old.text[self.done : end])
        self._starts += self._old.starts[self.done : end]
        self._ends += self._old.ends[self.done : end]

    def add_blank_between(self, place: int, after: str) -> None:
        """Add a space between two letters or digits. The old text continues at ``place``."""
        before = next((text[-1] for text in reversed(self._texts) if text), "")
        if before.isalnum() and after.isalnum():
            edge = min([self._ends[-1], *self._old.starts[place : place + 1]])  # both may come from one word
            self._add(" ", edge, edge)

    def add_words(self, words: str, match: re.Match[str], group: str | int) -> None:
        """Append words for a group. Where they repeat the group, each character keeps its own offset."""
        written, (start, end) = match[group] or "", match.span(group)
        if written and words.startswith(written):
            self._texts.append(written)
            self._starts += self._old.starts[start:end]
            self._ends += self._old.ends[start:end]
            words, start = words[len(written) :], end - 1  # the other words get the offset of the last character
        if words:
            self._add(words, *self._place(match, start, end))

    def result(self) -> OffsetText:
        """The new text."""
        self.copy_until(len(self._old.text))
        return OffsetText("".join(self._texts), self._starts, self._ends)

    def _add(self, words: str, start: int, end: int) -> None:
        self._texts.append(words)
        self._starts += array("l", [start]) * len(words)
        self._ends += array("l", [end]) * len(words)

    def _place(self, match: re.Match[str], start: int, end: int) -> tuple[int, int]:
        if start >= end:
            start, end = match.span()
        if start < end:
            return self._old.span(start, end)
        old = self._old
        edge = old.starts[start] if start < len(old) else (old.ends[-1] if old.ends else 0)
        return edge, edge
