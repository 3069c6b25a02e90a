"""Run a command. Our errors become one line and an exit status; other errors keep their traceback."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any

from tts.core.errors import AttuneError
from tts.core.files import explain
from tts.core.install import install_command

#: Packages of the extra ``train`` that a command may import.
TRAIN_PACKAGES = {"torch", "torchaudio", "scipy", "librosa", "hydra", "omegaconf", "lightning", "PIL", "filelock"}
TRAIN_PACKAGES |= {"safetensors", "onnx", "tensorboard", "matplotlib"}
#: Names of the standard streams that were closed when the command began.
closed_streams: set[str] = set()
INTERRUPTED = "interrupted"
CONTINUES = "interrupted; run the same command again to continue"


def run(command: Callable[..., int | None], *arguments: Any, continues: bool = False) -> int:
    """Call ``command(*arguments)`` and return the exit status of the process.

    An `AttuneError`, or an error that was caused by one, prints one line and sets the exit status. So do a file that
    cannot be read or written (1), a standard output that cannot be written (1), Ctrl-C (130) and a closed pipe (1).

    Args:
        command: a function that returns an exit status; None is 0.
        arguments: the arguments of ``command``.
        continues: whether the same command continues after Ctrl-C; then the message says so.
    """
    interrupted = CONTINUES if continues else INTERRUPTED
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):  # not every console can show IPA
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return finish(command(*arguments) or 0)
    except SystemExit as error:
        if error.code in (None, 0):
            raise SystemExit(finish(0)) from None
        raise
    except KeyboardInterrupt:
        return fail(interrupted, 130)
    except BrokenPipeError as error:
        return fail_output(error)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in TRAIN_PACKAGES:
            raise
        return fail(
            f"this needs {error.name}, which synthesis does not need. Install it: {install_command('train')}", 1
        )
    except Exception as error:
        if _was_interrupted(error):
            return fail(interrupted, 130)
        found = user_error(error)
        if found is None:
            raise
        status = fail(found, found.exit_status) if isinstance(found, AttuneError) else fail(_sentence(found), 1)
        return status if _can_flush() else _drop_output(status)


def finish(status: int) -> int:
    """Write the rest of standard output. Returns ``status``; if that fails, prints the reason and returns 1."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return fail_output(error)
    return status


def _can_flush() -> bool:
    try:
        sys.stdout.flush()
    except OSError:
        return False
    return True


def fail_output(error: OSError) -> int:
    """Print why standard output cannot be written, and return the exit status 1."""
    if isinstance(error, BrokenPipeError):
        return _drop_output(fail("the program that reads the pipe has ended", 1))
    return _drop_output(fail(f"standard output cannot be written ({error.strerror})", 1))


def _drop_output(status: int) -> int:
    """Discard what cannot be written to standard output. Otherwise Python prints the error again when it exits."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _replace_closed_streams() -> None:
    """Open streams that a daemon has closed. Otherwise the next opened file would become a standard stream."""
    for number, (name, stream) in enumerate((("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr))):
        if stream is None:
            closed_streams.add(name)
            with contextlib.suppress(OSError):
                os.fstat(number)
                continue
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, for the rest of the process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C caused ``error``: some libraries, such as OmegaConf, raise another error during cleanup."""
    seen: set[int] = set()  # an error that is raised again while it is handled is in its own chain of contexts
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def user_error(error: BaseException | None) -> BaseException | None:
    """Return the error in the chain of causes that a user can fix, or None if the program is at fault."""
    while error is not None:
        if isinstance(error, AttuneError) or (isinstance(error, OSError) and error.filename is not None):
            return error
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return AttuneError("the disk is full; free some space and run the same command again")
        error = error.__cause__
    return None


def _sentence(error: BaseException) -> object:
    return explain(error) if isinstance(error, OSError) and error.filename is not None else error


def fail(message: object, status: int) -> int:
    """Print ``message`` to standard error and return ``status``."""
    print(f"error: {message}", file=sys.stderr)
    return status
