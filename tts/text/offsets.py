"""Text that knows where it came from, so that a word of the source can be shown when its sound is played."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence

#: What a rule makes of a match: words for the whole of it, words for some of its groups, or None to leave it alone.
#: A piece is (words, group name or number); the group's place in the source becomes the words' place.
Pieces = Sequence[tuple[str, str | int]]
Replacement = str | Pieces | None


class OffsetText:
    """A string of which character i was made from ``source[starts[i]:ends[i]]``.

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
    def at(cls, text: str, start: int, end: int) -> OffsetText:
        """``text``, all of it made from ``source[start:end]``."""
        return cls(text, [start] * len(text), [end] * len(text))

    @classmethod
    def join(cls, parts: Iterable[OffsetText]) -> OffsetText:
        """The parts one after another."""
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
        """The stretch of the source behind ``text[start:end]``, which must not be empty."""
        end = len(self.text) if end is None else end
        return min(self.starts[start:end]), max(self.ends[start:end])

    def sub(
        self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], Replacement], apart: bool = False
    ) -> OffsetText:
        """As `re.sub`; what is put in gets the place of what it replaces.

        With ``apart`` it is kept from letters and digits beside it by a blank.
        """
        built = None  # most rules find nothing in most texts
        for match in pattern.finditer(self.text):
            spoken = replace(match)
            if spoken is None:
                continue
            built = built or _Builder(self)
            pieces = [(spoken, 0)] if isinstance(spoken, str) else spoken
            built.keep_until(match.start())
            if apart:
                built.blank_between(match.start(), "".join(words for words, _ in pieces)[:1])
            for words, group in pieces:
                built.say(words, match, group)
            built.done = match.end()
            built.apart = apart
        return self if built is None else built.result()

    def is_contiguous(self) -> bool:
        """Whether the text is a stretch of its source, character by character."""
        start = self.starts[0] if self.text else 0
        every = range(start, start + len(self.text))
        return self.starts == array("l", every) and self.ends[-1:] == array("l", [every.stop][: len(self.text)])

    def moved(self, by: int) -> OffsetText:
        """The same, where the source begins ``by`` characters earlier."""
        if not by:
            return self
        return OffsetText(self.text, array("l", [i + by for i in self.starts]), array("l", [i + by for i in self.ends]))

    def strip(self) -> OffsetText:
        """Without blanks at its ends."""
        if self.text == self.text.strip():
            return self
        left = len(self.text) - len(self.text.lstrip())
        return self[left : len(self.text.rstrip())] if left < len(self.text) else self[:0]


class _Builder:
    """Puts a new text together from stretches of an old one and from words that stand for others."""

    def __init__(self, old: OffsetText):
        self.done, self.apart = 0, False
        self._old, self._starts, self._ends = old, array("l"), array("l")
        self._texts: list[str] = []

    def keep_until(self, end: int) -> None:
        """The old text up to ``end``, kept from the words before it if those are to stand apart."""
        if self.apart and self._texts and self._texts[-1] and self.done < len(self._old.text):
            self.blank_between(self.done, self._old.text[self.done])
        self._texts.append(self._old.text[self.done : end])
        self._starts += self._old.starts[self.done : end]
        self._ends += self._old.ends[self.done : end]

    def blank_between(self, place: int, after: str) -> None:
        """A blank if a letter or digit would meet another; ``place`` is where the old text goes on."""
        before = next((text[-1] for text in reversed(self._texts) if text), "")
        if before.isalnum() and after.isalnum():
            edge = min([self._ends[-1], *self._old.starts[place : place + 1]])  # both may stand for one long word
            self._add(" ", edge, edge)

    def say(self, words: str, match: re.Match[str], group: str | int) -> None:
        """Words for a group; as far as they repeat it, each character keeps its own place."""
        written, (start, end) = match[group] or "", match.span(group)
        if written and words.startswith(written):
            self._texts.append(written)
            self._starts += self._old.starts[start:end]
            self._ends += self._old.ends[start:end]
            words, start = words[len(written) :], end - 1  # what follows stands for the last character
        if words:
            self._add(words, *self._place(match, start, end))

    def result(self) -> OffsetText:
        """The new text."""
        self.keep_until(len(self._old.text))
        return OffsetText("".join(self._texts), self._starts, self._ends)

    def _add(self, words: str, start: int, end: int) -> None:
        self._texts.append(words)
        self._starts.extend([start] * len(words))
        self._ends.extend([end] * len(words))

    def _place(self, match: re.Match[str], start: int, end: int) -> tuple[int, int]:
        if start >= end:
            start, end = match.span()
        if start < end:
            return self._old.span(start, end)
        old = self._old
        edge = old.starts[start] if start < len(old) else (old.ends[-1] if old.ends else 0)
        return edge, edge
