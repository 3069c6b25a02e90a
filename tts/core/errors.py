"""What can be wrong with a text."""

from __future__ import annotations


class TextError(ValueError):
    """A text cannot be spoken as it is; the message says why and what to do."""
