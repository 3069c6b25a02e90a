"""Models for `compile=true` trace as one graph; training compiles one for each length bucket and keeps its losses."""

import shutil

import lightning
import pytest
import torch
from hydra import compose, initialize_config_dir
from torch.utils.data import DataLoader

from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch
from tts.data.collate import Collate
from tts.data.corpus import Utterance
from tts.data.sampler import BucketSampler
from tts.training.acoustic_task import AcousticTask
from tts.training.run import RunError

SMALL = ["num_symbols=9", "acoustic.encoder.memory_dim=16", "acoustic.encoder.num_layers=1"]
SMALL += ["acoustic.decoder.model_dim=16", "acoustic.decoder.num_layers=1"]
TRANSFORMER = ["acoustic=transformer_small", *SMALL, "acoustic.postnet.hidden_dim=8"]
TRANSFORMER += ["acoustic.decoder.drop_frame_rate=0.1", "acoustic.decoder.scheduled_sampling=0.3"]
MODELS = {
    "several heads under a prior that fades": [
        *TRANSFORMER,
        "attention=multi_head",
        "alignment_prior=beta_binomial",
        "acoustic.decoder.prior.fade_start=2",
        "acoustic.decoder.prior.fade_end=100",
    ],
    "one path along durations": [
        *TRANSFORMER,
        "attention=shared_monotonic",
        "acoustic.use_forced_alignment=true",
    ],
    "self-attention in blocks": [
        *TRANSFORMER,
        "attention=multi_head",
        "acoustic.encoder.max_distance=32",
        "acoustic.decoder.attention_window=17",
        "acoustic.decoder.scheduled_sampling=0",  # a second pass of the decoder, which the others have
    ],
    "parallel": ["acoustic=parallel", "~attention", *SMALL, "acoustic.decoder.attention_layers=[1]"],
}


def batch(B, N, R):
    lengths = torch.full((B,), N)
    durations = torch.full((B, N), R)
    mel = torch.randn(B, 80, N * R)
    pitch = torch.full((B, N * R), 5.3)
    return Batch(["-"] * B, torch.randint(1, 9, (B, N)), lengths, mel, R * lengths, durations, pitch)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_one_graph(name):
    """Whatever the lengths and the step; with the numbers of the usual way."""
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", MODELS[name])
    model, graphs = instantiate(config.acoustic, "acoustic").train(), []

    def count(graph, inputs):
        graphs.append(graph)
        return graph.forward

    model.compile(backend=count, dynamic=True, fullgraph=True)  # a break would raise
    sizes = (19, 21, 20) if "blocks" in name else (5, 7, 6)
    for step, N in enumerate(sizes, 3):
        model.set_step(step)
        given, found = batch(3, N, 4), []
        for forward in (model, model.forward):  # compiled, and as it is
            torch.manual_seed(1)
            output = forward(given)
            found.append(output.mel)
            (gradient,) = torch.autograd.grad(output.mel.square().mean(), [model.encoder.embedding.weight])
            found.append(gradient)
        torch.testing.assert_close(found[0], found[2])
        torch.testing.assert_close(found[1], found[3])
    assert len(graphs) == 1
    assert not any("_orig_mod" in name for name in model.state_dict())


TRAINED = {
    "transformer": [*TRANSFORMER, "attention=multi_head", "alignment_prior=beta_binomial", "loss=guided_forward_sum"],
    "parallel": [*MODELS["parallel"], "loss=parallel", "acoustic.durations.dropout=0"],
}
# Inductor draws other random numbers, so there are none.
EXACT = ["acoustic.encoder.dropout=0", "acoustic.encoder.convolution_dropout=0"]
EXACT_TRANSFORMER = ["acoustic.decoder.prenet_dropout=0", "acoustic.decoder.dropout=0", "acoustic.postnet.dropout=0"]
EXACT_TRANSFORMER += ["acoustic.decoder.drop_frame_rate=0", "acoustic.decoder.scheduled_sampling=0"]


class Losses(lightning.Callback):
    """Collects the loss of every step."""

    def __init__(self):
        self.values = []

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        self.values.append(float(outputs["loss"]))


def epoch(num_buckets):
    """The batches of an epoch of ten utterances of ten lengths."""
    chance = torch.Generator().manual_seed(0)
    spoken = []
    for number in range(10):
        symbols, frames = 4 + number, 12 + 5 * number
        durations = torch.full((symbols,), frames // symbols)
        durations[0] += frames - durations.sum()
        mel, tokens = torch.randn(80, frames, generator=chance) - 5.5, torch.randint(1, 9, (symbols,), generator=chance)
        given = (tokens.numpy(), mel.numpy(), durations.numpy(), torch.full((frames,), 5.3).numpy())
        spoken.append(Utterance(f"u{number}", "", "", *given))
    frames = [utterance.mel.shape[1] for utterance in spoken]
    sampler = BucketSampler(frames, batch_size=2, num_buckets=num_buckets, equal_sizes=True)
    shapes = sampler.shapes(torch.tensor([len(utterance.tokens) for utterance in spoken]).numpy())
    collate = Collate(1e-5, shapes)
    return [collate([spoken[index] for index in batch]) for batch in sampler]


def losses(words, precision, compiled, steps, num_buckets):
    """The losses of the first ``steps`` steps of a training."""
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", [*words, *EXACT, "data.corpus=none", f"compile={str(compiled).lower()}"])
    config.datamodule.num_buckets = num_buckets
    task = AcousticTask(config, {"text": {**config.text, "symbols": list("_^$abcdef")}})
    torch.manual_seed(0)
    training, read = task.module(), Losses()
    if compiled:
        task.compile(training)
    trainer = lightning.Trainer(
        accelerator="cpu",
        precision=precision,
        max_steps=steps,
        callbacks=[read],
        limit_val_batches=0,
        **dict.fromkeys(("logger", "enable_checkpointing", "enable_model_summary", "enable_progress_bar"), False),
    )
    batches = (epoch(num_buckets) * steps)[:steps]
    trainer.fit(training, DataLoader(batches, batch_size=None, collate_fn=lambda batch: batch))
    assert not any("_orig_mod" in name for name in training.state_dict())
    return read.values


def words(name):
    return [*TRAINED[name], *(EXACT_TRANSFORMER if name == "transformer" else [])]


@pytest.fixture
def fresh():
    """No compiled code before and after a test."""
    torch.compiler.reset()
    yield
    torch.compiler.reset()


@pytest.mark.parametrize("name", TRAINED)
def test_an_epoch_of_any_lengths_compiles_a_graph_for_each_bucket(name, fresh, monkeypatch):
    """With the losses of a training that is not compiled."""
    graphs = []

    def count(graph, inputs):
        graphs.append([tuple(x.shape) for x in inputs if isinstance(x, torch.Tensor)])
        return graph.forward

    usual = torch.compile
    monkeypatch.setattr(torch, "compile", lambda model, **options: usual(model, **options, backend=count))
    monkeypatch.setenv("CXX", "true")  # what is compiled here needs no compiler
    steps = len(epoch(2))
    found = losses(words(name), "32-true", True, steps, 2)
    assert len(graphs) == 2 < steps
    assert found == pytest.approx(losses(words(name), "32-true", False, steps, 2), rel=1e-5)
    assert len(graphs) == 2  # the other training compiled nothing


def test_compiling_batches_of_any_shape_is_an_error():
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", [*words("parallel"), "data.corpus=none", "compile=true"])
    config.datamodule.fixed_shapes = False
    task = AcousticTask(config, {"text": {**config.text, "symbols": list("_^$abcdef")}})
    with pytest.raises(RunError, match=r"Remove it, or datamodule\.fixed_shapes=false"):
        task.compile(task.module())


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.skipif(shutil.which("g++") is None, reason="Inductor needs g++")
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("name", TRAINED)
def test_inductor_keeps_the_losses(name, precision, fresh, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_DEBUG_COMPILE", "1")  # without optimization g++ takes a fifth of the time
    torch._dynamo.utils.counters.clear()
    found = losses(words(name), precision, True, 20, 1)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1
    tolerance = 1e-4 if precision == "32-true" else 0.02
    assert found == pytest.approx(losses(words(name), precision, False, 20, 1), rel=tolerance)
    assert found[-1] < found[0]
