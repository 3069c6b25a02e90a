import json
import os
import shutil
import time

import pytest
import torch
from omegaconf import OmegaConf
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tts.core.config import UntrustedTargetError, instantiate
from tts.core.errors import AttuneError
from tts.core.files import PlaceError
from tts.engine.loading import load_engine
from tts.voices.finding import list_voices
from tts.voices.voice import VoiceError, apply_overrides, load_voice, save_voice


@pytest.fixture
def folder(tiny_voice_folder, tmp_path):
    """A copy of the tiny voice that a test may damage."""
    return shutil.copytree(tiny_voice_folder, tmp_path / "tiny")


def change(folder, **values):
    config = OmegaConf.load(folder / "config.yaml")
    for key, value in values.items():
        OmegaConf.update(config, key.replace("__", "."), value)
    OmegaConf.save(config, folder / "config.yaml")


def test_a_saved_voice_is_loaded_unchanged(tiny_config, tmp_path):
    acoustic = instantiate(tiny_config.acoustic)
    saved = save_voice(tmp_path / "new" / "voice", tiny_config, acoustic.state_dict())
    voice = load_voice(saved)
    for name, tensor in acoustic.state_dict().items():
        assert torch.equal(voice.acoustic.state_dict()[name], tensor), name
    assert voice.name == "tiny"
    assert not voice.acoustic.training
    assert sorted(os.listdir(saved)) == ["README.md", "acoustic.safetensors", "config.yaml"]
    assert "made by" in (saved / "README.md").read_text()


def test_a_saved_config_needs_no_other_file(tiny_config, tmp_path):
    tiny_config.num_symbols = tiny_config.acoustic.encoder.num_symbols
    tiny_config.acoustic.encoder.num_symbols = "${num_symbols}"
    tiny_config.trainer = {"max_steps": 3, "unresolvable": "${nowhere}"}
    state = instantiate(tiny_config.acoustic).state_dict()
    tiny_config.text.symbols = None
    saved = save_voice(tmp_path / "voice", tiny_config, state)
    text = (saved / "config.yaml").read_text()
    assert "${" not in text
    assert "trainer" not in text
    assert len(OmegaConf.load(saved / "config.yaml").text.symbols) == tiny_config.num_symbols
    load_voice(saved)


def test_half_precision_weights_are_half_the_size_and_load_as_float32(tiny_config, tmp_path):
    state = instantiate(tiny_config.acoustic).state_dict()
    variance = next(name for name in state if name.endswith("running_var"))
    state[variance] = torch.full_like(state[variance], 1e6)
    saved = save_voice(tmp_path / "voice", tiny_config, state, dtype=torch.float16)
    stored = load_file(saved / "acoustic.safetensors")
    assert stored["encoder.embedding.weight"].dtype == torch.float16
    loaded = load_voice(saved).acoustic.state_dict()
    assert loaded["encoder.embedding.weight"].dtype == torch.float32
    expected = state["encoder.embedding.weight"]
    torch.testing.assert_close(loaded["encoder.embedding.weight"], expected, rtol=1e-3, atol=1e-7)
    assert loaded[variance].eq(1e6).all()  # beyond the range of float16


def test_saved_files_are_readable_by_other_users(tiny_config, tmp_path):
    saved = save_voice(tmp_path / "voice", tiny_config, instantiate(tiny_config.acoustic).state_dict())
    (tmp_path / "any").touch()
    assert {path.stat().st_mode for path in saved.iterdir()} == {(tmp_path / "any").stat().st_mode}


def test_saving_again_replaces_the_voice_and_leaves_no_other_files(tiny_config, tmp_path):
    state = instantiate(tiny_config.acoustic).state_dict()
    save_voice(tmp_path / "voice", tiny_config, state, {"w": torch.ones(1)})
    tiny_config.name = "second"
    save_voice(tmp_path / "voice", tiny_config, {name: tensor + 1 for name, tensor in state.items()})
    voice = load_voice(tmp_path / "voice")
    assert voice.name == "second"
    name = "encoder.embedding.weight"
    assert torch.equal(voice.acoustic.state_dict()[name], state[name] + 1)
    assert os.listdir(tmp_path) == ["voice"]
    assert not (tmp_path / "voice" / "vocoder.safetensors").exists()


def test_an_interrupted_save_leaves_the_old_voice(folder, tiny_config, monkeypatch):
    before = (folder / "acoustic.safetensors").read_bytes()

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("tts.voices.voice.OmegaConf.save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_voice(folder, tiny_config, {"w": torch.ones(1)})
    assert (folder / "acoustic.safetensors").read_bytes() == before
    assert os.listdir(folder.parent) == ["tiny"]


def test_leftovers_of_a_killed_export_are_removed_by_the_next(tiny_config, folder, tmp_path):
    state = load_voice(folder).acoustic.state_dict()
    for name, age in ((".mine.unfinished-a", 4000), (".mine.unfinished-b", 0), (".mine-c", 4000)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    save_voice(tmp_path / "mine", tiny_config, state)
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == {".mine.unfinished-b", ".mine-c"}


def test_a_run_folder_is_a_voice(folder, tmp_path):
    (tmp_path / "run").mkdir()
    shutil.copytree(folder, tmp_path / "run" / "voice")
    (tmp_path / "run" / "config.yaml").write_text("trainer: {}\n")
    assert load_voice(tmp_path / "run").name == "tiny"


def test_a_run_without_a_checkpoint_is_an_error(tmp_path):
    (tmp_path / "config.yaml").write_text("trainer: {}\n")
    with pytest.raises(VoiceError, match="wait for its first checkpoint"):
        load_voice(tmp_path)


def test_a_missing_voice_lists_the_installed_voices():
    with pytest.raises(VoiceError, match="no voice 'nobody'") as error:
        load_voice("nobody")
    assert all(name in str(error.value) for name in list_voices())


def test_a_truncated_weight_file_is_an_error_with_its_name(folder):
    path = folder / "acoustic.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(VoiceError, match=r"acoustic\.safetensors is truncated or damaged.*Copy the voice again"):
        load_voice(folder)


@pytest.mark.parametrize(
    "content", [b"", b"text: [", b"\xff\xfe\x00", b"just words", b"text: {}\naudio: {}\n", b"- 1\n"]
)
def test_a_damaged_config_is_an_error_with_its_name(folder, content):
    (folder / "config.yaml").write_bytes(content)
    with pytest.raises(VoiceError, match=r"config\.yaml"):
        load_voice(folder)


def test_weights_of_another_model_are_an_error(folder):
    change(folder, acoustic__postnet__hidden_dim=16)
    with pytest.raises(VoiceError, match="does not fit the model"):
        load_voice(folder)


def test_another_symbol_list_is_an_error(folder):
    change(folder, text__symbols=["_", "^", "$", "a"])
    with pytest.raises(VoiceError, match="4 symbols"):
        load_voice(folder)


def test_an_untrusted_voice_runs_no_code(folder, tmp_path):
    victim = tmp_path / "victim"
    change(folder, vocoder={"_target_": "os.system", "command": f"touch {victim}"})
    with pytest.raises(UntrustedTargetError, match=r"vocoder\._target_ is 'os.system'"):
        load_voice(folder)
    assert not victim.exists()


def test_an_unknown_argument_is_a_voice_error(folder):
    change(folder, vocoder={"_target_": "tts.vocoder.griffin_lim.GriffinLim", "iteration": 3})
    with pytest.raises(VoiceError, match="cannot be built"):
        load_voice(folder)


def test_a_vocoder_with_another_mel_is_an_error_with_both_specs(folder, monkeypatch):
    from tts.vocoder.griffin_lim import GriffinLim

    wrong = {**load_voice(folder).mel.mel_spec, "hop_length": 275}
    monkeypatch.setattr(GriffinLim, "mel_spec", property(lambda self: wrong))
    with pytest.raises(VoiceError, match="they differ in hop_length") as error:
        load_voice(folder)
    assert "'hop_length': 275" in str(error.value)
    assert "'hop_length': 256" in str(error.value)


def test_weights_trained_on_another_mel_are_an_error(folder):
    change(folder, audio__f_max=7600.0)
    with pytest.raises(VoiceError, match=r"weights acoustic\.safetensors has another mel.*f_max"):
        load_voice(folder)


def test_a_vocoder_with_weights_needs_its_file(folder, monkeypatch):
    from tts.vocoder.griffin_lim import GriffinLim

    mel = load_voice(folder).mel
    build = GriffinLim.__init__

    def with_weight(self, *args, **options):
        build(self, *args, **options)
        self.gain = torch.nn.Parameter(torch.zeros(1))

    monkeypatch.setattr(GriffinLim, "__init__", with_weight)
    with pytest.raises(VoiceError, match=r"vocoder\.safetensors is missing"):
        load_voice(folder)
    save_file({"gain": torch.ones(1)}, folder / "vocoder.safetensors", {"mel": json.dumps(mel.mel_spec)})
    assert load_voice(folder).vocoder.gain == 1
    with safe_open(folder / "vocoder.safetensors", "pt") as file:
        assert file.metadata()["mel"]


def test_overrides_change_the_built_voice(folder):
    assert load_voice(folder, ["vocoder.iterations=5"]).vocoder.iterations == 5


def test_overrides_keep_types(tiny_config):
    words = ["acoustic.decoder.gate_threshold=0.25", "acoustic.decoder.attention._partial_=false"]
    apply_overrides(tiny_config, words)
    assert tiny_config.acoustic.decoder.gate_threshold == 0.25
    assert tiny_config.acoustic.decoder.attention._partial_ is False


def test_a_mistyped_override_suggests_the_right_one(tiny_config):
    with pytest.raises(VoiceError, match=r"no value 'vocoder\.iteration'; did you mean vocoder\.iterations"):
        apply_overrides(tiny_config, ["vocoder.iteration=5"])


def test_a_missing_device_is_an_error(tiny_voice):
    with pytest.raises(VoiceError, match="Use device 'cpu'"):
        tiny_voice.to("nonsense")
    with pytest.raises(VoiceError, match="it computes only shapes"):
        tiny_voice.to("meta")
    for threads in (10**6, 0, -5, "2"):
        with pytest.raises(AttuneError, match=f"threads is {threads}: use a whole number from 1 to 1024"):
            load_engine(tiny_voice, threads=threads)


def test_files_of_other_folders_are_not_replaced(tmp_path, tiny_config):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(VoiceError, match=r"is not a voice, and its README\.md would be replaced"):
        save_voice(tmp_path, tiny_config, {"w": torch.ones(1)})
    assert (tmp_path / "README.md").read_text() == "mine"


def test_an_unwritable_folder_is_an_error_with_its_name(tmp_path, tiny_config):
    (tmp_path / "file").touch()
    with pytest.raises(PlaceError, match=r"file/voice cannot be written"):
        save_voice(tmp_path / "file" / "voice", tiny_config, {"w": torch.ones(1)})
