"""A corpus in the memory of the device gives bit-identical batches."""

import lightning
import numpy as np
import pytest
import torch

from tests.configured import configured
from tts.core.interfaces import Batch
from tts.data.collate import Collate
from tts.data.corpus import Corpus
from tts.data.datamodule import UtteranceDataModule
from tts.data.metadata import CorpusError
from tts.data.resident import ResidentUtterances, pack
from tts.data.segments import SegmentDataModule

CPU = torch.device("cpu")


def utterances(corpus, **options):
    """A data module with batches of a number of utterances."""
    return configured(UtteranceDataModule, corpus=str(corpus), frames_per_batch=None, **options)


def assert_identical(found, expected):
    assert type(found) is type(expected)
    for mine, theirs in zip(found, expected, strict=True):
        if isinstance(theirs, torch.Tensor):
            assert (mine.dtype, mine.stride()) == (theirs.dtype, theirs.stride())
            assert torch.equal(mine, theirs)
        else:
            assert mine == theirs


def test_resident_batches_equal_the_usual_ones_and_resume_in_an_epoch(tiny_corpus):
    usual, resident = (
        utterances(tiny_corpus, batch_size=2, num_buckets=2, resident=way).train_dataloader() for way in (False, True)
    )
    assert len(usual) == len(resident) > 2
    for _ in range(2):  # epochs differ
        pairs = list(zip(usual, resident, strict=True))
        for expected, found in pairs:
            assert_identical(found, expected)
    next(iter(usual))
    resident.load_state_dict(usual.state_dict())
    assert resident.state_dict() == usual.state_dict()
    for expected, found in zip(usual, resident, strict=True):
        assert_identical(found, expected)


def test_resident_batches_have_durations_and_pitch_only_if_complete(tiny_corpus):
    corpus = Corpus(tiny_corpus)
    for index, item in enumerate(corpus.items):
        frames, symbols = item["frames"][1], len(item["tokens"])
        if index != 1:
            corpus._durations[item["id"]] = np.diff(np.linspace(0, frames, symbols + 1).astype(np.int64))
        if index != 2:
            corpus._pitch[item["id"]] = np.linspace(4, 5, frames).astype(np.float16)
    collate = Collate(1e-5)
    resident = ResidentUtterances(corpus, collate, CPU)
    for indices in ([0, 3], [0, 1], [2, 3], [1, 2], [4]):
        assert_identical(resident.batch(indices), collate([corpus[index] for index in indices]))
    assert resident.batch([0, 3]).durations is not None
    assert resident.batch([0, 1]).durations is None
    assert resident.num_bytes == 160 * corpus.num_frames.sum()  # as the documentation says


@pytest.mark.parametrize("frames", [24, 200])  # less and more than a recording
def test_resident_segments_equal_the_usual_ones(tone_corpus, frames):
    usual, resident = (
        configured(
            SegmentDataModule, corpus=str(tone_corpus), batch_size=3, frames=frames, resident=way
        ).train_dataloader()
        for way in (False, True)
    )
    assert len(usual) == len(resident) > 0
    for _ in range(3):
        for expected, found in zip(usual, resident, strict=True):
            assert_identical(found, expected)
    assert resident.state_dict() == usual.state_dict()
    fresh = configured(
        SegmentDataModule, corpus=str(tone_corpus), batch_size=3, frames=frames, resident=True
    ).train_dataloader()
    fresh.load_state_dict(usual.state_dict())
    assert_identical(next(iter(fresh)), next(iter(usual)))
    assert resident.segments.num_bytes == 672 * resident.segments._segments.corpus.num_frames.sum()
    other = configured(
        SegmentDataModule, corpus=str(tone_corpus), batch_size=2, frames=frames, resident=True
    ).train_dataloader()
    with pytest.raises(CorpusError, match="cannot be continued"):
        other.load_state_dict(usual.state_dict())


def test_lightning_resumes_a_resident_loader(tiny_corpus, tmp_path):
    class Diary(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.weight, self.seen = torch.nn.Parameter(torch.zeros(1)), []

        def training_step(self, batch, _):
            assert isinstance(batch, Batch)
            self.seen.append(tuple(batch.ids))
            return self.weight.sum()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    def fit(steps, resident, resume=None):
        module, data = (
            Diary(),
            utterances(tiny_corpus, batch_size=2, num_buckets=2, resident=resident),
        )
        off = ("logger", "enable_progress_bar", "enable_model_summary", "enable_checkpointing")
        trainer = lightning.Trainer(
            max_steps=steps,
            max_epochs=-1,
            accelerator="cpu",
            use_distributed_sampler=False,
            limit_val_batches=0,
            **dict.fromkeys(off, False),
        )
        trainer.fit(module, data, ckpt_path=resume, weights_only=True)
        trainer.save_checkpoint(tmp_path / "last.ckpt")
        return module.seen

    whole = fit(9, resident=False)
    assert fit(3, resident=True) == whole[:3]
    assert fit(9, resident=True, resume=tmp_path / "last.ckpt") == whole[3:]


def test_a_corpus_that_is_too_large_is_an_error_with_its_size(tiny_corpus, monkeypatch):
    def full(self, device):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.Tensor, "to", full)
    with pytest.raises(CorpusError, match=r"does not fit into the memory of cuda:0: 0\.0 GB.*resident=false"):
        pack([np.zeros((3, 80), np.float16)], torch.device("cuda:0"), Corpus(tiny_corpus))
