"""Voices, runs and corpora with old names still load. An old version wrote the files in `legacy/`."""

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from tts import TTS
from tts.core.config import instantiate
from tts.core.moved import MOVED, RENAMED_ARGUMENTS, modernize, modernize_run
from tts.core.plain_yaml import load_yaml
from tts.voices.voice import load_voice, save_voice

LEGACY = Path(__file__).with_name("legacy")
TEXT = "Hello old world, how are you?"


def speak(voice):
    return TTS(voice)(TEXT, seed=3, repair=False).audio


def test_an_old_voice_gives_the_same_audio():
    np.testing.assert_allclose(speak(load_voice(LEGACY)), np.load(LEGACY / "audio.npy"), atol=1e-4)


def test_an_old_voice_saved_again_has_new_names_and_the_same_audio(tmp_path):
    old = load_voice(LEGACY)
    new = save_voice(tmp_path / "new", old.config, old.acoustic.state_dict(), old.vocoder.state_dict())
    text = (new / "config.yaml").read_text()
    assert "prenet_dropout_inference" in text
    assert "speaking_dropout" not in text
    assert modernize(yaml.safe_load(text)) == yaml.safe_load(text)
    np.testing.assert_array_equal(speak(load_voice(new)), speak(old))


def test_the_first_shipped_config_builds_the_same_model():
    config = load_yaml(LEGACY / "shipped_config.yaml")
    acoustic = instantiate(config.acoustic)
    assert acoustic.decoder.drop_frame_rate == 0.2
    assert acoustic.decoder.attention.duration_quantile == 0.6
    assert sum(parameter.numel() for parameter in acoustic.parameters()) == 4_932_051


def test_overrides_of_an_old_voice_use_the_new_names():
    voice = load_voice(LEGACY, ["acoustic.decoder.prenet_dropout_inference=0.0", "vocoder.refinement_steps=1"])
    assert voice.vocoder.refinement_steps == 1


@pytest.mark.parametrize("target", sorted({*MOVED.values(), *RENAMED_ARGUMENTS}))
def test_every_class_of_the_tables_exists(target):
    module, _, name = target.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_an_old_run_is_resumed_with_new_names():
    old = {
        "identity": ["vocoder"],
        "loss": {"path": {"_target_": "tts.losses.path.PathLoss", "weight": 0.2}},
        "callbacks": {"probes": {"_target_": "tts.training.probes.Probes"}},
        "acoustic": {"_target_": "tts.acoustic.model.SequenceToMel", "follow_durations": True},
    }
    new = modernize_run(old)
    assert new["resume_keys"] == ["vocoder"]
    assert new["loss"]["forced_alignment"]["_target_"] == "tts.losses.forced_alignment.ForcedAlignmentLoss"
    assert set(new["callbacks"]) == {"samples"}
    assert new["acoustic"]["use_forced_alignment"] is True
    assert old["loss"].keys() == {"path"}  # the caller's own stays as it is


def test_an_old_name_cannot_run_code(tmp_path):
    folder = shutil.copytree(LEGACY, tmp_path / "voice")
    text = (folder / "config.yaml").read_text().replace("tts.nn.postnet.Postnet", "os.system")
    (folder / "config.yaml").write_text(text)
    with pytest.raises(ValueError, match="may only name classes"):
        load_voice(folder)
