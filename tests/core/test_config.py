import inspect

import pytest
import yaml
from omegaconf import OmegaConf
from torch import nn

from tts.core.config import UntrustedTargetError, check_targets, config_root, instantiate
from tts.core.moved import modernize_run
from tts.core.trust import find_class

MALICIOUS = [
    "os.system",
    "builtins.eval",
    "subprocess.Popen",
    "hydra.utils.get_class",
    "tts.align.hydra.utils.get_class",  # reached through this package, defined elsewhere
    "tts.core.config.Path",
    "tts.core.config.config_root",  # a function
    "torch.load",
    "torch.hub.load",
    "torch.nn.init.normal_",
    "torch.distributed.elastic.multiprocessing.subprocess_handler.SubprocessHandler",  # starts a process
    "tts",
    "tts_evil.Model",
    "",
]


@pytest.mark.parametrize("target", MALICIOUS)
def test_only_trusted_classes_are_allowed(target):
    with pytest.raises(UntrustedTargetError, match="may only name classes"):
        check_targets({"_target_": target})


def test_a_class_that_cannot_be_loaded_has_its_own_message():
    with pytest.raises(UntrustedTargetError, match=r"cannot be loaded .* Correct the name, or repair the installation"):
        check_targets({"_target_": "tts.no.such.Thing"})


def test_the_error_gives_the_place_of_an_untrusted_target():
    config = {"acoustic": {"parts": [{"_target_": "torch.nn.ReLU"}, {"_target_": "os.system", "command": "true"}]}}
    with pytest.raises(UntrustedTargetError, match=r"config\.acoustic\.parts\[1\]\._target_ is 'os.system'"):
        check_targets(config)


def test_a_target_from_an_interpolation_is_checked():
    config = OmegaConf.create({"where": "os.system", "part": {"_target_": "${where}"}})
    with pytest.raises(UntrustedTargetError):
        instantiate(config)


def test_nothing_runs_before_the_check(tmp_path):
    victim = tmp_path / "victim"
    config = {"_target_": "torch.nn.ModuleList", "modules": [{"_target_": "pathlib.Path.touch", "self": str(victim)}]}
    with pytest.raises(UntrustedTargetError):
        instantiate(config)
    assert not victim.exists()


def test_trusted_classes_are_built_with_overrides():
    layer = instantiate(OmegaConf.create({"_target_": "torch.nn.Linear", "in_features": 3}), out_features=2)
    assert isinstance(layer, nn.Linear)
    assert layer.weight.shape == (2, 3)


def test_late_arguments_complete_a_partial_part():
    config = {"_target_": "torch.nn.Linear", "_partial_": True, "in_features": 3}
    assert instantiate(config)(out_features=2).weight.shape == (2, 3)
    assert instantiate(config, out_features=4).weight.shape == (4, 3)


def test_the_config_root_has_the_configurations():
    assert list((config_root() / "conf").rglob("*.yaml"))


def test_modernize_run_completes_the_losses_of_a_vocoder():
    old = {
        "audio": {"_target_": "tts.audio.mel.MelSpectrogram", "sample_rate": 22050},
        "task": {"_target_": "tts.training.vocoder_task.VocoderTask", "_partial_": True},
        "stages": {"adversarial_from": 7, "gradient_clip": 3.0},
        "resume_keys": ["vocoder", "stages", "datamodule.frames"],
        "loss": {
            "reconstruction": {"_target_": "tts.losses.spectral.SpectralLoss", "magnitude": 2.0},
            "contract": {"_target_": "tts.losses.mel.MelLoss", "weight": 5.0},
            "adversary": None,
        },
    }
    new = modernize_run(old)
    assert (new["task"]["adversarial_start_step"], new["task"]["gradient_clip"]) == (7, 3.0)
    assert new["resume_keys"] == ["vocoder", "task", "datamodule.frames"]
    assert new["loss"]["reconstruction"]["sample_rate"] == 22050
    assert new["loss"]["reconstruction"]["weight"] == 1.0
    assert new["loss"]["mel"]["mel"]["_target_"] == "tts.audio.mel.MelSpectrogram"
    assert "stages" not in new


def parts(value):
    if isinstance(value, dict):
        yield from [value] if "_target_" in value else []
        for inner in value.values():
            yield from parts(inner)


def test_parts_without_all_arguments_are_partial():
    """A part is partial if its file lacks an argument that its class needs."""
    for path in sorted((config_root() / "conf").rglob("*.yaml")):
        loaded = OmegaConf.to_container(OmegaConf.load(path))
        for part in parts(loaded):
            found = find_class(part["_target_"])
            if found is None or not found.__module__.startswith("tts."):
                continue
            needed = {name for name, p in inspect.signature(found).parameters.items() if p.default is p.empty}
            kinds = inspect.signature(found).parameters
            groups = {folder.name for folder in (config_root() / "conf").glob("*/")}  # attention= puts it there
            missing = {
                name for name in needed - part.keys() - groups if kinds[name].kind.name == "POSITIONAL_OR_KEYWORD"
            }
            from_others = {entry.partition("@")[2] for entry in map(str, loaded.get("defaults") or [])}
            assert not missing or part.get("_partial_") or from_others, f"{path}: {part['_target_']} lacks {missing}"


@pytest.mark.parametrize("path", sorted((config_root() / "conf" / "loss").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_training_may_use_every_loss_of_conf(path):
    parts = [part for part in yaml.safe_load(path.read_text()).values() if isinstance(part, dict)]
    for target in (part["_target_"] for part in parts if "_target_" in part):
        check_targets({"_target_": target}, "loss")
