"""``compile=true`` for vocoders: one graph of the vocoder, and the results of ``compile=false``."""

import shutil

import pytest
import torch
from hydra import compose, initialize_config_dir
from lightning import Callback, Trainer
from omegaconf import OmegaConf
from torch.utils.data import DataLoader

from tests.shrink import shrink
from tts.core.config import config_root
from tts.data.segments import SegmentBatch
from tts.training.vocoder_task import VocoderTask

VOCODERS = ["vocos", "vocos_harmonic", "hifigan_v2", "hifigan_v3"]
DISCRIMINATORS = ["loss=vocoder_gan", "loss.adversary.discriminators.periods=[2]"]
DISCRIMINATORS += ["loss.adversary.discriminators.period_channels=[4,4]", "loss.adversary.discriminators.windows=[256]"]
DISCRIMINATORS += ["loss.adversary.discriminators.resolution_channels=4"]


def task(name, *words):
    small = shrink(OmegaConf.load(config_root() / f"conf/vocoder/{name}.yaml"))
    words = [*words, "task=vocoder", "data.corpus=none", f"vocoder={name}"]
    words += [f"vocoder.{key}={value}" for key, value in small.items()]
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", words)
    return VocoderTask(config, {"audio": config.audio}, adversarial_start_step=2, gradient_clip=10.0)


def batches(count):
    """Segments of 16 frames."""
    chance = torch.Generator().manual_seed(1)
    made = []
    for _ in range(count):
        mel = torch.randn(2, 80, 16, generator=chance) - 5
        wav = 0.1 * torch.randn(2, 16 * 256, generator=chance)
        made.append(SegmentBatch(["a", "b"], mel, wav, torch.full((2,), 16)))
    return made


class Losses(Callback):
    """Collects the losses and the norm of the gradient of every step."""

    def __init__(self):
        self.values = []

    def on_train_batch_end(self, trainer, module, *_):
        found = {key: float(value) for key, value in trainer.callback_metrics.items()}
        self.values.append({key: value for key, value in found.items() if key.startswith(("train", "optim/grad_norm"))})


def trained(name, compiled, steps, precision, *words):
    """The losses and the norm of the gradient of each step of a training."""
    made = task(name, *words)
    torch.manual_seed(0)
    training, read = made.module(), Losses()
    if compiled:
        made.compile(training)
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_model_summary", "enable_progress_bar"), False)
    options = {"accelerator": "cpu", "precision": precision, "max_steps": steps, "log_every_n_steps": 1}
    trainer = Trainer(**options, **off, callbacks=[read], val_check_interval=2, num_sanity_val_steps=0)
    loaders = (DataLoader(batches(count), batch_size=None, collate_fn=lambda x: x) for count in (steps, 1))
    trainer.fit(training, *loaders)
    assert not any("_orig_mod" in name for name in training.state_dict())
    return read.values


@pytest.fixture
def fresh():
    """No compiled code before and after a test."""
    torch.compiler.reset()
    yield
    torch.compiler.reset()


@pytest.mark.parametrize("name", VOCODERS)
def test_a_vocoder_is_one_graph(name, fresh):
    model, graphs, found = task(name).module().train().model, [], []

    def count(graph, inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(
        model.training_forward, backend=count, dynamic=False, fullgraph=True
    )  # a break would raise
    for forward in (compiled, model.training_forward):
        for batch in batches(2):
            torch.manual_seed(1)  # of the noise in the harmonics
            model.zero_grad()
            output = forward(batch.mel, batch.wav)
            torch.stack([output.wav.square().mean(), *output.losses.values()]).sum().backward()
        found.append((output.wav.detach(), {key: value.grad for key, value in model.named_parameters()}))
    torch.testing.assert_close(found[0], found[1])
    assert len(graphs) == 1


def test_training_compiles_the_vocoder_once(fresh, monkeypatch):
    """Also with discriminators from the third step on and with validation, which does not use the compiled vocoder."""
    graphs, usual = [], torch.compile

    def count(graph, inputs):
        graphs.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", lambda model, **options: usual(model, **options, backend=count))
    monkeypatch.setenv("CXX", "true")  # what is compiled here needs no compiler
    found = trained("vocos_harmonic", True, 4, "32-true", *DISCRIMINATORS)
    assert len(graphs) == 1
    assert "train/adversarial" in found[-1]
    for step, expected in zip(found, trained("vocos_harmonic", False, 4, "32-true", *DISCRIMINATORS), strict=True):
        assert step == pytest.approx(expected, rel=1e-4)
    assert len(graphs) == 1


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.skipif(shutil.which("g++") is None, reason="Inductor needs g++")
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("name", ["vocos", "vocos_harmonic"])
def test_inductor_keeps_the_losses(name, precision, fresh, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_DEBUG_COMPILE", "1")  # without optimization g++ takes a fifth of the time
    torch._dynamo.utils.counters.clear()
    with torch._inductor.config.patch(fallback_random=True):  # the random numbers of eager code
        found = trained(name, True, 20, precision)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1
    for step, expected in zip(found, trained(name, False, 20, precision), strict=True):
        assert step == pytest.approx(expected, rel=1e-3 if precision == "32-true" else 0.02)
    assert all(step["optim/grad_norm"] > 0 for step in found)
