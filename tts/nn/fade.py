"""A linear fade between two training steps."""

from __future__ import annotations

from typing import NamedTuple


class Fade(NamedTuple):
    """0 up to ``start``, 1 from ``end`` on, linear in between; always 0 if both are None.

    Raises:
        ValueError: only one of both, or an end that is not after the start.
    """

    start: int | None
    end: int | None

    @classmethod
    def between(cls, start: int | None, end: int | None) -> Fade:
        """A fade between two training steps, after a check."""
        if (start is None) != (end is None) or (start is not None and end is not None and end <= start):
            raise ValueError(f"give fade_start < fade_end, or neither; got {start} and {end}")
        return cls(start, end)

    def __call__(self, step: int) -> float:
        """The value at a training step."""
        if self.start is None or self.end is None:
            return 0.0
        return min(1.0, max(0.0, (step - self.start) / (self.end - self.start)))
