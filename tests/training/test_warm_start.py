import pytest
import torch
from omegaconf import OmegaConf

from tts.core.config import instantiate
from tts.training.warm_start import EMBEDDING, warm_start
from tts.voices.voice import VoiceError, load_voice


def test_symbols_are_matched_by_name(tiny_config, tiny_voice_folder):
    source = load_voice(tiny_voice_folder)
    symbols = ["new", *source.frontend.symbols[::-1]]
    tiny_config.acoustic.encoder.num_symbols = len(symbols)
    model = instantiate(tiny_config.acoustic)
    own_row = model.encoder.embedding.weight[0].clone()
    assert warm_start(model, str(tiny_voice_folder), symbols) == []
    old, new = source.acoustic.state_dict(), model.state_dict()
    torch.testing.assert_close(new.pop(EMBEDDING), torch.cat((own_row[None], old.pop(EMBEDDING).flip(0))))
    for name, value in new.items():
        torch.testing.assert_close(value, old[name])


def test_weights_with_other_shapes_stay_and_are_returned(tiny_config, tiny_voice_folder):
    OmegaConf.update(tiny_config, "acoustic.postnet.hidden_dim", 12)
    model = instantiate(tiny_config.acoustic)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fresh = warm_start(model, str(tiny_voice_folder), tiny_config.text.symbols)
    assert fresh
    assert all(name.startswith("postnet.") for name in fresh)
    for name in fresh:
        torch.testing.assert_close(model.state_dict()[name], before[name])
    changed = "decoder.projection.weight"
    assert not torch.equal(model.state_dict()[changed], before[changed])


def test_a_missing_or_different_voice_is_an_error(tmp_path, tiny_voice_folder):
    with pytest.raises(VoiceError, match="no voice"):
        warm_start(torch.nn.Linear(1, 1), str(tmp_path / "nothing"), [])
    with pytest.raises(VoiceError, match="only ONNX graphs"):
        warm_start(torch.nn.Linear(1, 1), "ljspeech", [])
    with pytest.raises(VoiceError, match="only 0 of this model's 2 weights"):
        warm_start(torch.nn.Linear(1, 1), str(tiny_voice_folder), [])


def test_another_size_is_an_error_with_an_example(tiny_config, tiny_voice_folder):
    for key in ("attention_rnn_dim", "decoder_rnn_dim"):
        OmegaConf.update(tiny_config, f"acoustic.decoder.{key}", 200)
    model = instantiate(tiny_config.acoustic)
    with pytest.raises(
        VoiceError, match=r"another architecture or size: .* \(its decoder\.\S+ is \[\d+.*Use its own acoustic="
    ):
        warm_start(model, str(tiny_voice_folder), tiny_config.text.symbols)
