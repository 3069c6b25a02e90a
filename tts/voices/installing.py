"""Install voices into the user's data folder from a file, a folder or a URL, and remove them."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import re
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlparse

from tts.core.files import writing_to
from tts.voices.finding import ONNX_FOLDER, VoiceError, data_dir, find_voice, is_shipped

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
#: The files of a voice. Other files of an archive are ignored.
FILE = re.compile(
    r"config\.yaml|README\.md|LICENSE|lexicon\.txt|(acoustic|vocoder)\.safetensors|onnx/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
)
MAX_BYTES = 4_000_000_000  # of an archive, and of its content
BLOCK = 1 << 20
SUFFIXES = re.compile(r"(\.tar\.gz|\.tgz|\.tar|\.zip)$", re.IGNORECASE)


def install_voice(source: str, name: str | None = None, sha256: str | None = None, replace: bool = False) -> Path:
    """Install a voice. Its folder appears only when it is complete.

    Args:
        source: a voice folder, a .zip or .tar.gz of a voice folder, or an http(s) URL of such a file.
        name: the name of the voice; None uses the name of the file.
        sha256: the expected hexadecimal checksum of the file; None does not check it.
        replace: whether to replace an installed voice of this name.

    Returns:
        The folder of the installed voice.

    Raises:
        VoiceError: the file is missing, damaged, too large or not a voice, or its checksum differs.
    """
    url = _url(source)
    name = name or SUFFIXES.sub("", PurePosixPath(url or source).name)
    folder = _target(name, replace)
    with writing_to(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with writing_to(folder), tempfile.TemporaryDirectory(dir=folder.parent, prefix=".installing-") as temporary:
        new = Path(temporary) / name
        new.mkdir()
        if Path(source).is_dir():
            _check_sum_of_folder(sha256)
            _copy(Path(source), new)
        else:
            _unpack(_fetch(source, Path(temporary), sha256), new)
        _check_voice(new, source)
        if folder.exists():
            os.replace(folder, Path(temporary) / "old")
        os.replace(new, folder)
    return folder


def remove_voice(name: str) -> None:
    """Remove an installed voice. Raises `VoiceError` if no installed voice has this name."""
    folder = data_dir() / name
    if not NAME.fullmatch(name) or not folder.is_dir():
        reason = "It ships with the package" if NAME.fullmatch(name) and is_shipped(name) else "It is not installed"
        raise VoiceError(f"The voice '{name}' cannot be removed. {reason}.")
    shutil.rmtree(folder)


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _target(name: str, replace: bool) -> Path:
    if not NAME.fullmatch(name):
        raise VoiceError(f"'{name}' is not a valid name. Use letters, digits, '_', '-' and '.': --name NAME.")
    if is_shipped(name):
        raise VoiceError(f"A voice '{name}' ships with the package. Choose another name with --name.")
    folder = data_dir() / name
    if folder.exists() and not replace:
        raise VoiceError(f"A voice '{name}' is already installed. Choose another name with --name, or use --replace.")
    return folder


def _url(source: str) -> str:
    """The path of an http(s) URL; empty if ``source`` is not such a URL."""
    try:
        url = urlparse(source)
    except ValueError:
        return ""
    return (url.path or "/") if url.scheme in ("http", "https") else ""


def _check_sum_of_folder(sha256: str | None) -> None:
    if sha256 is not None:
        raise VoiceError("A folder has no SHA-256. Remove --sha256, or give a .zip or .tar.gz file.")


def _fetch(source: str, folder: Path, sha256: str | None) -> Path:
    """The local or downloaded file, after a check of its SHA-256."""
    path = Path(source)
    if _url(source):
        path = folder / "download"
        _download(source, path)
    elif not path.is_file():
        raise VoiceError(f"There is no file or folder {source}. Give a voice folder, a .zip, a .tar.gz or a URL.")
    found = sha256_of(path)
    if sha256 is not None and found != sha256.lower():
        raise VoiceError(f"{source} has the SHA-256 {found}, not {sha256}. It is damaged, or another file.")
    return path


def _download(url: str, path: Path) -> None:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer, path.open("wb") as file:
            expected, done = int(answer.headers.get("Content-Length") or 0), 0
            while block := answer.read(BLOCK):
                done += len(block)
                if done > MAX_BYTES:
                    raise VoiceError(f"{url} is larger than the limit of {MAX_BYTES} bytes.")
                file.write(block)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise VoiceError(f"{url} cannot be downloaded ({getattr(error, 'reason', error)}).") from error
    if expected and done != expected:
        raise VoiceError(f"The download of {url} stopped after {done} of {expected} bytes. Try again.")


def _copy(source: Path, new: Path) -> None:
    for path in sorted([*source.iterdir(), *(source / ONNX_FOLDER).glob("*")]):
        relative = path.relative_to(source).as_posix()
        if path.is_symlink() and (relative == ONNX_FOLDER or FILE.fullmatch(relative)):
            raise VoiceError(f"{path} is a link, which could point to any file. Replace it by the file itself.")
        if FILE.fullmatch(relative) and path.is_file():
            (new / relative).parent.mkdir(exist_ok=True)
            shutil.copyfile(path, new / relative)


_DAMAGE: tuple[type[Exception], ...] = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError),
    *(FileExistsError, NotImplementedError, RuntimeError),  # duplicate file, unknown compression, password
)


def _unpack(archive: Path, new: Path) -> None:
    """Write only the files of a voice from ``archive``. Their paths never come from the archive."""
    try:
        remaining = MAX_BYTES
        for relative, file in _members(archive):
            target = new / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                while block := file.read(BLOCK):
                    remaining -= len(block)
                    if remaining < 0:
                        raise VoiceError(f"{archive.name} unpacks to more than the limit of {MAX_BYTES} bytes.")
                    out.write(block)
    except _DAMAGE as error:
        raise VoiceError(f"{archive.name} is damaged ({error}). Copy it again.") from error


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The files of a voice in a .zip or .tar.gz, at its top level or in a folder."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if relative := _relative(info.filename):
                    with packed.open(info) as file:
                        yield relative, file
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as packed:
            size = 0
            for member in packed:
                size += member.size
                if size > MAX_BYTES:
                    raise VoiceError(f"{archive.name} unpacks to more than the limit of {MAX_BYTES} bytes.")
                content = packed.extractfile(member) if member.isreg() else None
                if content is not None and (relative := _relative(member.name)):
                    yield relative, content
            while size <= MAX_BYTES and (rest := packed.fileobj.read(BLOCK)):  # gzip's checksum is at the end
                size += len(rest)
    else:
        raise VoiceError(f"{archive.name} is not a .zip or .tar.gz file. Give an archive of a voice folder.")


def _relative(name: str) -> str | None:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    candidates = ("/".join(parts), "/".join(parts[1:]))
    return next((path for path in candidates if FILE.fullmatch(path)), None)


def _check_voice(new: Path, source: str) -> None:
    try:
        find_voice(new)
    except VoiceError as error:
        message = f"{source} is not a voice: it needs config.yaml and acoustic.safetensors, or onnx/voice.json."
        raise VoiceError(message) from error
