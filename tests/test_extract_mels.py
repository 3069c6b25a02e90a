import numpy as np
import pytest
import torch

from tts.core.config import instantiate
from tts.data.collate import Collate
from tts.data.corpus import Corpus
from tts.extract_mels import main
from tts.voices.voice import load_voice, save_voice


@pytest.fixture
def voice(tiny_config, tmp_path):
    """A tiny voice for the mels of the tones."""
    tiny_config.audio.n_mels = tiny_config.acoustic.decoder.n_mels = tiny_config.acoustic.postnet.n_mels = 80
    torch.manual_seed(0)
    return save_voice(tmp_path / "voice", tiny_config, instantiate(tiny_config.acoustic).state_dict())


def test_the_new_corpus_has_mels_of_the_model_and_the_same_recordings(voice, tone_corpus, tmp_path):
    assert main([str(voice), "--corpus", str(tone_corpus), "-o", str(tmp_path / "new"), "--batch-size", "3"]) == 0
    old, new = Corpus(tone_corpus, "all"), Corpus(tmp_path / "new", "all")
    model = load_voice(voice).acoustic
    for index in (0, 5, 7):
        np.testing.assert_array_equal(old.audio(index), new.audio(index))
        with torch.inference_mode():
            made = model(Collate(1e-5)([old[index]])).mel[0].numpy()
        np.testing.assert_allclose(new[index].mel, made, atol=2e-2)
        assert np.abs(new[index].mel - old[index].mel).mean() > 0.1
    assert len(Corpus(tmp_path / "new", "test")) == 1


def test_an_existing_folder_is_not_overwritten(voice, tone_corpus, tmp_path, capsys):
    assert main([str(voice), "--corpus", str(tone_corpus), "-o", str(tmp_path)]) == 1
    assert "exists" in capsys.readouterr().err
    assert main([str(voice), "--corpus", "nowhere", "-o", str(tmp_path / "new")]) == 1
    assert "nowhere is not a prepared corpus" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
