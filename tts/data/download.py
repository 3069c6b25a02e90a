"""Download an archived corpus. An interrupted download continues, the checksum is verified, and unpacking is atomic.

LJSpeech's URL and SHA-256 (conf/data/ljspeech.yaml) are those of `torchaudio.datasets.LJSPEECH`. Its download restarts
after every interruption and accepts a partly unpacked folder as complete.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tqdm import tqdm

from tts.data.metadata import CorpusError

BLOCK = 1 << 20
ATTEMPTS = 5


def download_corpus(source: Path, url: str, sha256: str, retry_delay: float = 2.0) -> None:
    """Download the tar archive at ``url`` and unpack its single folder as ``source``.

    The archive stays beside ``source``. An incomplete archive is called ``*.part``, and the next call continues it.

    Args:
        source: the folder to create.
        url: the URL of a tar archive, with any compression that tarfile reads.
        sha256: the hexadecimal checksum of the archive.
        retry_delay: seconds before the second attempt; doubled before each further attempt.

    Raises:
        CorpusError: the server cannot be reached, or the archive has another checksum.
    """
    source.parent.mkdir(parents=True, exist_ok=True)
    archive = source.parent / url.rsplit("/", 1)[-1]
    if archive.is_file():
        _verify(archive, url, sha256)  # it may be from an earlier call
    else:
        part = archive.with_name(archive.name + ".part")
        _fetch(url, part, retry_delay)
        _verify(part, url, sha256)
        part.rename(archive)
    _unpack(archive, source)


def _fetch(url: str, part: Path, retry_delay: float) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return _continue(url, part)
        except urllib.error.HTTPError as error:
            if error.code == 416:  # there is no more data: the file is complete
                return None
            failure: Exception = error
            if error.code < 500:
                break
        except (OSError, http.client.HTTPException) as error:
            failure = error
        if attempt < ATTEMPTS - 1:
            time.sleep(retry_delay * 2**attempt)
    raise CorpusError(
        f"could not download {url}: {failure}. Run the same command again to continue, or download and unpack "
        "it by other means and set data.source to the folder."
    )


def _continue(url: str, part: Path) -> None:
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=60) as response:
        if response.status != 206:  # the server cannot continue: start again
            have = 0
        rest = response.headers.get("Content-Length")
        total = have + int(rest) if rest is not None else None
        bar = tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=part.stem)
        with part.open("ab" if have else "wb") as file, bar:
            while block := response.read(BLOCK):
                file.write(block)
                have += len(block)
                bar.update(len(block))
    if total is not None and have < total:
        raise http.client.IncompleteRead(b"", total - have)


def _verify(part: Path, url: str, sha256: str) -> None:
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != sha256:
        if part.suffix == ".part":
            part.unlink()  # a download cannot continue a wrong file
        raise CorpusError(
            f"{part} from {url} has SHA-256 {digest.hexdigest()}, expected {sha256}. "
            "Delete the file if it still exists, and run the command again."
        )


def _unpack(archive: Path, source: Path) -> None:
    with tempfile.TemporaryDirectory(dir=source.parent, prefix=".unpack-") as temporary:
        print(f"unpacking {archive}")
        with tarfile.open(archive) as content:
            content.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
            content.extractall(temporary)
        folders = [path for path in Path(temporary).iterdir() if path.is_dir()]
        if len(folders) != 1:
            raise CorpusError(f"{archive} holds {len(folders)} folders, expected one. Unpack it by hand.")
        if source.is_dir():  # `move` would put the folder into it
            if any(source.iterdir()):
                raise CorpusError(f"{source} exists and is not empty. Unpack {archive} by hand, or move {source} away.")
            source.rmdir()
        shutil.move(folders[0], source)
