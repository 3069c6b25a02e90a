from types import SimpleNamespace

import lightning
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from tts.core.interfaces import AcousticOutput, Batch
from tts.training.acoustic_module import AcousticModule
from tts.training.callbacks.progress import Progress


class Model(nn.Module):
    """Predicts one number for every frame, with dropout."""

    reduction_factor = 1
    use_forced_alignment = False

    def __init__(self):
        super().__init__()
        self.level = nn.Parameter(torch.zeros(()))
        self.steps = []

    def set_step(self, step):
        self.steps.append(step)

    def forward(self, batch):
        mel = self.level + nn.functional.dropout(torch.ones_like(batch.mel), 0.5, self.training)
        T, N = batch.mel.shape[2], batch.tokens.shape[1]
        alignments = torch.full((len(mel), 1, T, N), 1.0 / N)
        return AcousticOutput(mel, mel, batch.mel_lengths, torch.zeros(len(mel), T), alignments, batch.mel_lengths)


class Distance(nn.Module):
    weight = 2.0

    def forward(self, output, batch, step):
        return (output.mel - batch.mel).square().mean()


def make(**arguments):
    optimizer = lambda parameters: torch.optim.SGD(parameters, lr=0.1)  # noqa: E731
    schedule = lambda optimizer: torch.optim.lr_scheduler.ConstantLR(optimizer, 1.0)  # noqa: E731
    return AcousticModule(Model(), {"distance": Distance()}, optimizer, schedule, **arguments)


def batches(count):
    tokens, lengths = torch.ones(2, 3, dtype=torch.long), torch.tensor([5, 5])
    items = [Batch(["a", "b"], tokens, torch.tensor([3, 3]), torch.full((2, 4, 5), 3.0), lengths) for _ in range(count)]
    return DataLoader(items, batch_size=None, collate_fn=lambda batch: batch)


def fit(training, tmp_path, steps=4, **arguments):
    defaults = {"logger": False, "enable_checkpointing": False, "enable_model_summary": False, "log_every_n_steps": 1}
    callbacks = arguments.pop("callbacks", [Progress(line_every_n_steps=2)])
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_steps=steps,
        default_root_dir=tmp_path,
        callbacks=callbacks,
        num_sanity_val_steps=0,
        **defaults,
        **arguments,
    )
    trainer.fit(training, batches(steps), batches(1))
    return trainer


def test_eval_model_is_the_average_of_the_weights(tmp_path):
    training = make(ema_decay=0.9)
    trainer = fit(training, tmp_path)
    assert training.eval_model is training.average.model
    average, level = float(training.eval_model.level), float(training.model.level)
    assert 0 < average < level
    assert float(trainer.callback_metrics["validation/distance"]) == pytest.approx((3.0 - average - 1.0) ** 2)
    assert float(trainer.callback_metrics["validation/loss"]) == pytest.approx(2 * (2.0 - average) ** 2)
    assert float(trainer.callback_metrics["validation/focus"]) == pytest.approx(1 / 3)


def test_eval_model_is_the_model_without_an_average():
    training = make(ema_decay=0)
    assert training.eval_model is training.model
    assert not any(name.startswith("average") for name in training.state_dict())


def test_noise_depends_only_on_seed_rank_epoch_and_batch(monkeypatch):
    def draw(seed=0, rank=0, epoch=0, batch_idx=0):
        training = make(seed=seed)
        training._trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank)
        monkeypatch.setattr(AcousticModule, "global_rank", rank)
        training.seed_noise(batch_idx)
        return float(torch.rand(()))

    draws = [draw(), draw(seed=1), draw(rank=1), draw(epoch=1), draw(batch_idx=1), draw(epoch=1, batch_idx=1)]
    assert len(set(draws)) == len(draws)
    torch.rand(100)
    assert draw() == draws[0]


def test_set_step_receives_optimizer_steps_not_batches(tmp_path):
    training = make(ema_decay=0)
    fit(training, tmp_path, steps=2, accumulate_grad_batches=2)
    assert training.model.steps == [0, 0, 1, 1]


def test_gradients_are_clipped_and_their_norm_is_logged(tmp_path):
    training = make(ema_decay=0)
    trainer = fit(training, tmp_path, steps=1, gradient_clip_val=0.5)
    assert float(training.model.level) == pytest.approx(0.1 * 0.5)
    assert float(trainer.callback_metrics["optim/grad_norm"]) > 5.0
    assert float(trainer.callback_metrics["optim/lr"]) == pytest.approx(0.1)


def test_a_log_file_gets_lines_with_speed_and_time_left(tmp_path, capsys):
    fit(make(), tmp_path, steps=4)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("step")]
    assert [line.split()[1] for line in lines] == ["2/4", "4/4"]
    assert all(f" {word}" in line for line in lines for word in ("loss ", "steps/s", "mel frames/s", "ETA "))


def test_a_terminal_gets_a_bar(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    fit(make(), tmp_path, steps=4)
    captured = capsys.readouterr()
    assert "4/4" in captured.err
    assert "mel frames/s" in captured.err
    assert not [line for line in captured.out.splitlines() if line.startswith("step")]
