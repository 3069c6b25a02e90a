"""The errors of this package: each message says what is wrong and what to do next."""

from __future__ import annotations


class AttuneError(ValueError):
    """Base of every error that a user can mend. A command prints the message and ends with `exit_status`."""

    exit_status = 1


class TextError(AttuneError):
    """A text that cannot be spoken."""
