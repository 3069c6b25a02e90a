"""A damaged corpus gives an error of one sentence when it is opened, not during training."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from tests.configured import part
from tts.audio.mel import MelSpectrogram
from tts.core.config import instantiate
from tts.core.files import PlaceError
from tts.data.corpus import Corpus
from tts.data.features import ExtractionTask, FeatureExtractor, Trim
from tts.data.metadata import CorpusError, Entry


@pytest.fixture
def corpus(tone_corpus, tmp_path):
    return shutil.copytree(tone_corpus, tmp_path / "corpus")


def cut(path):
    path.write_bytes(path.read_bytes()[:-2])


def change_first(path, **values):
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text(json.dumps(json.loads(first) | values) + "\n" + "".join(rest))


DAMAGE = {
    "mels cut": (lambda c: cut(c / "mels.f16"), r"mels\.f16 has \d+ bytes, the utterances need"),
    "audio cut": (lambda c: cut(c / "audio.i16"), r"audio\.i16 has"),
    "mels gone": (lambda c: (c / "mels.f16").unlink(), r"mels\.f16 has 0 bytes"),
    "items garbage": (lambda c: (c / "items.jsonl").write_text("{"), r"items\.jsonl is damaged"),
    "items binary": (lambda c: (c / "items.jsonl").write_bytes(b"\xff\xfe"), r"items\.jsonl is damaged"),
    "items other": (lambda c: (c / "items.jsonl").write_text("[]\n"), r"is damaged at line 1"),
    "frames negative": (lambda c: change_first(c / "items.jsonl", frames=[-5, 10]), "is damaged at line 1"),
    "id above": (lambda c: change_first(c / "items.jsonl", id="../../x"), "is damaged at line 1"),
    "id absolute": (lambda c: change_first(c / "items.jsonl", id="/tmp/x"), "is damaged at line 1"),
    "tokens words": (lambda c: change_first(c / "items.jsonl", tokens=["x"]), "is damaged at line 1"),
    "tokens negative": (lambda c: change_first(c / "items.jsonl", tokens=[1, -7]), "is damaged at line 1"),
    "tokens large": (lambda c: change_first(c / "items.jsonl", tokens=[1, 9999]), r"has token 9999, but \d+ symbols"),
    "phonemes none": (lambda c: change_first(c / "items.jsonl", phonemes=None), "is damaged at line 1"),
    "frames none": (lambda c: change_first(c / "items.jsonl", frames=[0, 0]), "is damaged at line 1"),
    "frames many": (lambda c: change_first(c / "items.jsonl", frames=[0, 10**12]), r"mels\.f16 has"),
    "config garbage": (lambda c: (c / "config.yaml").write_text("a: ["), r"config\.yaml cannot be read"),
    "config other": (
        lambda c: (c / "config.yaml").write_text("a: 1"),
        r"lacks text and audio\. Delete it",
    ),
    "durations garbage": (lambda c: (c / "durations.npz").write_text("no zip"), r"durations\.npz is damaged"),
    "durations other": (
        lambda c: np.savez(c / "durations.npz", ids=["t0"], lengths=[3], durations=[1]),
        r"durations\.npz is damaged",
    ),
    "durations pickled": (
        lambda c: np.savez(c / "durations.npz", ids=np.array([{}], object), lengths=[1], durations=[1]),
        r"durations\.npz is damaged",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_corpus_is_an_error_of_one_sentence(corpus, damage, message):
    damage(corpus)
    with pytest.raises(CorpusError, match=message) as error:
        Corpus(corpus)
    assert "\n" not in str(error.value)
    assert "allow_pickle" not in str(error.value)


@pytest.mark.parametrize("name", ["config.yaml", "durations.npz"])
def test_a_file_without_permission_is_not_damaged(corpus, name, monkeypatch):
    np.savez(corpus / "durations.npz", ids=["t0"], lengths=[1], durations=[1])
    monkeypatch.setattr("os.access", lambda path, mode: os.path.basename(path) != name)  # root may read everything
    with pytest.raises(PlaceError, match=rf"{name} cannot be read: this user has no permission") as error:
        Corpus(corpus)
    assert "Delete" not in str(error.value)


def wav(path, samples, rate=22050):
    soundfile.write(path, samples, rate)
    return path


BAD_RECORDINGS = {
    "dangling link": lambda f: f.symlink_to("nowhere"),
    "one sample": lambda f: wav(f, np.ones(1), 48000),
    "no sample": lambda f: wav(f, np.ones(0)),
    "header of 1 Hz": lambda f: wav(f, np.random.default_rng(0).normal(size=22050) * 0.1, 1),
    "a folder": lambda f: f.mkdir(),
    "text": lambda f: f.write_text("no audio"),
    "pipe": lambda f: os.mkfifo(f),
}


@pytest.mark.parametrize("make", BAD_RECORDINGS.values(), ids=BAD_RECORDINGS)
@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
def test_a_bad_recording_is_reported_as_a_problem(tmp_path, make):
    make(tmp_path / "a.wav")
    text = {"_target_": "tts.text.frontend.TextFrontend", "language": "en-us"}
    audio = part(MelSpectrogram)
    config = {"text": text, "audio": audio, "trim": part(Trim)}
    extractor = FeatureExtractor([ExtractionTask(Entry("a", "Hello.", tmp_path / "a.wav"), "key")], config)
    record, mel, samples = extractor[0]
    assert record["problem"][0] == "audio"
    assert "a.wav" in record["problem"][1]
    assert mel is samples is None
    assert isinstance(instantiate(audio, "audio"), MelSpectrogram)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of its own")
def test_preparation_works_with_an_unwritable_home(tmp_path):
    code = "import os, tts.data.features; print(os.environ['NUMBA_CACHE_DIR'])"
    environment = {**os.environ, "HOME": str(tmp_path / "nowhere")}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-500:]
    assert not os.path.exists(done.stdout.strip())  # removed at the end
