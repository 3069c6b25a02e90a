import re
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from tts.core.interfaces import AcousticOutput
from tts.data.corpus import Utterance
from tts.training.callbacks.samples import SampleLogger

M, HOP = 4, 64
SYMBOLS = list("_^$ab")


class Frontend:
    """Letters are symbols."""

    symbols = SYMBOLS

    def __call__(self, text):
        symbols = ["^", *text, "$"]
        return SimpleNamespace(text=text, tokens=[SYMBOLS.index(s) for s in symbols], symbols=symbols)


class Model(nn.Module):
    """Utterance b has two steps per symbol and one frame per step; everything after that is 99."""

    head_names = ("attention",)
    needs_durations = False

    def generate(self, tokens, token_lengths, seeds):
        self.heard = tokens, token_lengths, seeds, self.training
        return self.answer(token_lengths)

    def forward(self, batch):
        return self.answer(batch.token_lengths)

    def answer(self, token_lengths):
        B, N = len(token_lengths), int(token_lengths.max())
        lengths, T = 2 * token_lengths, 2 * N
        mel, alignments = torch.full((B, M, T), 99.0), torch.full((B, 1, T, N), 99.0)
        stop = torch.full((B, T), 99.0)
        for b, n in enumerate(token_lengths.tolist()):
            mel[b, :, : 2 * n] = b
            alignments[b, 0, : 2 * n, :n] = torch.eye(n).repeat_interleave(2, 0)
            stop[b, : 2 * n] = 0.0
        return AcousticOutput(mel, mel, lengths, stop, alignments, lengths)


class Corpus(list):
    config = {"audio": {"floor": 1e-5}}  # noqa: RUF012

    @property
    def num_frames(self):
        return np.array([utterance.mel.shape[1] for utterance in self])


def utterance(name, frames):
    return Utterance(name, "ba", "ba", np.array([1, 4, 3, 2]), np.zeros((M, frames), np.float32))


@pytest.fixture
def probes(tmp_path):
    texts = {"short": "a", "long": "abba", "excluded": None}
    return SampleLogger(
        Frontend(), lambda mel: torch.zeros(len(mel), mel.shape[2] * HOP), 22050, tmp_path, texts, 10, None, seed=5
    )


def trainer(step, rank=0):
    corpus = Corpus([utterance("longest", 30), utterance("shortest", 5), utterance("median", 12)])
    data = SimpleNamespace(train=corpus)
    return SimpleNamespace(global_step=step, is_global_zero=rank == 0, loggers=[], datamodule=data)


def test_samples_are_cropped_to_their_lengths(probes):
    model = Model().eval()
    short, long = probes.generate_samples(model, torch.device("cpu"))
    tokens, lengths, seeds, _ = model.heard
    assert tokens.tolist() == [[1, 3, 2, 0, 0, 0], [1, 3, 4, 4, 3, 2]]
    assert (lengths.tolist(), seeds) == ([3, 6], [5, 5])
    assert (short.name, short.symbols, long.symbols) == ("short", list("^a$"), list("^abba$"))
    np.testing.assert_array_equal(short.alignment, np.eye(3).repeat(2, 0))
    assert short.mel.shape == (M, 6)
    assert long.mel.shape == (M, 12)
    np.testing.assert_array_equal(short.stop, np.full(6, 0.5))


def test_the_training_sample_has_the_median_length(probes):
    followed = probes.teacher_forced_sample(Model(), trainer(10), torch.device("cpu"))
    assert (followed.id, followed.text, followed.title) == ("median", "ba", "median: ba")
    assert followed.symbols == list("^ba$")
    assert followed.alignment.shape == (8, 4)


def test_samples_are_made_every_n_steps_on_the_first_rank_in_evaluation_mode(probes, tmp_path):
    module = SimpleNamespace(eval_model=Model().train(), device=torch.device("cpu"))
    probes.on_train_start(trainer(0), module)
    for step, rank in ((5, 0), (10, 1), (10, 0), (10, 0), (15, 0), (20, 0)):
        probes.on_train_batch_end(trainer(step, rank), module, None, None, 0)
    probes.on_train_end(trainer(20), module)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alignments.html", "samples"]
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["step_00000010", "step_00000020"]
    assert module.eval_model.heard[-1] is False
    assert module.eval_model.training
    folder = tmp_path / "samples" / "step_00000010"
    names = {f"{name}.{kind}" for name in ("short", "long", "training") for kind in ("png", "wav")}
    assert {path.name for path in folder.iterdir()} == names | {"report.txt"}
    assert soundfile.info(folder / "long.wav").frames == 12 * HOP
    assert "short: complete and in order\n  a\n  focus 1.000" in (folder / "report.txt").read_text()


def test_a_repeated_step_replaces_its_files(probes, tmp_path):
    spoken = probes.generate_samples(Model(), torch.device("cpu"))
    probes.write(spoken, 7, None)
    folder = tmp_path / "samples" / "step_00000007"
    (folder / "report.txt").write_text("old")
    probes.write(spoken, 7, None)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert "old" not in (folder / "report.txt").read_text()


def test_the_page_of_the_run_gets_every_step(probes, tmp_path):
    module = SimpleNamespace(eval_model=Model(), device=torch.device("cpu"))
    for step in (10, 20, 20):
        probes.on_train_batch_end(trainer(step), module, None, None, 0)
    probes.on_train_end(trainer(20), module)
    text = (tmp_path / "alignments.html").read_text(encoding="utf-8")
    keys = re.findall(r'data-key="(.*?)"', text)
    assert keys == [f"{step} {name}" for step in (10, 20) for name in ("short", "long", "training")]
    assert "median: ba" in text


def test_a_sample_whose_waveform_overflows_is_reported_and_left_out(probes, tmp_path, monkeypatch):
    samples = probes.generate_samples(Model().eval(), torch.device("cpu"))
    monkeypatch.setattr(probes, "_vocoder", lambda mel: torch.full((1, 4000), torch.inf))
    probes.write(samples, 10, None)
    folder = tmp_path / "samples" / "step_00000010"
    assert "short: the output is not finite" in (folder / "report.txt").read_text()
    assert {path.name for path in folder.iterdir()} == {"report.txt"}


def test_a_sample_with_nan_is_reported_and_left_out(probes, tmp_path, capsys):
    model = Model().eval()
    short, long = probes.generate_samples(model, torch.device("cpu"))
    short.mel[0, 3] = np.nan
    probes.write([short, long], 10, None)
    folder = tmp_path / "samples" / "step_00000010"
    assert "short: the output is not finite" in (folder / "report.txt").read_text()
    assert {path.name for path in folder.iterdir()} == {"report.txt", "long.png", "long.wav"}
    assert "step 10: the output of the model for 'short' is not finite" in capsys.readouterr().out
