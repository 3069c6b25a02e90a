import pickle
import shutil

import numpy as np
import pytest
import soundfile

from tests.configured import configured
from tts.audio.pitch import PitchTracker
from tts.data.corpus import Corpus, read_config, write_durations, write_pitch
from tts.data.metadata import CorpusError
from tts.data.pitch import measure_pitch


@pytest.fixture
def own_corpus(tiny_corpus, tmp_path):
    return shutil.copytree(tiny_corpus, tmp_path / "corpus")


def test_splits_are_disjoint_and_complete(tiny_corpus):
    ids = {split: [u.id for u in Corpus(tiny_corpus, split)] for split in ("train", "validation", "test", "all")}
    assert sorted(ids["train"] + ids["validation"] + ids["test"]) == ids["all"] == [f"u{i:02d}" for i in range(12)]


def test_an_utterance_matches_its_recording(tiny_corpus, tiny_source):
    corpus = Corpus(tiny_corpus, "all")
    index = corpus.index("u05")
    utterance = corpus[index]
    assert utterance.mel.shape == (80, corpus.num_frames[index])
    assert utterance.mel.dtype == np.float32
    assert utterance.tokens.dtype == np.int64
    assert len(utterance.tokens) == corpus.num_tokens[index]
    symbols = corpus.config["text"]["symbols"]
    assert "".join(symbols[token] for token in utterance.tokens[1:-1]) == utterance.phonemes
    recording, _ = soundfile.read(tiny_source / "wavs" / "u05.flac", dtype="float32")
    start, end = corpus.items[index]["trim"]
    np.testing.assert_array_equal(corpus.audio(index), recording[start:end])
    assert len(corpus.audio(index)) == 256 * corpus.num_frames[index]


def test_a_pickled_corpus_does_not_contain_the_data(tiny_corpus):
    corpus = Corpus(tiny_corpus, "all")
    mel = corpus[3].mel
    copied = pickle.dumps(corpus)
    assert len(copied) < 100_000 < mel.nbytes * len(corpus)
    np.testing.assert_array_equal(pickle.loads(copied)[3].mel, mel)


def test_another_configuration_is_an_error_that_lists_the_keys(tiny_corpus):
    config = read_config(tiny_corpus)
    Corpus(tiny_corpus, text=config["text"], audio=config["audio"])
    Corpus(tiny_corpus, text={"symbols": None})  # asks nothing
    with pytest.raises(CorpusError, match=r"audio\.hop_length: the corpus has 256, but 200 is needed"):
        Corpus(tiny_corpus, audio=config["audio"] | {"hop_length": 200})
    with pytest.raises(CorpusError, match=r"text\.language.*en-us.*de"):
        Corpus(tiny_corpus, text={"language": "de"})


def test_missing_and_unfinished_corpora_are_errors_with_a_command(own_corpus, tmp_path):
    with pytest.raises(CorpusError, match=r"python -m tts\.prepare"):
        Corpus(tmp_path)
    (own_corpus / "items.jsonl").unlink()
    with pytest.raises(CorpusError, match="has not finished"):
        Corpus(own_corpus)


def test_an_empty_split_is_an_error(tiny_corpus):
    with pytest.raises(CorpusError, match=r"'dev' split.*train"):
        Corpus(tiny_corpus, "dev")


def spread(symbols, frames):
    values = np.full(symbols, frames // symbols)
    values[0] += frames - values.sum()
    return values


def test_stored_durations_are_read_and_sum_to_the_frames(own_corpus):
    corpus = Corpus(own_corpus, "all")
    assert corpus[0].durations is None
    first = {u.id: spread(len(u.tokens), u.mel.shape[1]) for u in list(corpus)[:6]}
    rest = {u.id: spread(len(u.tokens), u.mel.shape[1]) for u in list(corpus)[6:]}
    write_durations(own_corpus, first)
    write_durations(own_corpus, rest)  # joins what is there
    for utterance in Corpus(own_corpus, "all"):
        np.testing.assert_array_equal(utterance.durations, (first | rest)[utterance.id])
        assert utterance.durations.dtype == np.int64


def test_invalid_durations_are_errors(own_corpus):
    utterance = Corpus(own_corpus, "all")[0]
    good = spread(len(utterance.tokens), utterance.mel.shape[1])
    for bad in (good[:-1], good + 1):
        with pytest.raises(CorpusError, match="u00"):
            write_durations(own_corpus, {"u00": bad})
    with pytest.raises(CorpusError, match="not in"):
        write_durations(own_corpus, {"stranger": good})
    assert not (own_corpus / "durations.npz").exists()


def test_partial_durations_give_a_warning(own_corpus):
    utterance = Corpus(own_corpus, "all")[0]
    write_durations(own_corpus, {"u00": spread(len(utterance.tokens), utterance.mel.shape[1])})
    with pytest.warns(UserWarning, match="11 of 12"):
        assert Corpus(own_corpus, "all")[1].durations is None


def test_pitch_is_stored_and_read_back(own_corpus):
    corpus = Corpus(own_corpus, "all")
    pitch = np.linspace(4.9, 5.4, corpus.num_frames[2], dtype=np.float32)
    write_pitch(own_corpus, {"u02": pitch})
    again = Corpus(own_corpus, "all")
    np.testing.assert_allclose(again[2].pitch, pitch, atol=2e-3)
    assert again[1].pitch is None
    with pytest.raises(CorpusError, match="u01"):
        write_pitch(own_corpus, {"u01": pitch[:-1]})


def test_measured_pitch_matches_the_recording(own_corpus):
    corpus = Corpus(own_corpus, "all")
    measured = measure_pitch(corpus, configured(PitchTracker), corpus.ids_without_pitch)
    assert set(measured) == {item["id"] for item in corpus.items}
    assert all(len(measured[item["id"]]) == item["frames"][1] for item in corpus.items)
    voiced = np.concatenate([values[values > 0] for values in measured.values()])
    assert len(voiced) > 0
    assert np.exp(voiced).min() >= 69
