"""The parallel model: training, generation, pace and pitch."""

import shutil

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir

from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch
from tts.data.corpus import Corpus, write_durations, write_pitch
from tts.training.fit import train  # also tells Hydra where the recipes are

SMALL = [
    "num_symbols=20",
    "acoustic.encoder.memory_dim=16",
    "acoustic.encoder.num_layers=1",
    "acoustic.encoder.feedforward_dim=16",
    "acoustic.durations.hidden_dim=16",
    "acoustic.decoder.model_dim=16",
    "acoustic.decoder.hidden_dim=16",
    "acoustic.decoder.num_layers=4",
    "acoustic.decoder.prosody.dim=16",
    "acoustic.decoder.prosody.num_layers=1",
]
TOKENS, LENGTHS = torch.randint(1, 20, (3, 12), generator=torch.Generator().manual_seed(0)), torch.tensor([12, 7, 2])


def compose_parallel(*overrides):
    with initialize_config_dir(str(config_root() / "conf"), version_base=None):
        return compose("train", ["acoustic=parallel", "~attention", "loss=parallel", *SMALL, *overrides])


@pytest.fixture(params=[(), ("acoustic.decoder.prosody=null",), ("acoustic.decoder.attention=null",)], ids=len)
def config(request):
    return compose_parallel(*request.param)


@pytest.fixture
def model(config):
    torch.manual_seed(0)
    model = instantiate(config.acoustic).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # far from the start, where every layer does nothing
            parameter.add_(0.1 * torch.randn_like(parameter))
        model.durations.projection.bias.fill_(1.5)
    return model


def batch():
    generator = torch.Generator().manual_seed(0)
    durations = torch.randint(1, 6, (3, 12), generator=generator).masked_fill(torch.arange(12) >= LENGTHS[:, None], 0)
    lengths = durations.sum(1)
    T_mel = int(lengths.max())
    mel, pitch = (torch.randn(3, *shape, generator=generator) for shape in ((80, T_mel), (T_mel,)))
    pitch = torch.where(pitch > 0, 5.0 + 0.1 * pitch, 0.0)
    return Batch(["a", "b", "c"], TOKENS, LENGTHS, mel, lengths, durations, pitch)


def test_training_reaches_every_parameter(config, model):
    losses = {name: instantiate(loss) for name, loss in config.loss.items()}
    output = model.train()(batch())
    torch.stack([loss.weight * loss(output, batch(), 0) for loss in losses.values()]).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_batch_equals_singles(model):
    together = model.generate(TOKENS, LENGTHS, [0, 0, 0])
    for b, n in enumerate(LENGTHS.tolist()):
        alone = model.generate(TOKENS[b : b + 1, :n], LENGTHS[b : b + 1], [5])
        T_mel, T_dec = int(alone.mel_lengths), int(alone.decoder_lengths)
        assert T_mel == int(together.mel_lengths[b])
        torch.testing.assert_close(together.mel[b, :, :T_mel], alone.mel[0], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(together.alignments[b, :, :T_dec, :n], alone.alignments[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("size", [1, 7, 30])
def test_windows_equal_the_whole(model, size):
    assert model.has_windows
    whole = model.generate(TOKENS, LENGTHS, [0] * 3, speed=0.2, pitch=1.0)
    layout = model.lay_out(TOKENS, LENGTHS, 0.2, 1.0)
    T_mel = whole.mel.shape[2]
    assert T_mel > 2 * size
    with torch.inference_mode():
        parts = [model.mel_between(layout, first, min(first + size, T_mel)) for first in range(0, T_mel, size)]
        torch.testing.assert_close(model.alignment(layout), whole.alignment)
    for b, length in enumerate(whole.mel_lengths.tolist()):
        found = torch.cat(parts, 2)[b, :, :length]
        torch.testing.assert_close(found, whole.mel[b, :, :length], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_speed_divides_the_duration(model, speed):
    plain, changed = (model.generate(TOKENS, LENGTHS, [0] * 3, speed=s).mel_lengths for s in (1.0, speed))
    assert ((changed - plain / speed).abs() <= 0.5 + 0.5 / speed).all()


def test_the_decoder_receives_the_pitch_shift():
    torch.manual_seed(0)
    model, told = instantiate(compose_parallel().acoustic).eval(), []
    model.decoder.prosody_projection.register_forward_pre_hook(lambda module, args: told.append(args[0]))
    for semitones in (0.0, 12.0):
        model.generate(TOKENS, LENGTHS, [0] * 3, pitch=semitones)
    voiced = told[0][..., 1:2] + 0.5
    expected = told[0][..., :1] + voiced * 0.6931 / model.pitch_std
    torch.testing.assert_close(told[1][..., :1], expected, atol=1e-3, rtol=1e-3)


def test_every_head_has_a_name_and_rows_sum_to_one(model):
    output = model.generate(TOKENS, LENGTHS, [0] * 3)
    assert len(model.head_names) == output.alignments.shape[1]
    sums = output.alignments.sum(-1)
    torch.testing.assert_close(sums, torch.ones_like(sums), atol=1e-4, rtol=1e-4)
    assert (torch.sigmoid(output.stop_logits[0]) > 0.5).nonzero().tolist() == [[int(output.decoder_lengths[0]) - 1]]


def test_a_corpus_without_durations_is_an_error(model):
    with pytest.raises(ValueError, match=r"tts\.align"):
        model(batch()._replace(durations=None))


def test_an_unknown_layer_is_an_error():
    with pytest.raises(Exception, match="1 to 4"):
        instantiate(compose_parallel("acoustic.decoder.attention_layers=[7]").acoustic)


def test_the_recipe_trains_and_writes_samples(tone_corpus, tmp_path):
    folder = shutil.copytree(tone_corpus, tmp_path / "corpus")
    items = Corpus(folder, "all").items
    sizes = {item["id"]: (len(item["tokens"]), item["frames"][1]) for item in items}
    edges = {name: np.linspace(0, frames, symbols + 1).astype(int) for name, (symbols, frames) in sizes.items()}
    write_durations(folder, {name: np.diff(values) for name, values in edges.items()})
    write_pitch(folder, {name: np.full(frames, 5.3) for name, (_, frames) in sizes.items()})
    small = [override for override in SMALL if not override.startswith("num_symbols")]
    options = ["trainer.max_steps=2", "trainer.precision=32-true", "callbacks.samples.every_n_steps=2", "logger=none"]
    run = ["experiment=from_teacher/train", f"data.corpus={folder}", f"run_dir={tmp_path / 'run'}"]
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        train(compose("train", [*run, *small, *options]))
    assert (tmp_path / "run" / "samples" / "step_00000002" / "training.png").is_file()
