"""Input texts and output paths of a command line. Mistakes are reported before a model is loaded."""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from tts.core.errors import AttuneError
from tts.core.files import PlaceError, writing_to

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus")
ID = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}")  # cannot name another folder
SECTIONS = ("acoustic", "vocoder", "text", "audio", "mel", "card")
#: A word that may change an option of the voice. "E=mc2" and "www.site.com=bar" are texts.
_ASSIGNMENT = re.compile(r"(?P<section>[a-z_]{3,})(?P<rest>(?:\.\w+)*)=\S*")
_OPTION = re.compile(r"-[A-Za-z]|--[a-z][\w-]*(?:=.*)?", re.DOTALL)


class UsageError(AttuneError):
    """The command line asks for something impossible; the message says what to do instead."""

    exit_status = 2


def read_texts(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The texts to speak, and the changes of options among the words."""
    is_alone = len(arguments.words) == 1 and not arguments.text and not arguments.file
    overrides = [word for word in arguments.words if is_override(word, is_alone)]
    texts = arguments.text + [word for word in arguments.words if word not in overrides]
    if arguments.file and texts:
        raise UsageError("There is a text and a --file. Give one of them.")
    for text in texts:
        _check_unicode(text)
    if arguments.file:
        read = _decode(_read_file(arguments.file), str(arguments.file))
    elif not texts or texts == ["-"]:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError('There is no text. Write one: python -m tts.synthesize "Hello world." -o hello.wav')
        read = _decode(sys.stdin.buffer.read(), "stdin")
    else:
        return texts, overrides
    texts = [line for line in read.splitlines() if line.strip()] if arguments.lines else [read]
    return texts or [""], overrides


def is_override(word: str, is_alone: bool = False) -> bool:
    """Whether ``word`` changes an option of the voice, or is meant to. The voice reports options that it lacks.

    >>> is_override("vocodr.iterations=60"), is_override("www.site.com=bar"), is_override("E=mc2")
    (True, False, False)

    Args:
        word: a word of the command line.
        is_alone: whether nothing else on the command line is a text. Then ``word`` is a text if its name has no dot.
    """
    found = _ASSIGNMENT.fullmatch(word)
    if found is None:
        return False
    return bool(get_close_matches(found["section"], SECTIONS, n=1)) if found["rest"] else not is_alone


def texts_behind_dashes(argv: Sequence[str]) -> list[str]:
    """Accept texts that begin with a dash after "--", as in ``-- "-hello there" -o x.wav``."""
    if "--" not in argv:
        return list(argv)
    at, found = list(argv).index("--"), list(argv)
    for i in range(at + 1, len(found)):
        if _OPTION.fullmatch(found[i]):
            break
        found[i] = f"--text={found[i]}"
    return found[:at] + found[at + 1 :]


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "The text on the command line is not valid UTF-8. Put it into a file and convert it."
        ) from error


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Name an existing text file.") from error


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not valid UTF-8 (byte 0x{data[error.start]:02x} at position {error.start}). "
            "Convert it, for example with: iconv -f latin1 -t utf-8"
        ) from error


def output_paths(output: str | None, count: int) -> list[Path]:
    """One path for each text: the file ``output``, or numbered files in the folder ``output``."""
    path = Path(output or ("speech" if count > 1 else "out.wav"))
    is_folder = path.is_dir() or (output or "").endswith(("/", os.sep)) or (count > 1 and not path.suffix)
    if is_folder:
        return [path / f"{number:0{len(str(count))}d}.wav" for number in range(1, count + 1)]
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path} must end in .wav, .flac, .mp3, .ogg or .opus; a folder must exist or end in '/'.")
    if count > 1:
        raise UsageError(f"{count} texts cannot be written to one file. Name a folder: -o {path.stem}/")
    return [path]


def named_texts(texts: Sequence[str], folder: Path, output: str | None) -> tuple[list[str], list[Path]]:
    """The texts without their ids, and ``folder/ID.wav`` for each.

    What stands before the first "|" is the id. A text without "|" gets its number as id.

    Raises:
        UsageError: an id cannot be a file name, or two texts have the same id.
    """
    if output:
        raise UsageError("Both -o and --output-dir are given. Give one of them.")
    names, spoken = [], []
    for number, text in enumerate(texts, 1):
        name, bar, rest = text.partition("|")
        if bar and not ID.fullmatch(name):
            raise UsageError(
                f"Text {number}: '{name[:40]}' before the '|' cannot be a file name. Use at most 100 letters, digits, "
                "'_', '-' or '.', and begin with a letter or digit."
            )
        names.append(name if bar else f"{number:0{len(str(len(texts)))}d}")
        spoken.append(rest if bar else text)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"More than one text has the id {twice[0]}. Give every text its own id.")
    return spoken, [folder / f"{name}.wav" for name in names]


def companion_path(requested: Path | None, suffixes: Sequence[str], path: Path, count: int) -> Path | None:
    """The path of the plot or timings of the audio file ``path``; with several texts it lies beside the audio file."""
    if requested is not None and requested.suffix.lower() not in map(str.lower, suffixes):
        raise UsageError(f"{requested} must end in {', '.join(suffixes[:-1])} or {suffixes[-1]}.")
    if requested is None or count == 1:
        return requested
    return path.with_suffix(requested.suffix)


def check_writable(path: Path) -> None:
    """Raise `UsageError` if ``path`` cannot be written, before minutes of synthesis."""
    try:
        with writing_to(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a folder")
            tempfile.TemporaryFile(dir=path.parent).close()
    except PlaceError as error:
        raise UsageError(f"{str(error).removesuffix('.')} with -o.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}). Choose another path with -o.") from error
