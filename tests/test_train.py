"""Complete runs of a tiny model on a tiny corpus: start, stop, resume and errors."""

import contextlib
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tts.commands.origins import check
from tts.commands.overrides import quote_overrides
from tts.core.config import config_root, instantiate
from tts.core.options import OptionError, check_options
from tts.data.corpus import write_durations
from tts.data.metadata import CorpusError
from tts.data.preparation import prepare
from tts.data.synthetic import TextLine, make_corpus
from tts.losses.reconstruction import MelReconstructionLoss
from tts.train import main as command
from tts.train import quiet_about_full_disks
from tts.training.acoustic_module import AcousticModule
from tts.training.callbacks.checkpoints import InterruptedTraining
from tts.training.divergence import DivergedError
from tts.training.fit import train
from tts.training.run import RunError
from tts.voices.voice import load_voice

TEXT = "the old boat waits at the end of a long quiet pier while rain falls on every roof in town"
TINY = ("debug=smoke", "acoustic=tacotron2_tiny", "acoustic.decoder.max_frames_per_symbol=4")
QUIET = ("~callbacks.samples", "~callbacks.export", "logger=none", "callbacks.checkpoints.every_n_steps=1000")


def composed(name, *overrides):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        return compose(name, list(overrides))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Sixteen utterances of one to four words, spoken by espeak-ng; two are for validation."""
    folder = tmp_path_factory.mktemp("train")
    words = TEXT.split()
    texts = [" ".join(words[start : start + 1 + start % 4]) + "." for start in range(16)]
    lines = [TextLine(f"u{number:02d}", text, text) for number, text in enumerate(texts)]
    make_corpus(lines, folder / "source", "espeak", {"rate": 250})
    asked = ["data=espeak_quickstart", f"data.source={folder}/source", f"data.corpus={folder}/corpus", "workers=0"]
    prepare(
        composed("prepare", *asked, "data.split.validation=0.13", "data.split.test=0", "data.checks.max_pace_ratio=100")
    )
    return folder / "corpus"


@pytest.fixture
def config(corpus, tmp_path):
    """conf/train.yaml with debug=smoke and even smaller sizes, for the run folder of the test."""

    def build(run, *overrides):
        asked = [*TINY, f"data.corpus={corpus}", f"run_dir={tmp_path / run}", "acoustic.encoder.memory_dim=32"]
        return composed("train", *asked, *overrides)

    return build


def state(run):
    """The newest checkpoint of a run, without values that contain the name of the run."""
    checkpoint = torch.load(sorted((run / "checkpoints").glob("*.ckpt"))[-1], weights_only=True)
    loops = checkpoint["loops"]["fit_loop"]
    kept = {name: checkpoint[name] for name in ("state_dict", "optimizer_states", "lr_schedulers", "global_step")}
    return kept | {"data": loops["state_dict"]["combined_loader"]}


def assert_identical(found, expected):
    """Whether nested values are bit-identical."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_identical(found[key], expected[key])
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            assert_identical(a, b)
    elif isinstance(expected, torch.Tensor):
        assert torch.equal(found, expected)
    else:
        assert found == expected


def raise_signal_in_step(monkeypatch, step, number=signal.SIGTERM, times=1):
    """Send this process a signal in the middle of a training step."""
    original = AcousticModule.training_step

    def training_step(self, batch, batch_idx):
        if self.global_step == step:
            for _ in range(times):
                os.kill(os.getpid(), number)
        return original(self, batch, batch_idx)

    monkeypatch.setattr(AcousticModule, "training_step", training_step)


# ---- what a run leaves ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    """The folder of a run with all features enabled."""
    run = tmp_path_factory.mktemp("runs") / "finished"
    return train(composed("train", *TINY, f"data.corpus={corpus}", f"run_dir={run}", "name=finished"))


def test_a_run_writes_config_checkpoints_samples_and_logs(finished):
    saved = OmegaConf.load(finished / "config.yaml")
    assert saved.num_symbols == saved.acoustic.encoder.num_symbols == len(saved.text.symbols)
    names = sorted(path.name for path in (finished / "checkpoints").iterdir())
    assert names == ["step_00000004.ckpt", "step_00000008.ckpt"]
    for step in ("step_00000004", "step_00000008"):
        for probe in ("short", "training"):
            assert (finished / "samples" / step / f"{probe}.png").stat().st_size > 5000
            assert soundfile.info(finished / "samples" / step / f"{probe}.wav").frames > 0
        assert "short: " in (finished / "samples" / step / "report.txt").read_text()
    assert {path.name for path in finished.rglob(".*")} <= {".lock"}  # no temporary files


def test_tensorboard_has_losses_metrics_speed_images_and_audio(finished):
    board = EventAccumulator(str(finished / "tensorboard"))
    board.Reload()
    tags = board.Tags()
    wanted = {"loss", "mel", "stop", "guided_attention", "focus", "diagonality", "coverage"}
    assert {f"{stage}/{name}" for stage in ("train", "validation") for name in wanted} <= set(tags["scalars"])
    assert {"optim/lr", "optim/grad_norm", "speed/steps_per_second", "speed/mel_frames_per_second"} <= set(
        tags["scalars"]
    )
    assert [event.step for event in board.Scalars("train/loss")] == [1, 3, 5, 7]
    for kind in ("images", "audio"):
        assert {"probes/short", "probes/training"} <= set(tags[kind])
    total = board.Scalars("train/loss")[0].value
    parts = {name: board.Scalars(f"train/{name}")[0].value for name in ("mel", "stop", "guided_attention")}
    weights = {name: loss.weight for name, loss in OmegaConf.load(finished / "config.yaml").loss.items()}
    assert total == pytest.approx(sum(weights[name] * part for name, part in parts.items()), rel=1e-5)


def test_the_exported_voice_is_the_average_of_the_last_checkpoint(finished):
    checkpoint = torch.load(finished / "checkpoints" / "step_00000008.ckpt", weights_only=True)
    weights = load_file(finished / "voice" / "acoustic.safetensors")
    for name, value in weights.items():
        assert torch.equal(value, checkpoint["state_dict"][f"average.model.{name}"])
    assert any(not torch.equal(v, checkpoint["state_dict"][f"model.{name}"]) for name, v in weights.items())
    assert load_voice(finished).name == "finished"


# ---- going on -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def straight(corpus, tmp_path_factory):
    """Twelve steps without an interruption, in epochs of eight batches, with validation after every fifth."""
    run = tmp_path_factory.mktemp("runs") / "straight"
    asked = [*TINY, f"data.corpus={corpus}", f"run_dir={run}", "acoustic.encoder.memory_dim=32"]
    train(composed("train", *asked, *QUIET, "trainer.max_steps=12", "trainer.val_check_interval=5"))
    return run


@pytest.mark.parametrize("broken_at", [3, 5, 8])  # mid-epoch, after a validation, at an epoch's end
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(config, straight, broken_at):
    common = (*QUIET, "trainer.val_check_interval=5")
    run = train(config("broken", *common, f"trainer.max_steps={broken_at}"))
    assert state(run)["global_step"] == broken_at
    torch.manual_seed(12345)  # whatever the process did in between
    train(config("broken", *common, "trainer.max_steps=12", "resume=auto"))
    assert_identical(state(run), state(straight))


def test_a_run_stopped_by_a_signal_resumes_bit_for_bit(config, straight, monkeypatch):
    common = (*QUIET, "trainer.val_check_interval=5", "trainer.max_steps=12")
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patched:
        raise_signal_in_step(patched, step=6)
        with pytest.raises(InterruptedTraining, match="SIGTERM after step 7") as stopped:
            train(config("stopped", *common))
    assert stopped.value.signal == signal.SIGTERM
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    run = train(config("stopped", *common, "resume=auto"))
    assert_identical(state(run), state(straight))


def test_samples_do_not_change_the_training(config, straight):
    often = (
        "callbacks.samples.every_n_steps=3",
        "callbacks.checkpoints.every_n_steps=3",
        "trainer.val_check_interval=2",
    )
    run = train(config("often", *often, "trainer.max_steps=12"))
    assert_identical(state(run)["state_dict"], state(straight)["state_dict"])
    assert len(list((run / "samples").iterdir())) == 4
    assert len(list((run / "checkpoints").iterdir())) == 2  # keeps the newest


def test_a_second_ctrl_c_interrupts_at_once(config, monkeypatch):
    raise_signal_in_step(monkeypatch, step=2, number=signal.SIGINT, times=2)
    with pytest.raises(SystemExit):  # Lightning's answer to KeyboardInterrupt
        train(config("hasty", *QUIET))


def test_a_signal_between_accumulated_batches_waits_for_the_step(config, monkeypatch):
    accumulating = (*QUIET, "trainer.accumulate_grad_batches=2")
    expected = state(train(config("whole", *accumulating, "trainer.max_steps=3")))
    with monkeypatch.context() as patched:
        raise_signal_in_step(patched, step=1)
        with pytest.raises(InterruptedTraining, match="step 2"):
            train(config("cut", *accumulating, "trainer.max_steps=3"))
    run = train(config("cut", *accumulating, "trainer.max_steps=3", "resume=auto"))
    assert_identical(state(run), expected)


def test_a_run_can_start_from_the_weights_of_another(config, finished):
    frozen = ("optim.lr=1e-30", "trainer.max_steps=1", "ema_decay=0", "acoustic.encoder.memory_dim=64")
    run = train(config("warm", *frozen, f"init_from={finished}"))
    found, expected = (load_file(folder / "voice" / "acoustic.safetensors") for folder in (run, finished))
    for name in expected:
        if "running" not in name and "num_batches" not in name:
            torch.testing.assert_close(found[name], expected[name])


# ---- refusals -------------------------------------------------------------------------------------------------------


def test_another_configuration_is_an_error_with_the_differing_keys(config, straight):
    config = config("unused", *QUIET, f"run_dir={straight}", "resume=auto", "optim.lr=5", "loss.stop.weight=2")
    with pytest.raises(RunError) as refused:
        train(config)
    assert "optim.lr: the checkpoint has 0.001, this command has 5" in str(refused.value)
    assert "loss.stop.weight: the checkpoint has 0.5, this command has 2" in str(refused.value)
    assert "memory_dim" not in str(refused.value)


def test_a_folder_with_a_run_is_not_overwritten(config, straight):
    with pytest.raises(RunError, match="already holds a run"):
        train(config("unused", *QUIET, f"run_dir={straight}"))


def test_missing_durations_are_an_error_before_the_first_step(config):
    with pytest.raises(CorpusError, match=r"python -m tts.align data.corpus="):
        train(config("a", "loss=forced_alignment", "acoustic.use_forced_alignment=true", "attention=stepwise_median"))


def test_fewer_steps_than_symbols_are_an_error_before_the_first_step(config, corpus, tmp_path):
    durations = {}
    for item in map(json.loads, (corpus / "items.jsonl").read_text().splitlines()):
        values = np.zeros(len(item["tokens"]), np.int64)
        values[-1] = item["frames"][1]
        durations[item["id"]] = values
    shutil.copytree(corpus, tmp_path / "aligned")
    write_durations(tmp_path / "aligned", durations)
    words = ("loss=forced_alignment", "acoustic.use_forced_alignment=true", "attention=stepwise_median")
    words += (f"data.corpus={tmp_path / 'aligned'}", "acoustic.decoder.reduction_factor=20", *QUIET)
    with pytest.raises(CorpusError, match=r"fewer decoder steps than symbols at .*factor=20"):
        train(config("long_steps", *words))


def test_an_attention_that_durations_cannot_train_is_an_error(config):
    words = ("loss=forced_alignment", "acoustic.use_forced_alignment=true", "attention=forward_transition_agent")
    with pytest.raises(RunError, match="attention=forward_transition_query"):
        train(config("agent", *words))


def test_a_run_is_not_resumed_on_a_changed_corpus(config, corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(config("first", *QUIET, "trainer.max_steps=2"))
    shutil.copytree(corpus, "smaller")
    items = Path("smaller/items.jsonl").read_text().splitlines(keepends=True)
    items.remove(next(item for item in items if json.loads(item)["split"] == "train"))
    Path("smaller/items.jsonl").write_text("".join(items))
    refused = main(monkeypatch, "resume=first", "data.corpus=smaller", "trainer.max_steps=3")
    assert refused.startswith("error: the checkpoint's data order cannot be continued: the corpus")


def test_a_corpus_with_another_mel_is_an_error(config):
    with pytest.raises(Exception, match="the corpus has 80, but 60 is needed") as refused:
        train(config("mel", "audio.n_mels=60"))
    assert isinstance(refused.value.__cause__, CorpusError)


def test_training_stops_on_nan_and_names_the_utterances(config, monkeypatch):
    original, seen = MelReconstructionLoss.forward, []

    def forward(self, output, batch, step):
        seen.append(batch.ids)
        return original(self, output, batch, step) * (float("nan") if step == 2 else 1.0)

    monkeypatch.setattr(MelReconstructionLoss, "forward", forward)
    with pytest.raises(DivergedError, match="at step 2: mel is nan, stop is 0") as diverged:
        train(config("nan", *QUIET))
    assert f"Utterances of this step: {', '.join(seen[2])}\n" in str(diverged.value)


def test_training_stops_before_an_infinite_gradient_changes_the_weights(config, monkeypatch):
    original, models = MelReconstructionLoss.forward, []

    def forward(self, output, batch, step):
        zero = (output.mel * 0.0).abs().sum()
        return original(self, output, batch, step) + (zero.sqrt() if step == 1 else 0.0)  # its slope is infinite

    monkeypatch.setattr(MelReconstructionLoss, "forward", forward)
    monkeypatch.setattr(AcousticModule, "on_train_start", lambda self: models.append(self.model))
    with pytest.raises(DivergedError, match=r"at step 1: .*the gradient is nan"):
        train(config("slope", *QUIET))
    assert all(torch.isfinite(parameter).all() for parameter in models[0].parameters())


def test_training_stops_on_nan_gradient_of_a_loss_with_weights(config, monkeypatch):
    original = MelReconstructionLoss.__init__

    def init(self, *args, **options):
        original(self, *args, **options)
        self.learnt = torch.nn.Parameter(torch.zeros(1))

    forward = MelReconstructionLoss.forward
    monkeypatch.setattr(MelReconstructionLoss, "__init__", init)
    monkeypatch.setattr(
        MelReconstructionLoss, "forward", lambda self, *given: forward(self, *given) + self.learnt.abs().sqrt().sum()
    )
    with pytest.raises(DivergedError, match="a loss's own weights is nan"):
        train(config("judge", *QUIET))


# ---- the command ----------------------------------------------------------------------------------------------------


def main(monkeypatch, *words):
    """Run ``python -m tts.train WORDS`` in this process. Returns the exit status or the error message."""
    monkeypatch.setattr(sys, "argv", ["tts.train", *words])
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            command()
    except SystemExit as done:
        return told.getvalue() if done.code == 1 else done.code
    return 0


def test_resume_continues_a_run_with_its_own_configuration(config, corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(config("mine", *QUIET, "trainer.max_steps=3", "attention=additive"))
    assert main(monkeypatch, "resume=mine", "trainer.max_steps=4") == 0
    assert (tmp_path / "mine" / "checkpoints" / "step_00000004.ckpt").exists()
    assert "Additive" in (tmp_path / "mine" / "config.yaml").read_text()
    refused = main(monkeypatch, "resume=mine", "optim.lr=5")
    assert "optim.lr: the checkpoint has 0.001, this command has 5" in refused
    refused = main(
        monkeypatch, "resume=mine", f"data.corpus={corpus}", "attention=dynamic_convolution"
    )  # chooses a part: taken at its word
    assert "attention._target_: the checkpoint has tts.attention.additive.Additive" in refused
    assert "not a run folder" in main(monkeypatch, "resume=yours")


def test_a_sweep_has_a_folder_for_every_choice(corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quiet = [word for word in QUIET if "export" not in word]
    asked = ["-m", *TINY, f"data.corpus={corpus}", "name=sweep", "trainer.max_steps=1", "seed=3,4", *quiet]
    asked.append("+card.note=" + "x" * 250)  # a name of a folder may have 255 bytes
    assert main(monkeypatch, *asked) == 0
    runs = sorted((tmp_path / "runs" / "sweep").iterdir())
    assert len(runs) == 2
    assert {OmegaConf.load(run / "config.yaml").seed for run in runs} == {3, 4}
    assert all((run / "voice" / "acoustic.safetensors").exists() for run in runs)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["data.corpus=nowhere"], "nowhere is not a prepared corpus. Run: python -m tts.prepare data.corpus=nowhere"),
        (["audio.n_mels=60"], "audio.n_mels: the corpus has 80, but 60 is needed"),
        (["callbacks.samples.texts.short='!?'"], "error: "),
        (["init_from=nobody"], "There is no voice 'nobody'"),
        (["seed=abc"], "seed is 'abc': use a whole number"),
        (["optim.lr=abc"], "optim.lr is 'abc'; it must be a number."),
        (["+optim.gamma=2"], "optim.gamma, set by +optim.gamma=2, is not an option of AdamW (chosen by "),
    ],
)
def test_wrong_options_are_errors_of_one_sentence(corpus, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    assert message in main(monkeypatch, *TINY, f"data.corpus={corpus}", *words)
    assert not (tmp_path / "runs").exists()


def test_two_processes_share_the_data_and_keep_the_same_weights(corpus, tmp_path):
    (tmp_path / "spy.py").write_text(
        textwrap.dedent(
            """
            import torch
            import tts.train
            from tts.training.acoustic_module import AcousticModule

            seen, original = [], AcousticModule.training_step

            def training_step(self, batch, batch_idx):
                seen.append(batch.ids)
                return original(self, batch, batch_idx)

            def on_train_end(self):
                weights = dict(self.model.named_parameters())
                torch.save({"seen": seen, "weights": weights}, f"rank{self.global_rank}.pt")

            AcousticModule.training_step, AcousticModule.on_train_end = training_step, on_train_end
            tts.train.main()
            """
        )
    )
    asked = [*TINY, f"data.corpus={corpus}", "name=two", "trainer=ddp", "trainer.precision=32-true"]
    asked += ["trainer.accelerator=cpu", "trainer.devices=2", "trainer.max_steps=4", "datamodule.batch_size=2"]
    run = subprocess.run(
        [sys.executable, "spy.py", *asked],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(config_root())},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    first, second = (torch.load(tmp_path / f"rank{rank}.pt", weights_only=False) for rank in (0, 1))
    assert_identical(first["weights"], second["weights"])
    assert len(first["seen"]) == len(second["seen"]) == 4
    ids = [name for rank in (first, second) for batch in rank["seen"] for name in batch]
    assert len(ids) == len(set(ids))  # no utterance twice within an epoch
    folder = tmp_path / "runs" / "two"
    assert {path.name for path in folder.iterdir()} >= {"samples", "checkpoints", "voice", "tensorboard"}
    assert len(list((folder / "tensorboard").glob("events*"))) == 1
    assert run.stdout.count("Run folder") == 1
    alone = [*TINY, f"data.corpus={corpus}", f"run_dir={folder}", "trainer.precision=32-true", *QUIET]
    train(composed("train", *alone, "datamodule.batch_size=2", "trainer.max_steps=5", "resume=auto"))
    assert (folder / "checkpoints" / "step_00000005.ckpt").exists()  # one process continued


def test_a_log_on_a_full_disk_has_no_traceback(monkeypatch):
    seen = []
    monkeypatch.setattr(threading, "excepthook", lambda found: seen.append(found.exc_value.errno))
    quiet_about_full_disks()

    def fail(number):
        raise OSError(number, os.strerror(number))

    for number in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
        thread = threading.Thread(target=fail, args=[number])
        thread.start()
        thread.join()
    assert seen == [errno.EIO]


FOLDER = config_root() / "recipes"
RECIPES = sorted(
    str(path.relative_to(FOLDER).with_suffix(""))
    for path in FOLDER.rglob("*.yaml")
    if "@package _global_" in path.read_text()
)


@cache
def composed_recipe(recipe):
    """The configuration of a recipe. Do not change it."""
    return composed("train", f"experiment={recipe}", "num_symbols=50")


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_composes_as_a_smoke_test(recipe):
    config = composed("train", f"experiment={recipe}", "num_symbols=50", "debug=smoke")
    check_options(config)
    plain = OmegaConf.to_container(composed_recipe(recipe), resolve=True)
    assert OmegaConf.to_container(config, resolve=True).get("acoustic") == plain.get("acoustic")  # its size stays
    assert (config.trainer.max_steps, config.datamodule.batch_size) == (8, 4)
    assert config.callbacks.samples.count == 1


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_builds(recipe):
    config = composed_recipe(recipe)
    check_options(config)
    if config.get("acoustic") is None:
        pytest.skip("a vocoder's; tests/vocoder/test_vocoder_training.py builds it")
    model = instantiate(config.acoustic)
    losses = {name: instantiate(loss) for name, loss in config.loss.items()}
    assert all(isinstance(loss, torch.nn.Module) for loss in losses.values()), losses  # a leftover name has no class
    assert model.reduction_factor == config.acoustic.decoder.reduction_factor
    assert ("forced_alignment" in losses) == config.acoustic.get("use_forced_alignment", False)
    optimizer = instantiate(config.optim, _convert_="all")(model.parameters())
    assert instantiate(config.schedule, _convert_="all")(optimizer).factor(config.schedule.warmup_steps) == 1.0
    assert config.name == config.run_dir.removeprefix("runs/")


OTHER_COMMANDS = ("asr", "mos", "transcripts", "parallel_attention")  # not groups of conf/train.yaml
GROUPS = sorted(
    path for path in (config_root() / "conf").iterdir() if path.is_dir() and path.name not in OTHER_COMMANDS
)
CHOICES = [(group.name, path.stem) for group in GROUPS for path in sorted(group.glob("*.yaml"))]
OPTIONAL = ("second_decoder", "alignment_prior", "constraints", "stop_rule", "reduction_schedule", "debug")


@pytest.mark.parametrize(("group", "choice"), CHOICES)
def test_every_choice_composes_and_resolves(group, choice):
    config = composed("train", f"{group}={choice}", "num_symbols=50", "+loss.distillation.teacher=somebody")
    assert OmegaConf.to_container(config, resolve=True)


@pytest.mark.parametrize("group", OPTIONAL)
def test_optional_groups_need_no_plus_and_accept_null(group):
    choice = next(name for found, name in CHOICES if found == group)
    plain = composed("train")
    assert composed("train", f"{group}={choice}") != plain
    assert quote_overrides([f"{group}=null"]) == [f"~{group}"]
    assert composed("train", f"~{group}") == plain


def test_null_removes_a_part_of_a_recipe():
    recipe = "experiment=ljspeech/train"
    assert composed("train", recipe).acoustic.decoder.stop_rule._target_.endswith("CoverageStop")
    assert composed("train", recipe, *quote_overrides(["stop_rule=null"])).acoustic.decoder.stop_rule is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["experiment=espeak_quickstart/transformer", "attention=location_sensitive"],
            r"attention\.num_heads, set by recipes/espeak_quickstart/transformer\.yaml, is not an option of "
            r"LocationSensitive \(chosen by conf/attention/location_sensitive\.yaml\). Its options: query_dim, ",
        ),
        (
            ["experiment=ljspeech_small/vocoder_gan", "vocoder=hifigan_v1"],
            r"vocoder\.overshoot, set by recipes/ljspeech_small/vocoder_gan\.yaml",
        ),
        (["+sections.of.mine=1"], r"sections, set by \+sections\.of\.mine=1, is not a section of conf/train\.yaml"),
    ],
)
def test_an_unknown_option_is_an_error_with_the_file_that_set_it(words, message):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", words)
        with pytest.raises(OptionError, match=message):
            check(config, "train", words)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: text.index("\ntrainer:")], "mine/config.yaml lacks seed, threads, trainer, "),
        (lambda text: text[:-20] + "a: [", "mine/config.yaml cannot be read"),
        (lambda text: "", "mine/config.yaml is not a configuration"),
    ],
)
def test_a_damaged_configuration_of_a_run_is_an_error_with_advice(config, tmp_path, monkeypatch, damage, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.yaml").write_text(damage(OmegaConf.to_yaml(config("mine"), resolve=True)))
    told = main(monkeypatch, "resume=mine")
    assert message in told
    assert "run the command that started this run again, with resume=auto" in told
    assert told.count("\n") == 1


def test_options_of_a_stored_run_are_checked(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved = config("mine", "+acoustic.decoder.speed=2")
    (tmp_path / "mine").mkdir()
    OmegaConf.save(saved, tmp_path / "mine" / "config.yaml")
    assert "acoustic.decoder.speed, set by mine/config.yaml, is not an option" in main(monkeypatch, "resume=mine")
