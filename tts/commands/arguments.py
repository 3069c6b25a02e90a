"""What a command line asks for: texts in, places out; a mistake is told before anything is loaded."""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tts.core.errors import AttuneError

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg")
NAMED = re.compile(r"(?P<id>[A-Za-z0-9_][\w.-]{0,99})\|(?P<text>.*)", re.DOTALL)  # no id leads to another folder
#: A dotted path into a voice's config; "E=mc2" and "www.site.com=bar" are texts.
OVERRIDE = re.compile(r"(?:acoustic|vocoder|text|audio|mel|card)(\.\w+)+=\S*")


_OPTION = re.compile(r"-[A-Za-z]|--[a-z][\w-]*(?:=.*)?", re.DOTALL)


class UsageError(AttuneError):
    """What was asked cannot be done; the message says what to do instead."""

    exit_status = 2


def read_texts(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The texts to speak, and the overrides among the words."""
    overrides = [word for word in arguments.words if OVERRIDE.fullmatch(word)]
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


def texts_behind_dashes(argv: Sequence[str]) -> list[str]:
    """``-- "-hello there" -o x.wav``: what follows "--" and is no option is a text, though it begins with a dash."""
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
    """One path for each text: the file that was named, or numbered files in the folder that was."""
    path = Path(output or ("speech" if count > 1 else "out.wav"))
    is_folder = path.is_dir() or (output or "").endswith(("/", os.sep)) or (count > 1 and not path.suffix)
    if is_folder:
        return [path / f"{number:0{len(str(count))}d}.wav" for number in range(1, count + 1)]
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path} must end in .wav, .flac, .mp3 or .ogg; a folder must exist or end in '/'.")
    if count > 1:
        raise UsageError(f"{count} texts do not go into one file. Name a folder: -o {path.stem}/")
    return [path]


def named_texts(texts: Sequence[str], folder: Path, output: str | None) -> tuple[list[str], list[Path]]:
    """The texts without their ids, and ``folder/ID.wav`` for each: of "ID|text", else its number."""
    if output:
        raise UsageError("There are both -o and --output-dir. Give one of them.")
    names, spoken = [], []
    for number, text in enumerate(texts, 1):
        found = NAMED.fullmatch(text)
        names.append(found["id"] if found else f"{number:0{len(str(len(texts)))}d}")
        spoken.append(found["text"] if found else text)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"The id {twice[0]} is given to more than one text. Give every text its own.")
    return spoken, [folder / f"{name}.wav" for name in names]


def beside(wanted: Path | None, suffixes: Sequence[str], path: Path, count: int) -> Path | None:
    """Where a plot or timings of ``path`` go; of several texts each beside its audio."""
    if wanted is not None and wanted.suffix.lower() not in map(str.lower, suffixes):
        raise UsageError(f"{wanted} must end in {', '.join(suffixes[:-1])} or {suffixes[-1]}.")
    if wanted is None or count == 1:
        return wanted
    return path.with_suffix(wanted.suffix)


def check_writable(path: Path) -> None:
    """Better now than after minutes of synthesis."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}). Choose another place with -o.") from error
