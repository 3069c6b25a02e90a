"""Parse command lines: errors are one line, and numbers are checked."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from tts.commands.runner import fail, fail_output, finish
from tts.core.errors import MAX_THREADS


class CommandParser(argparse.ArgumentParser):
    """A parser that prints an error as one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the error and the command that lists the options, and exit with status 2."""
        raise SystemExit(fail(f"{message}. See: {self.prog} --help", 2))

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write a help text. argparse ignores an error here, so that an unwritten text would look like success."""
        try:
            (file or sys.stderr).write(message)
        except OSError as error:
            raise SystemExit(fail_output(error)) from error

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Exit after the rest of standard output is written."""
        super().exit(finish(status), message)


def whole_number(least: int, most: float = math.inf) -> Callable[[str], int]:
    """Return an argument type: a whole number from ``least`` to ``most``."""

    def parse(word: str) -> int:
        try:
            value = int(word)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{word}' is not a whole number") from None
        _check(word, value, least, most)
        return value

    return parse


def number(least: float, most: float = math.inf) -> Callable[[str], float]:
    """Return an argument type: a finite number from ``least`` to ``most``."""

    def parse(word: str) -> float:
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise argparse.ArgumentTypeError(f"'{word}' is not a number")
        _check(word, value, least, most)
        return value

    return parse


#: Argument type: a number of CPU threads.
threads = whole_number(1, MAX_THREADS)


def _check(word: str, value: float, least: float, most: float) -> None:
    if value < least and most == math.inf:
        raise argparse.ArgumentTypeError(f"{word} is less than {least:g}")
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{word} is not between {least:g} and {most:g}")
