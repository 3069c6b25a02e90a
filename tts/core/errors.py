"""The errors of this package. Each message says what is wrong and what to do next."""

from __future__ import annotations

MAX_THREADS = 1024  # a million threads would freeze the system


class AttuneError(ValueError):
    """Base class of the errors that a user can fix. A command prints the message and exits with `exit_status`."""

    exit_status = 1


class TextError(AttuneError):
    """A text cannot be spoken."""


def check_duration(initial_duration: float, duration_quantile: float) -> None:
    """Raise `AttuneError` unless symbols last more than a step, and the quantile of their durations is a share."""
    if initial_duration <= 1:
        raise AttuneError(
            f"initial_duration is {initial_duration}: a symbol lasts more than one step; lower the reduction factor"
        )
    check_quantile(duration_quantile)


def check_quantile(duration_quantile: float) -> None:
    """Raise `AttuneError` unless the quantile is a share between 0 and 1."""
    if not 0 < duration_quantile < 1:
        raise AttuneError(f"duration_quantile is {duration_quantile}: use a share between 0 and 1; 0.5 is the median")


def check_threads(threads: int) -> None:
    """Raise `AttuneError` if the number of CPU threads is impossible."""
    if not isinstance(threads, int) or not 1 <= threads <= MAX_THREADS:
        raise AttuneError(f"threads is {threads}: use a whole number from 1 to {MAX_THREADS}; 1 is usually the fastest")


def check_choice(name: str, value: object, *allowed: object) -> None:
    """Raise `AttuneError` if the ``value`` of option ``name`` is not one of the ``allowed`` values, which it lists."""
    if value not in allowed:
        words = ["null" if choice is None else str(choice) for choice in allowed]
        shown = "null" if value is None else value
        raise AttuneError(f"{name} is {shown}: use {', '.join(words[:-1])} or {words[-1]}")
