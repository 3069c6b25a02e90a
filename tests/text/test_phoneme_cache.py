import os
import sqlite3
import subprocess
import sys
import time

import pytest

from tts.text import espeak
from tts.text import phoneme_cache as cache
from tts.text.phoneme_cache import PhonemeCache
from tts.text.phonemize import Phonemizer


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTUNE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_stored_value_is_found_by_another_cache(place):
    first = PhonemeCache("x")
    first.put("a", "1")
    assert first.get("a") == "1"
    first.write()
    assert PhonemeCache("x").get("a") == "1"
    assert PhonemeCache("x").get("b") is None
    assert PhonemeCache("y").get("a") is None


def test_cached_text_does_not_load_espeak(monkeypatch):
    first = Phonemizer()
    said = first("of the cat and the dog, again")
    first._cache.write()
    monkeypatch.setattr(espeak, "_engine", None)
    assert Phonemizer()("of the cat and the dog, again") == said


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_broken_or_unwritable_cache_is_ignored(place, content):
    place.mkdir()
    (place / "x.sqlite").write_bytes(content)
    broken = PhonemeCache("x")
    broken.put("a", "1")
    broken.write()
    assert broken.get("a") == "1"


def test_without_a_folder_the_cache_stays_in_memory(place, monkeypatch):
    monkeypatch.setenv("ATTUNE_CACHE", "off")
    assert cache.cache_dir() is None
    memory = PhonemeCache("x")
    memory.put("a", "1")
    memory.write()
    assert memory.get("a") == "1"
    assert not place.exists()


def test_a_cache_that_is_too_large_is_recreated(monkeypatch):
    first = PhonemeCache("x")
    first.put("a", "1")
    first.write()
    monkeypatch.setattr(cache, "MAX_FILE_BYTES", 10)
    assert PhonemeCache("x").get("a") is None


def test_the_cache_is_written_at_exit(place):
    code = "from tts.text.phonemize import Phonemizer; Phonemizer()('a quick cat')"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert PhonemeCache(f"phonemes-en-us-{espeak.build_id()}").get("a quick cat")


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_a_damaged_cache_is_recreated(place, content):
    place.mkdir()
    (place / "x.sqlite").write_bytes(content)
    PhonemeCache("x").get("a")
    after = PhonemeCache("x")
    after.put("a", "1")
    after.write()
    assert PhonemeCache("x").get("a") == "1"


def test_a_value_that_is_not_text_is_ignored(place):
    cache = PhonemeCache("x")
    cache.put("a", b"\xff")
    cache.write()
    assert PhonemeCache("x").get("a") is None


def test_a_locked_cache_is_waited_for_only_once(place):
    PhonemeCache("x").get("a")
    other = sqlite3.connect(place / "x.sqlite", isolation_level=None)
    waiting = PhonemeCache("x")
    waiting.get("a")
    other.execute("BEGIN EXCLUSIVE")
    start = time.perf_counter()
    assert [waiting.get(str(number)) for number in range(20)] == [None] * 20
    assert time.perf_counter() - start < 2


def test_the_number_of_entries_in_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(cache, "MAX_IN_MEMORY", 10)
    small = PhonemeCache(None)
    for number in range(100):
        small.put(str(number), "x")
    assert len(small._memory) <= 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_during_phonemization_does_not_deadlock():
    code = (
        "import os, threading, time\nfrom tts.text import espeak\n"
        "def read():\n    for i in range(400): espeak.phonemes(f'number {i} of many words to read', 'en-us')\n"
        "thread = threading.Thread(target=read); thread.start()\n"
        "for i in range(12):\n"
        "    time.sleep(0.02)\n"  # the first ones while phonemizer is imported
        "    child = os.fork()\n"
        "    if not child: espeak.phonemes('hello', 'en-us'); os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "thread.join()"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)
