"""``tts.train`` with Lightning on the fake device: launches and host waits of a step, and progress of training."""

import json
import shutil

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir

import tts.train  # noqa: F401, tells Hydra where the recipes are
from fake_cuda.acoustic_model import SMALL
from fake_cuda.device import FakeCuda
from fake_cuda.graphs import fake_graphs
from fake_cuda.trainer import trained
from tts import TTS
from tts.core.config import config_root
from tts.data.corpus import Corpus, write_durations, write_pitch
from tts.losses.reconstruction import MelReconstructionLoss
from tts.training.aligner import align
from tts.training.divergence import DivergedError
from tts.training.fit import train
from tts.voices.voice import load_voice

LOG_EVERY = 3
COMMON = ["trainer=gpu", "trainer.precision=bf16-mixed", "trainer.max_steps=6", "trainer.val_check_interval=100"]
COMMON += [f"trainer.log_every_n_steps={LOG_EVERY}", "datamodule.num_workers=0", "logger=none"]
COMMON += ["~callbacks.samples", "callbacks.checkpoints.every_n_steps=100", "schedule.warmup_steps=1"]
UTTERANCES = ["datamodule.frames_per_batch=null", "datamodule.batch_size=3", "datamodule.num_buckets=2"]
RECURRENT = ["acoustic=tacotron2_tiny", *SMALL["tacotron2_tiny"], "acoustic.postnet.num_layers=4"]  # as tacotron2_small
RECURRENT += ["acoustic.postnet.dropout=0", "attention=stepwise_median", "loss=forced_alignment"]
VOCODER = ["task=vocoder", "datamodule.batch_size=2", "datamodule.frames=16", "datamodule.validation_batches=1"]
VOCODER += ["vocoder.dim=8", "vocoder.hidden_dim=8", "vocoder.num_layers=1", "vocoder.pitch_dim=4"]
VOCODER += ["loss=vocoder_gan", "task.adversarial_start_step=1"]
VOCODER += [f"loss.adversary.discriminators.{words}" for words in ("periods=[2]", "period_channels=[4,4]")]
VOCODER += [f"loss.adversary.discriminators.{words}" for words in ("windows=[256]", "resolution_channels=4")]
KINDS = {
    "taught": [*UTTERANCES, *RECURRENT, "acoustic.use_forced_alignment=true"],
    "taught, resident": [*UTTERANCES, *RECURRENT, "acoustic.use_forced_alignment=true", "datamodule.resident=true"],
    "parallel": [*UTTERANCES, "acoustic=parallel", *SMALL["parallel"], "loss=parallel"],
    "free, graphs": [
        *UTTERANCES,
        *RECURRENT[:-2],
        "attention=location_sensitive",
        "acoustic.decoder.reduction_factor=6",  # the loop is long enough
        "cuda_graphs=true",
    ],
    "vocoder": VOCODER,
    "vocoder, graphs, resident": [*VOCODER, "cuda_graphs=true", "datamodule.resident=true"],
}


@pytest.fixture(scope="module")
def corpus(tone_corpus, tmp_path_factory):
    """Tones with a text of four symbols each and arbitrary durations and pitch."""
    folder = tmp_path_factory.mktemp("gpu") / "corpus"
    shutil.copytree(tone_corpus, folder)
    items = [json.loads(line) | {"tokens": [1, 2, 1, 2]} for line in (folder / "items.jsonl").open()]
    (folder / "items.jsonl").write_text("\n".join(json.dumps(item) for item in items) + "\n")
    frames = {item["id"]: item["frames"][1] for item in items}
    write_durations(folder, {name: np.array([T - 3 * (T // 4), *[T // 4] * 3]) for name, T in frames.items()})
    write_pitch(folder, {name: np.full(T, 5.0) for name, T in frames.items()})
    return folder


@pytest.fixture
def composed(corpus, tmp_path):
    def build(*words):
        with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
            return compose("train", [*COMMON, f"data.corpus={corpus}", f"run_dir={tmp_path / 'run'}", *words])

    return build


@pytest.mark.parametrize("kind", KINDS)
def test_only_log_steps_synchronize_and_only_once(composed, kind):
    with trained() as (_, steps), fake_graphs():
        folder = train(composed(*KINDS[kind]))
    waits = [sum(step.waits.values()) for step in steps]
    print("LAUNCHES", kind, [step.launches for step in steps], waits, flush=True)
    for number, step in list(enumerate(steps, 1))[2:-1]:  # the first ones set up and capture, the last one saves
        assert waits[number - 1] == (number % LOG_EVERY == 0), (kind, number, step.waits)
        assert step.kernels["graph"] == (2 if "graphs" in kind else 0)
    if kind.startswith("taught"):
        assert steps[4].launches <= 700
        assert (
            load_voice(folder).acoustic.generate(torch.tensor([[1, 2, 3]]), torch.tensor([3]), [0]).mel.isfinite().all()
        )


def test_the_aligner_works(corpus):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        words = ["device=cuda", "steps=3", "data.batch_size=4", "aligner.hidden_dim=16", "aligner.embedding_dim=8"]
        config = compose("align", [f"data.corpus={corpus}", *words])
    with FakeCuda() as device:
        durations, _ = align(config)
        assert device.record.launches > 100
    frames = {item["id"]: item["frames"][1] for item in Corpus(corpus, "all").items}
    assert {name: found.sum() for name, found in durations.items()} == frames


def test_a_voice_speaks_and_streams(tiny_voice_folder, monkeypatch):
    expected = TTS(str(tiny_voice_folder), engine="torch")("Hello world.", seed=0)
    with trained() as (device, _):
        tts = TTS(str(tiny_voice_folder), device="cuda", engine="torch")
        speech, streamed = tts("Hello world.", seed=0), list(tts.stream("Hello world.", seed=0))
        assert device.record.launches > 100
    np.testing.assert_allclose(speech.mel, expected.mel, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(np.concatenate([piece.audio for piece in streamed]), speech.audio, atol=1e-4)


def test_a_nan_gradient_is_found_at_the_log_step_and_not_saved(composed, monkeypatch):
    original = MelReconstructionLoss.forward

    def forward(self, output, batch, step):
        return original(self, output, batch, step) * (float("nan") if step == 1 else 1.0)

    monkeypatch.setattr(MelReconstructionLoss, "forward", forward)
    with trained() as (_, steps), pytest.raises(DivergedError, match="at step 1: mel is nan"):
        train(composed(*KINDS["taught"]))
    assert len(steps) == LOG_EVERY - 1  # it was not looked for before


def test_a_checkpoint_between_log_steps_finds_a_nan_gradient(composed, tmp_path, monkeypatch):
    original = MelReconstructionLoss.forward
    monkeypatch.setattr(MelReconstructionLoss, "forward", lambda self, *given: original(self, *given) * float("nan"))
    with trained(), pytest.raises(DivergedError, match="at step 0: mel is nan"):
        train(composed(*KINDS["taught"], "callbacks.checkpoints.every_n_steps=2"))
    assert not list((tmp_path / "run").rglob("*.ckpt"))


def test_a_vocoder_learns_the_same_with_graphs_and_a_resident_corpus(composed, tmp_path):
    """The vocoder has no noise, because a capture draws random numbers too; losses are compared from step two on."""
    words, found = [word for word in VOCODER if "pitch_dim" not in word], []
    for number, more in enumerate(([], ["cuda_graphs=true", "datamodule.resident=true"])):
        with trained() as (_, steps), fake_graphs():
            folder = train(composed(*words, "vocoder=vocos", f"run_dir={tmp_path}/{number}", *more))
        assert steps[4].kernels["graph"] == (2 if more else 0)
        found.append(torch.load(next(folder.rglob("*.ckpt")), weights_only=True)["state_dict"])
    usual, graphed = found
    torch.testing.assert_close(graphed, usual, rtol=1e-3, atol=1e-5)
