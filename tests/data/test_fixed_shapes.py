"""Padding of training batches to the shapes of their buckets."""

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.configured import configured
from tests.data.test_resident import assert_identical
from tts.core.config import config_root, instantiate
from tts.data.collate import Collate
from tts.data.corpus import Utterance
from tts.data.datamodule import UtteranceDataModule
from tts.data.fixed_shapes import BatchShape, padded_lengths
from tts.data.sampler import BucketSampler
from tts.training.fit import make_datamodule


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=200), st.integers(500, 5000), st.integers(1, 10))
def test_batches_of_a_bucket_have_equal_sizes(lengths, budget, num_buckets):
    usual, equal = (
        BucketSampler(lengths, frames_per_batch=budget, num_buckets=num_buckets, equal_sizes=way)
        for way in (False, True)
    )
    symbols = np.asarray(lengths) // 2 + 3
    shapes = equal.shapes(symbols)
    batches = equal.batches(1)
    assert len(batches) == len(usual.batches(1))
    assert {index for batch in batches for index in batch} == set(range(len(lengths)))
    padded = set()
    for batch, short in zip(batches, usual.batches(1), strict=True):
        assert len(set(batch)) == len(batch)
        assert batch[: len(short)] == short
        assert len(batch) - len(short) <= 1
        wanted = len(batch), *(int(values[batch].max()) for values in (np.asarray(lengths), symbols))
        padded.add((len(batch), *padded_lengths(shapes, *wanted)))
        assert len(batch) == 1 or len(batch) * padded_lengths(shapes, *wanted)[0] <= budget
    assert padded <= {tuple(shape) for shape in shapes}


def test_a_batch_is_padded_to_the_first_shape_that_holds_it():
    shapes = [BatchShape(4, 100, 10), BatchShape(4, 200, 20), BatchShape(2, 400, 40)]
    assert padded_lengths(shapes, 4, 90, 10) == (100, 10)
    assert padded_lengths(shapes, 4, 90, 11) == (200, 20)
    assert padded_lengths(shapes, 2, 90, 5) == (400, 40)
    assert padded_lengths(shapes, 3, 90, 5) == (90, 5)
    assert padded_lengths((), 4, 90, 5) == (90, 5)


def test_an_epoch_has_as_many_shapes_as_buckets(tiny_corpus):
    options = {"corpus": str(tiny_corpus), "frames_per_batch": None, "batch_size": 2, "num_buckets": 2}
    data = configured(UtteranceDataModule, **options, fixed_shapes=True)
    batches = list(data.train_dataloader())
    shapes = {(*batch.mel.shape, batch.tokens.shape[1]) for batch in batches}
    assert shapes == {(B, 80, T_mel, T_text) for B, T_mel, T_text in data.shapes()}
    assert len(shapes) == 2
    assert {id for batch in batches for id in batch.ids} == {item["id"] for item in data.train.items}
    resident = configured(UtteranceDataModule, **options, fixed_shapes=True, resident=True)
    for expected, found in zip(batches, resident.train_dataloader(), strict=True):
        assert_identical(found, expected)
    validation = [batch.mel.shape for batch in data.val_dataloader()]
    usual = configured(UtteranceDataModule, **options, fixed_shapes=False)
    assert validation == [batch.mel.shape for batch in usual.val_dataloader()]


SMALL = ["num_symbols=9", "acoustic.encoder.memory_dim=16"]
ENCODER = ["acoustic.encoder.num_layers=1", "acoustic.encoder.feedforward_dim=16"]
RECURRENT = ["acoustic=tacotron2_tiny", *SMALL, "acoustic.decoder.attention_rnn_dim=16"]
RECURRENT += ["acoustic.decoder.decoder_rnn_dim=16", "acoustic.decoder.prenet_dim=8", "acoustic.postnet.hidden_dim=8"]
TRANSFORMER = ["acoustic=transformer_small", *SMALL, *ENCODER, "acoustic.decoder.model_dim=16"]
TRANSFORMER += ["acoustic.decoder.num_layers=2", "acoustic.decoder.feedforward_dim=16", "acoustic.postnet.hidden_dim=8"]
PARALLEL = ["acoustic=parallel", "~attention", *SMALL, *ENCODER, "acoustic.decoder.model_dim=16"]
PARALLEL += ["acoustic.decoder.hidden_dim=16", "acoustic.decoder.num_layers=4", "acoustic.durations.hidden_dim=16"]
LATTICE = ["~attention", *SMALL, "acoustic.decoder.rnn_dim=16", "loss=likelihood"]
CASES = {
    "recurrent": [*RECURRENT, "attention=location_sensitive", "loss=guided"],
    "recurrent, prior": [*RECURRENT, "attention=additive", "loss=guided_forward_sum", "alignment_prior=beta_binomial"],
    "recurrent, two decoders": [*RECURRENT, "loss=double_decoder", "second_decoder=slow"],
    "recurrent, known durations": [*RECURRENT, "attention=stepwise_median", "loss=forced_alignment"],
    "recurrent, mixture": [*RECURRENT, "attention=gmm_v2b", "loss=monotonic"],
    "Transformer, prior": [*TRANSFORMER, "attention=multi_head", "loss=best_path", "alignment_prior=beta_binomial"],
    "Transformer, blank": [*TRANSFORMER, "attention=multi_head", "loss=forward_sum_ctc"],
    "Transformer, window": [
        *TRANSFORMER,
        "attention=multi_head",
        "loss=forward_sum",
        "acoustic.decoder.attention_window=17",  # two windows are shorter than the padded batch, not than the other
        "acoustic.encoder.max_distance=9",
    ],
    "Transformer, known durations": [*TRANSFORMER, "attention=shared_monotonic", "loss=forced_alignment"],
    "parallel": [*PARALLEL, "loss=parallel"],
    "parallel, discriminators": [*PARALLEL, "loss=parallel_gan", "loss.adversarial.frames=8"],
    "transducer": ["acoustic=transducer", *LATTICE],
    "neural HMM": ["acoustic=neural_hmm", *LATTICE],
}


def utterance(name, symbols, frames):
    """Random values; durations that sum to ``frames``."""
    chance = np.random.default_rng(frames)
    durations = np.full(symbols, frames // symbols)
    durations[0] += frames - durations.sum()
    mel = chance.standard_normal((80, frames)).astype(np.float32) * 2 - 5.5
    pitch = np.where(chance.random(frames) < 0.7, 5 + 0.1 * chance.standard_normal(frames), 0).astype(np.float32)
    tokens = chance.integers(1, 9, symbols)
    return Utterance(name, "", "", tokens, mel, durations, pitch)


def without_noise(model):
    """Set everything random to zero: the masks of a longer batch differ."""
    for module in model.modules():
        for key in [key for key in vars(module) if key == "p" or key.endswith(("dropout", "noise", "drop_frame_rate"))]:
            setattr(module, key, 0.0)


@pytest.mark.parametrize("name", CASES)
def test_padding_changes_neither_losses_nor_gradients(name):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", CASES[name])
    if "use_forced_alignment" in config.acoustic:
        config.acoustic.use_forced_alignment = "known durations" in name
    torch.manual_seed(0)
    model = instantiate(config.acoustic, "acoustic").train()
    losses = torch.nn.ModuleDict({key: instantiate(loss, "loss") for key, loss in config.loss.items()}).train()
    without_noise(model)
    spoken = [utterance("a", 5, 23), utterance("b", 4, 18)]
    found = []
    for collate in (Collate(1e-5), Collate(1e-5, [BatchShape(2, 75, 9)])):
        batch = collate(spoken)
        torch.manual_seed(2)
        parts = {key: loss(model(batch), batch, 100_000) for key, loss in losses.items()}
        model.zero_grad()
        sum(losses[key].weight * part for key, part in parts.items()).backward()
        gradients = {key: value.grad.clone() for key, value in model.named_parameters() if value.grad is not None}
        found.append(({key: part.detach() for key, part in parts.items()}, gradients, batch.mel.shape[2]))
    (expected, slopes, short), (padded, others, long) = found
    assert (short, long) == (23, 75)
    assert any(slope.abs().max() > 1e-4 for slope in slopes.values())
    torch.testing.assert_close(padded, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(others, slopes, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], False),
        (["compile=true"], True),
        (["cuda_graphs=true"], True),
        (["datamodule.fixed_shapes=true"], True),
        (["cuda_graphs=true", "datamodule.fixed_shapes=false"], False),
    ],
)
def test_graphs_choose_fixed_shapes(tiny_corpus, words, expected):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", [f"data.corpus={tiny_corpus}", "datamodule.num_buckets=2", *words])
    config.datamodule.update(text=None, audio=None)
    collate = make_datamodule(config).train_dataloader().collate_fn
    assert bool(collate.shapes) == expected
