"""Vocoder training from the command line: start, stop, resume, errors and initial weights."""

import os
import subprocess
import sys

import pytest
import torch
from hydra import compose, initialize_config_dir

import tts.train  # noqa: F401, tells Hydra where the recipes are
from tts.audio.io import load_audio
from tts.core.config import config_root, instantiate
from tts.training.fit import train
from tts.training.run import RunError
from tts.training.vocoder_task import VocoderTask
from tts.voices.vocoder import load_vocoder

TINY = [
    "task=vocoder",
    "datamodule.batch_size=2",
    "datamodule.frames=16",
    "datamodule.validation_batches=1",
    "vocoder.dim=16",
    "vocoder.hidden_dim=16",
    "vocoder.num_layers=1",
    "vocoder.pitch_dim=8",
    "trainer.max_steps=4",
    "trainer.val_check_interval=2",
    "trainer.log_every_n_steps=1",
    "callbacks.checkpoints.every_n_steps=2",
    "callbacks.samples.every_n_steps=4",
    "callbacks.samples.count=1",
    "schedule.warmup_steps=1",
]
ADVERSARY = [
    "loss=vocoder_gan",
    "task.adversarial_start_step=2",
    "loss.adversary.discriminators.periods=[2]",
    "loss.adversary.discriminators.period_channels=[4,4]",
    "loss.adversary.discriminators.windows=[256]",
    "loss.adversary.discriminators.resolution_channels=4",
]


@pytest.fixture
def run(tone_corpus, tmp_path):
    """Train in the folder of the test."""

    def start(name, *overrides):
        words = [*TINY, f"data.corpus={tone_corpus}", f"run_dir={tmp_path / name}", *overrides]
        with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
            return train(compose("train", words))

    return start


def newest(folder):
    return torch.load(sorted((folder / "checkpoints").glob("*.ckpt"))[-1], weights_only=True)


def test_a_run_writes_a_vocoder_audio_and_plots(run):
    folder = run("whole")
    loaded = load_vocoder(folder)
    assert loaded.vocoder(torch.randn(1, 80, 5) - 4).shape == (1, 5 * 256)
    average = {name[len("average.model.") :]: value for name, value in newest(folder)["state_dict"].items()}
    for name, value in loaded.vocoder.state_dict().items():
        assert torch.equal(value, average[name])
    assert len(load_audio(folder / "samples/step_00000004/t6.wav", 22050)) > 0
    assert (folder / "samples/step_00000004/t6.png").stat().st_size > 5000
    assert (folder / "samples/recordings/t6.wav").exists()
    assert list((folder / "tensorboard").glob("events*"))


def test_a_resumed_run_equals_an_uninterrupted_one(run):
    whole = newest(run("whole", *ADVERSARY))
    run("parts", *ADVERSARY, "trainer.max_steps=2")
    parts = newest(run("parts", *ADVERSARY, "resume=auto"))
    assert parts["global_step"] == whole["global_step"] == 4
    for name, value in whole["state_dict"].items():
        assert torch.equal(value, parts["state_dict"][name]), name
    for mine, theirs in zip(parts["optimizer_states"], whole["optimizer_states"]):
        assert all(torch.equal(mine["state"][n]["exp_avg"], theirs["state"][n]["exp_avg"]) for n in theirs["state"])


def test_discriminators_are_trained_from_their_start_step(run):
    before = newest(run("before", *ADVERSARY, "trainer.max_steps=2"))["state_dict"]
    after = newest(run("after", *ADVERSARY))["state_dict"]
    judges = [name for name in before if name.startswith("adversary.") and "original1" in name]
    assert judges
    assert not any(torch.equal(before[name], after[name]) for name in judges)
    alone = newest(run("alone", "trainer.max_steps=2"))["state_dict"]
    assert all(torch.equal(value, before[name]) for name, value in alone.items() if name.startswith("model.head"))


def test_a_mel_loss_is_used(run):
    words = [
        "+loss.mel={_target_: tts.losses.waveform_mel.WaveformMelLoss, weight: 5.0, mel: '${audio}'}",
        "trainer.max_steps=2",
    ]
    weights = [newest(run(name, *more))["state_dict"] for name, more in (("with", words), ("without", words[1:]))]
    assert weights[0].keys() == weights[1].keys()
    assert not torch.equal(*(state["model.head.weight"] for state in weights))


def test_a_checkpoint_of_another_vocoder_is_an_error(run):
    run("one")
    with pytest.raises(RunError, match=r"vocoder\.dim: the checkpoint has 16, this command has 24"):
        run("one", "vocoder.dim=24", "resume=auto")


def test_a_run_can_start_from_the_weights_of_another(run, capsys):
    first = run("first")
    second = run("second", f"init_from={first}", "optim.lr=0.0")
    assert "Starting from the weights of" in capsys.readouterr().out
    wanted = load_vocoder(first).vocoder.state_dict()
    for name, value in load_vocoder(second).vocoder.state_dict().items():
        torch.testing.assert_close(value, wanted[name])
    with pytest.raises(ValueError, match="another vocoder"):
        run("third", f"init_from={first}", "vocoder.dim=24")


def test_a_vocoder_without_weights_is_an_error():
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", ["task=vocoder", "vocoder=griffin_lim"])
    with pytest.raises(RunError, match="GriffinLim has no weights to train"):
        VocoderTask(config, {"audio": config.audio}, adversarial_start_step=0, gradient_clip=1.0).module()


def test_loss_scaling_is_an_error(run):
    with pytest.raises(RunError, match="16-mixed would not unscale"):
        run("scaled", "trainer.precision=16-mixed")


def test_two_processes_train_against_discriminators(tone_corpus, tmp_path):
    """With DDP each backward pass reaches half of the weights; the run includes the first step with discriminators."""
    words = ["-m", "tts.train", *TINY, *ADVERSARY, f"data.corpus={tone_corpus}", f"run_dir={tmp_path / 'two'}"]
    words += ["trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2", "trainer.precision=32-true"]
    words += ["~callbacks.samples", "task.adversarial_start_step=1", "trainer.max_steps=3", "logger=none"]
    words = [word for word in words if not word.startswith("callbacks.samples.")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(config_root())}
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert newest(tmp_path / "two")["global_step"] == 3


RECIPES = sorted(f"{path.parent.name}/{path.stem}" for path in (config_root() / "recipes").glob("*/vocoder*.yaml"))


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_vocoder_recipe_composes_and_builds(recipe):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", [f"experiment={recipe}"])
    vocoder = instantiate(config.vocoder, mel=instantiate(config.audio))
    losses = {name: instantiate(loss, "loss") for name, loss in config.loss.items() if loss}
    assert "adversary" not in losses or len(list(losses.pop("adversary").parameters()))
    assert {"reconstruction"} <= losses.keys() <= {"reconstruction", "mel"}
    assert all(loss.weight > 0 for loss in losses.values())
    assert instantiate(config.optim, _convert_="all")(vocoder.parameters())
    assert config.trainer.gradient_clip_val is None
