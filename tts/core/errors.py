"""The errors of this package: each message says what is wrong and what to do next."""

from __future__ import annotations


class AttuneError(ValueError):
    """Base of every error that a user can mend. A command prints the message and ends with `exit_status`."""

    exit_status = 1


class TextError(AttuneError):
    """A text that cannot be spoken."""


def check_choice(name: str, value: object, *allowed: object) -> None:
    """Raise `AttuneError`, naming what there is, unless the option ``name`` has one of the ``allowed`` values."""
    if value not in allowed:
        words = ["null" if choice is None else str(choice) for choice in allowed]
        shown = "null" if value is None else value
        raise AttuneError(f"{name} is {shown}: use {', '.join(words[:-1])} or {words[-1]}")
