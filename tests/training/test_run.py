import pytest
import torch
from omegaconf import OmegaConf

from tts.training import run
from tts.training.run import RunError, check_resume_keys, find_checkpoint, load_checkpoint, locked, save_config

CONFIG = {
    "acoustic": {"decoder": {"reduction_factor": 2, "n_mels": "${audio.n_mels}"}},
    "audio": {"n_mels": 80},
    "seed": 0,
    "name": "a",
    "trainer": {"max_steps": 10, "precision": "32-true"},
    "datamodule": {"corpus": "here", "batch_size": 4, "num_workers": 0},
}


def changed(**values):
    config = OmegaConf.create(CONFIG)
    for key, value in values.items():
        OmegaConf.update(config, key.replace("__", "."), value)
    return config


@pytest.mark.parametrize(
    "free", [{"name": "b"}, {"trainer__max_steps": 99}, {"datamodule__corpus": "moved"}, {"datamodule__num_workers": 4}]
)
def test_other_keys_than_resume_keys_may_change(free, tmp_path):
    check_resume_keys(CONFIG, changed(**free), tmp_path)


def test_all_differing_keys_are_listed_with_both_values(tmp_path):
    other = changed(audio__n_mels=100, seed=1, datamodule__batch_size=8, trainer__precision="bf16-mixed")
    with pytest.raises(RunError) as refused:
        check_resume_keys(CONFIG, other, tmp_path / "step.ckpt")
    text = str(refused.value)
    assert "step.ckpt" in text
    assert "init_from" in text
    for line in (
        "audio.n_mels: the checkpoint has 80, this command has 100",
        "acoustic.decoder.n_mels: the checkpoint has 80, this command has 100",
        "seed: the checkpoint has 0, this command has 1",
        "datamodule.batch_size: the checkpoint has 4, this command has 8",
        "trainer.precision: the checkpoint has 32-true, this command has bf16-mixed",
    ):
        assert line in text


def test_find_checkpoint_returns_the_newest(tmp_path):
    assert find_checkpoint(tmp_path, None) is None
    assert find_checkpoint(tmp_path, "auto") is None
    with pytest.raises(RunError, match="no checkpoints"):
        find_checkpoint(tmp_path, str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    for step in (90, 1000, 200):
        torch.save({"config": {}}, tmp_path / "checkpoints" / f"step_{step:08d}.ckpt")
    assert find_checkpoint(tmp_path, "auto").name == "step_00001000.ckpt"
    assert find_checkpoint(tmp_path, str(tmp_path)).name == "step_00001000.ckpt"
    with pytest.raises(RunError, match="resume=auto"):
        find_checkpoint(tmp_path, None)


def test_every_folder_of_a_run_must_be_writable(tmp_path, monkeypatch):
    (tmp_path / "checkpoints").mkdir()
    seen = []
    monkeypatch.setattr(run, "check_writable", seen.append)
    with locked(tmp_path):
        assert seen == [tmp_path, tmp_path / "checkpoints"]


@pytest.mark.parametrize("keep", [0, 10, 600])
def test_a_damaged_checkpoint_is_an_error_with_its_name(tmp_path, keep):
    path = tmp_path / "step_00000001.ckpt"
    torch.save({"state_dict": {"w": torch.zeros(500)}}, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RunError, match=r"step_00000001.ckpt is damaged.*Delete it"):
        load_checkpoint(path)


def test_a_checkpoint_with_a_flipped_bit_is_not_continued(tmp_path, caplog):
    (tmp_path / "checkpoints").mkdir()
    paths = [tmp_path / "checkpoints" / f"step_{step:08d}.ckpt" for step in (1, 2)]
    for path in paths:
        torch.save({"config": {}, "w": torch.zeros(5000)}, path)
    content = bytearray(paths[1].read_bytes())
    content[len(content) // 2] ^= 4  # a weight
    paths[1].write_bytes(content)
    assert find_checkpoint(tmp_path, "auto") == paths[0]
    assert "step_00000002.ckpt is damaged (the checksum of" in caplog.text
    assert f"Continuing from {paths[0]} instead" in caplog.text
    paths[0].unlink()
    with pytest.raises(RunError, match=r"All checkpoints in .* are damaged\. .*Delete it, or copy it again"):
        find_checkpoint(tmp_path, "auto")


def test_a_checkpoint_with_code_in_it_is_not_loaded(tmp_path):
    path = tmp_path / "step_00000001.ckpt"
    torch.save({"state_dict": OmegaConf.create({"a": 1})}, path)
    with pytest.raises(RunError, match="damaged"):
        load_checkpoint(path)


def test_the_saved_config_is_resolved(tmp_path):
    save_config(changed(), tmp_path / "run")
    assert "n_mels: ${" not in (tmp_path / "run" / "config.yaml").read_text()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["config.yaml"]
