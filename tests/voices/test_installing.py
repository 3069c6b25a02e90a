"""Voices are installed atomically from files and URLs, and only the files of a voice are installed."""

import functools
import gzip
import http.server
import shutil
import tarfile
import threading
import zipfile

import pytest

from tts import TTS
from tts.synthesize import main as synthesize
from tts.voices.__main__ import main
from tts.voices.finding import data_dir, list_voices
from tts.voices.installing import sha256_of


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTUNE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def archive(tiny_voice_folder, tmp_path):
    return shutil.make_archive(tmp_path / "anna", "gztar", tiny_voice_folder.parent, tiny_voice_folder.name)


@pytest.fixture
def server(tmp_path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    handler.log_message = lambda *args: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_a_voice_from_a_url_is_installed_speaks_and_is_removed(archive, server, tmp_path, capsys):
    digest = sha256_of(tmp_path / "anna.tar.gz")
    assert main(["install", f"{server}/anna.tar.gz", "--sha256", digest.upper()]) == 0
    assert "anna" in list_voices()
    assert synthesize(["Hello.", "--voice", "anna", "-o", "hello.wav"]) == 0
    assert main(["list"]) == 0
    assert "anna\tinstalled\ttorch" in capsys.readouterr().out
    assert main(["remove", "anna"]) == 0
    assert "anna" not in list_voices()
    assert main(["remove", "anna"]) == 1


def test_folders_and_flat_zip_files_are_installed(tiny_voice_folder, tmp_path):
    assert main(["install", str(tiny_voice_folder), "--name", "berta"]) == 0
    shutil.make_archive(tmp_path / "clara", "zip", tiny_voice_folder)
    assert main(["install", "clara.zip"]) == 0
    assert {"berta", "clara"} <= set(list_voices())
    assert TTS("clara").engine.name == "tiny"
    assert main(["install", "clara.zip"]) == 1
    assert main(["install", "clara.zip", "--replace"]) == 0


def lock_up(path):
    """A zip file that needs a password."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.yaml", "name: x")
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["anna.tar.gz", "--sha256", "0" * 64], "SHA-256"),
        (["missing.zip"], "no file"),
        (["anna.tar.gz", "--name", "../evil"], "not a valid name"),
        (["anna.tar.gz", "--name", "ljspeech"], "ships with the package"),
        (["http://127.0.0.1:9/x.zip"], "cannot be downloaded"),
        (["notes.txt"], "not a .zip"),
        (["cut.tar.gz"], "damaged"),
        (["empty.zip"], "is not a voice"),
        (["flipped.tar.gz"], "damaged"),
        (["secret.zip"], "damaged"),
        (["linked"], "is a link"),
        (["http://["], "not a valid name"),
    ],
)
def test_a_failed_installation_leaves_nothing(archive, tmp_path, capsys, words, message):
    (tmp_path / "notes.txt").write_text("hello")
    whole = (tmp_path / "anna.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    zipfile.ZipFile(tmp_path / "empty.zip", "w").close()
    flipped = bytearray(whole)
    flipped[-6] ^= 1  # of the checksum
    (tmp_path / "flipped.tar.gz").write_bytes(flipped)
    lock_up(tmp_path / "secret.zip")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "config.yaml").symlink_to("/etc/passwd")
    assert main(["install", *words]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not data_dir().exists() or not list(data_dir().iterdir())


def test_an_archive_cannot_write_outside_of_its_folder(tiny_voice_folder, tmp_path):
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as packed:
        packed.add(tiny_voice_folder / "acoustic.safetensors", "../../config.yaml")
        packed.add(tiny_voice_folder / "config.yaml", "/tmp/evil/run.py")
        link = tarfile.TarInfo("evil/config.yaml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
        packed.add(tiny_voice_folder / "acoustic.safetensors", "evil/onnx/../../../x")
    assert main(["install", "evil.tar.gz"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "evil.tar.gz"]


def test_a_lexicon_is_installed_with_its_voice(tiny_voice_folder, tmp_path):
    source = shutil.copytree(tiny_voice_folder, tmp_path / "anna")
    (source / "lexicon.txt").write_text("attune \u0250t\u02c8u\u02d0n\n")
    config = (source / "config.yaml").read_text().replace("language: en-us", "language: en-us\n  lexicon: lexicon.txt")
    (source / "config.yaml").write_text(config)
    shutil.make_archive(tmp_path / "berta", "zip", source)
    for words in (["anna"], ["berta.zip"]):
        assert main(["install", *words]) == 0
    assert TTS("anna").engine.frontend("attune").phonemes == TTS("berta").engine.frontend("attune").phonemes


def test_an_archive_that_is_too_large_is_not_unpacked(tmp_path, capsys):
    with gzip.open(tmp_path / "a.tar.gz", "wb") as file:
        member = tarfile.TarInfo("other/file")
        member.size = 10**10
        file.write(member.tobuf())
    assert main(["install", "a.tar.gz"]) == 1
    assert "unpacks to more than" in capsys.readouterr().err
