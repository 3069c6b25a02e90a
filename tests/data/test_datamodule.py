import multiprocessing
import os
import signal

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from tests.configured import configured
from tts.data.corpus import read_config
from tts.data.datamodule import UtteranceDataModule
from tts.data.metadata import CorpusError


class Diary(lightning.LightningModule):
    """Records the utterances that it was trained on."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen = []

    def training_step(self, batch, _):
        self.seen.append(tuple(batch.ids))
        return self.weight.sum()

    def validation_step(self, batch, _):
        pass

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def utterances(corpus, **options):
    """A data module with batches of a number of utterances."""
    return configured(UtteranceDataModule, corpus=str(corpus), frames_per_batch=None, **options)


def fit(folder, corpus, steps, workers=0, resume=None):
    module = Diary()
    checkpoints = ModelCheckpoint(dirpath=folder, filename="{step}", every_n_train_steps=1, save_top_k=-1)
    trainer = lightning.Trainer(
        max_steps=steps,
        max_epochs=-1,
        accelerator="cpu",
        logger=False,
        callbacks=[checkpoints],
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=1,
        use_distributed_sampler=False,
    )
    data = utterances(corpus, batch_size=2, num_workers=workers, num_buckets=2)
    trainer.fit(module, data, ckpt_path=resume, weights_only=True)
    return module.seen


@pytest.mark.parametrize("workers", [0, 1])
def test_a_resumed_run_gets_the_same_batches(tiny_corpus, tmp_path, workers):
    whole = fit(tmp_path / "whole", tiny_corpus, 9)
    per_epoch = len(utterances(tiny_corpus, batch_size=2, num_buckets=2).train_dataloader())
    assert 2 < per_epoch < 9  # mid-epoch, at its end and in the next one are all among these:
    for step in (1, per_epoch - 1, per_epoch, per_epoch + 1):
        resumed = fit(tmp_path / f"from{step}", tiny_corpus, 9, workers, tmp_path / "whole" / f"step={step}.ckpt")
        assert resumed == whole[step:]


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_a_run_continues_with_another_number_of_processes(tiny_corpus, tmp_path, monkeypatch, before, after):
    """Rank 0 of ``after`` processes finishes the epoch that ``before`` processes began, then runs the next one."""
    original = UtteranceDataModule._sampler

    def of_world(world_size):
        def sampler(self, corpus, num_buckets):
            made = original(self, corpus, num_buckets)
            made.world_size = world_size if corpus is self.train else 1
            return made

        return sampler

    monkeypatch.setattr(UtteranceDataModule, "_sampler", of_world(before))
    fit(tmp_path, tiny_corpus, 2)
    monkeypatch.setattr(UtteranceDataModule, "_sampler", of_world(after))
    data = utterances(tiny_corpus, batch_size=2, num_buckets=2)
    ids = [item["id"] for item in data.train.items]
    epochs = [[tuple(ids[i] for i in batch) for batch in data._sampler(data.train, 2).batches(n)] for n in range(2)]
    done = 2 * before // after
    steps = 2 + len(epochs[0]) - done + len(epochs[1])
    assert fit(tmp_path, tiny_corpus, steps, resume=tmp_path / "step=2.ckpt") == epochs[0][done:] + epochs[1]


def test_workers_ignore_the_first_sigterm(tiny_corpus):
    batches = iter(utterances(tiny_corpus, batch_size=2, num_workers=1).train_dataloader())
    next(batches)
    for worker in multiprocessing.active_children():
        os.kill(worker.pid, signal.SIGTERM)
    assert next(batches).ids


def test_the_loader_does_not_change_the_global_random_state(tiny_corpus):
    data = utterances(tiny_corpus, batch_size=2)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    assert len(list(data.train_dataloader())) > 1
    assert len(list(data.val_dataloader())) >= 1
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


def test_validation_batches_are_the_same_every_time(tiny_corpus):
    data = utterances(tiny_corpus, batch_size=1)
    first = [batch.ids for batch in data.val_dataloader()]
    assert first == [batch.ids for batch in data.val_dataloader()]


def test_a_corpus_with_another_mel_is_an_error(tiny_corpus):
    audio = read_config(tiny_corpus)["audio"] | {"n_mels": 100}
    with pytest.raises(CorpusError, match="n_mels"):
        utterances(tiny_corpus, batch_size=2, audio=audio)
