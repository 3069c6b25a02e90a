import hashlib
import http.server
import io
import re
import tarfile
import threading
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from torchaudio.datasets import ljspeech as torchaudio_ljspeech

from tts.core.config import config_root
from tts.data.download import download_corpus
from tts.data.metadata import CorpusError


def make_archive():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:bz2") as archive:
        for name, content in {
            "Mini-1.1/metadata.csv": b"a|Hello.\n",
            "Mini-1.1/wavs/a.wav": bytes(range(256)) * 40,
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves ``content`` and breaks the connection after ``limit`` bytes, ``cuts`` times."""

    content, cuts, limit, ranges, requests = b"", 0, 50, True, []

    def do_GET(self):
        kind = type(self)
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and self.ranges else 0
        kind.requests.append(start)
        if start >= len(self.content):
            return self.send_error(416)
        rest = self.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if kind.cuts:
            kind.cuts -= 1
            rest = rest[: self.limit]
        self.wfile.write(rest)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    handler = type("Handler", (Server,), {"content": make_archive(), "requests": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        handler.url = f"http://127.0.0.1:{running.server_port}/Mini-1.1.tar.bz2"
        handler.sha256 = hashlib.sha256(handler.content).hexdigest()
        yield handler
        running.shutdown()


def fetch(server, source):
    download_corpus(source, server.url, server.sha256, retry_delay=0.0)
    assert (source / "metadata.csv").read_bytes() == b"a|Hello.\n"
    assert (source / "wavs" / "a.wav").stat().st_size == 256 * 40


def test_an_archive_is_downloaded_and_unpacked(server, tmp_path):
    fetch(server, tmp_path / "mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Mini-1.1.tar.bz2", "mine"]  # no .part, no leftovers


def test_a_broken_download_continues(server, tmp_path):
    server.cuts = 2
    fetch(server, tmp_path / "mine")
    assert server.requests == [0, 50, 100]


def test_the_next_call_continues_a_partial_download(server, tmp_path):
    (tmp_path / "Mini-1.1.tar.bz2.part").write_bytes(server.content[:70])
    fetch(server, tmp_path / "mine")
    assert server.requests == [70]


def test_a_complete_partial_file_is_only_checked(server, tmp_path):
    (tmp_path / "Mini-1.1.tar.bz2.part").write_bytes(server.content)
    fetch(server, tmp_path / "mine")


def test_a_server_without_ranges_restarts_the_download(server, tmp_path):
    server.ranges = False
    server.cuts = 1
    fetch(server, tmp_path / "mine")
    assert server.requests == [0, 0]


def test_a_file_with_a_wrong_checksum_is_an_error_and_deleted(server, tmp_path):
    with pytest.raises(CorpusError, match="SHA-256"):
        download_corpus(tmp_path / "mine", server.url, "0" * 64, retry_delay=0.0)
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_server_is_an_error_with_advice(server, tmp_path):
    server.cuts = 99
    server.limit = 0
    with pytest.raises(CorpusError, match=r"again to continue.*data\.source"):
        download_corpus(tmp_path / "mine", server.url, server.sha256, retry_delay=0.0)


def test_an_existing_archive_is_used(server, tmp_path):
    (tmp_path / "Mini-1.1.tar.bz2").write_bytes(server.content)
    fetch(server, tmp_path / "mine")
    assert server.requests == []


def test_ljspeech_url_and_checksum_equal_torchaudio():
    config = OmegaConf.load(Path(config_root()) / "conf" / "data" / "ljspeech.yaml")
    release = torchaudio_ljspeech._RELEASE_CONFIGS["release1"]
    assert config.url == release["url"]
    assert config.sha256 == release["checksum"]


def test_an_existing_archive_is_checked_and_kept(server, tmp_path):
    archive = tmp_path / "Mini-1.1.tar.bz2"
    archive.write_bytes(b"another")
    with pytest.raises(CorpusError, match=r"has SHA-256 .*, expected .* Delete the file"):
        download_corpus(tmp_path / "mine", server.url, server.sha256)
    assert archive.read_bytes() == b"another"


def test_the_archive_is_unpacked_as_the_folder_itself(server, tmp_path):
    (tmp_path / "mine").mkdir()
    fetch(server, tmp_path / "mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(CorpusError, match="exists and is not empty"):
        download_corpus(tmp_path / "other", server.url, server.sha256)
