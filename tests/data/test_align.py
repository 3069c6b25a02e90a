"""`tts.align` completes a corpus and keeps existing values."""

import shutil

import numpy as np
import pytest
from filelock import FileLock
from hydra import compose, initialize_config_dir

from tts.core.config import config_root
from tts.core.files import PlaceError
from tts.data import writing
from tts.data.corpus import Corpus, write_durations
from tts.data.metadata import CorpusError
from tts.training import aligner
from tts.training.aligner import complete
from tts.training.corpus_values import fill_in, fill_mel_statistics, mel_statistics


@pytest.fixture
def config(tiny_corpus, tmp_path):
    def build(*overrides):
        places = [f"data.corpus={tmp_path / 'corpus'}", "steps=1", "aligner.hidden_dim=8", "aligner.embedding_dim=8"]
        with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
            return compose("align", [*places, *overrides])

    shutil.copytree(tiny_corpus, tmp_path / "corpus")
    return build


def exact(utterance):
    """Durations that no aligner would find: the last symbol has all frames."""
    frames = np.zeros(len(utterance.tokens), np.int64)
    frames[-1] = utterance.mel.shape[1]
    return frames


def test_exact_durations_stay_and_missing_ones_are_added(config, tmp_path):
    known = Corpus(tmp_path / "corpus", "all")[3]
    write_durations(tmp_path / "corpus", {known.id: exact(known)})
    with pytest.warns(UserWarning, match="11 of 12"):
        assert complete(config()).startswith("11 of 12 utterances aligned")
    corpus = Corpus(tmp_path / "corpus", "all")
    assert corpus.is_aligned
    assert corpus.ids_without_pitch == []
    np.testing.assert_array_equal(corpus[3].durations, exact(known))
    assert complete(config()) == "all 12 utterances have durations; overwrite=true computes them again"
    assert complete(config("overwrite=true")).startswith("12 of 12")
    assert not np.array_equal(Corpus(tmp_path / "corpus", "all")[3].durations, exact(known))


def test_an_alignment_beside_another_writer_is_an_error_before_training(config, tmp_path, monkeypatch):
    monkeypatch.setattr(aligner, "align", lambda config: pytest.fail("trained"))
    with FileLock(tmp_path / "corpus" / ".lock"), pytest.raises(CorpusError, match=r"or alignment writes to .*Wait"):
        complete(config())


def test_an_alignment_of_a_read_only_corpus_is_an_error_before_training(config, tmp_path, monkeypatch):
    def refuse(folder):
        raise PlaceError(f"{folder} cannot be written")

    monkeypatch.setattr(aligner, "align", lambda config: pytest.fail("trained"))
    monkeypatch.setattr(writing, "check_writable", refuse)
    with pytest.raises(PlaceError, match="corpus cannot be written"):
        complete(config())


def test_a_complete_corpus_may_be_read_only(config, tmp_path, monkeypatch):
    complete(config())
    monkeypatch.setattr(writing, "check_writable", lambda folder: pytest.fail("written"))
    before = (tmp_path / "corpus" / "durations.npz").stat().st_mtime_ns
    assert complete(config()).startswith("all 12 utterances have durations")
    assert (tmp_path / "corpus" / "durations.npz").stat().st_mtime_ns == before


def test_the_aligner_uses_the_mel_of_the_corpus(config, tmp_path):
    corpus = Corpus(tmp_path / "corpus", "all")
    filled = fill_in(config(), {**corpus.config, "audio": {**corpus.config["audio"], "n_mels": 60}}, "text", "audio")
    assert filled.aligner.n_mels == 60
    assert filled.pitch.hop_length == corpus.config["audio"]["hop_length"]
    assert filled.aligner.num_symbols == len(corpus.config["text"]["symbols"])
    assert config().audio is None  # a copy is filled in
    mean, std = mel_statistics(corpus)
    values = np.concatenate([utterance.mel.ravel() for utterance in corpus])
    assert (mean, std) == pytest.approx((values.mean(), values.std()), abs=0.01)
    filled = fill_mel_statistics(filled, corpus)
    assert (filled.aligner.mel_mean, filled.aligner.mel_std) == (mean, std)
