"""Every decoder with every attention speaks on onnxruntime as in torch, free and with the rules of repair, and every
sentence of a batch as alone."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir

from tts.core.config import config_root, instantiate
from tts.engine.autoregressive import AutoregressiveAcoustic
from tts.engine.base import Delivery
from tts.engine.parallel import ParallelAcoustic
from tts.engine.sessions import open_graph
from tts.engine.torch_engine import load_rules
from tts.onnx_export import autoregressive
from tts.onnx_export.autoregressive import export_autoregressive
from tts.onnx_export.parallel import export_parallel

ATTENTIONS = sorted(path.stem for path in (config_root() / "conf" / "attention").glob("*.yaml"))
PARALLEL_ATTENTIONS = sorted(path.stem for path in (config_root() / "conf" / "parallel_attention").glob("*.yaml"))
TOKENS = [torch.arange(n) % 37 + 1 for n in (17, 9)]
LONGER = torch.arange(45) % 37 + 1  # than the example that the graph was traced with


def model(*overrides):
    torch.manual_seed(1)
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", [*overrides, "num_symbols=40"])
    return instantiate(config.acoustic).eval()


def run(folder, name):
    return open_graph(folder / f"{name}.onnx", threads=1)


def assert_same(found, output, b):
    T_mel, T_dec, T_text = int(output.mel_lengths[b]), int(output.decoder_lengths[b]), len(TOKENS[b])
    assert found.mel.shape[1] == T_mel
    np.testing.assert_allclose(found.mel, output.mel[b, :, :T_mel].numpy(), atol=1e-3)
    np.testing.assert_allclose(found.alignment, output.alignment[b, :T_dec, :T_text].numpy(), atol=1e-3)
    np.testing.assert_allclose(found.stop, torch.sigmoid(output.stop_logits[b, :T_dec]).numpy(), atol=1e-3)


def limit(acoustic):
    acoustic.decoder.max_frames_offset, acoustic.decoder.max_frames_per_symbol = 40, 2
    acoustic.decoder.fp16_generation = False


def opened(options, folder):
    return AutoregressiveAcoustic(options, *map(partial(run, folder), ("encoder", "start", "step", "postnet")))


def decode(onnx, texts, rule=None):
    return onnx.decode([tokens.tolist() for tokens in texts], 3, rule, [Delivery()] * len(texts))


def check_equals_torch(onnx, acoustic):
    padded = torch.nn.utils.rnn.pad_sequence(TOKENS, batch_first=True)
    lengths = torch.tensor([len(tokens) for tokens in TOKENS])
    rules = load_rules(0.035)
    for rule in (None, *onnx.rules):
        held = {} if rule is None else {"constraints": rules[rule]}
        output = acoustic.generate(padded, lengths, [3, 3], **held)
        for b, found in enumerate(decode(onnx, TOKENS, rule)):
            assert_same(found, output, b)


def check_autoregressive(acoustic, folder):
    limit(acoustic)
    options = export_autoregressive(acoustic, load_rules(0.035), folder)
    assert options["batch"]
    onnx = opened(options, folder)
    assert bool(onnx.rules) == acoustic.supports_constraints
    check_equals_torch(onnx, acoustic)
    texts = [TOKENS[1], LONGER, TOKENS[0]]  # another number of sentences than in the export
    for together, text in zip(decode(onnx, texts), texts):
        for first, second in zip(together, *decode(onnx, [text])):
            np.testing.assert_allclose(first, second, atol=1e-4)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_the_recurrent_decoder_equals_torch(attention, tmp_path):
    as_wide = "acoustic.decoder.attention_rnn_dim=64"  # as the memory, which luong_dot needs
    check_autoregressive(model("acoustic=tacotron2_tiny", f"attention={attention}", as_wide), tmp_path)


def test_a_sentence_leaves_the_batch_when_it_ends(tmp_path):
    acoustic = model("acoustic=tacotron2_tiny", "attention=additive", "acoustic.decoder.gate_threshold=1.0")
    limit(acoustic)
    onnx, sizes = opened(export_autoregressive(acoustic, {}, tmp_path), tmp_path), []

    def counted(**inputs):
        sizes.append(len(inputs["frame"]))
        return step(**inputs)

    step, onnx._step = onnx._step, counted
    decoded = decode(onnx, TOKENS)
    assert [len(found.stop) for found in decoded] == [37, 29]  # (40 frames + 2 per symbol) / 2 frames per step
    assert sizes == 29 * [2] + 8 * [1]


def test_an_attention_with_a_fixed_batch_decodes_one_sentence_at_a_time(tmp_path, monkeypatch):
    acoustic = model("acoustic=tacotron2_tiny", "attention=additive")
    limit(acoustic)
    attention = type(acoustic.decoder.attention)
    step = attention.step

    def fixed(self, query, memory, state):
        context, weights, state = step(self, query, memory, state)
        return context + torch.zeros(len(query), 1), weights, state  # `len` is a number in the traced graph

    monkeypatch.setattr(attention, "step", fixed)
    options = export_autoregressive(acoustic, load_rules(0.035), tmp_path)
    assert not options["batch"]
    check_equals_torch(opened(options, tmp_path), acoustic)


def test_graphs_of_earlier_versions_decode_one_sentence_at_a_time(tmp_path):
    acoustic = model("acoustic=tacotron2_tiny", "attention=location_sensitive")
    limit(acoustic)
    options = autoregressive._export(copy.deepcopy(acoustic), load_rules(0.035), tmp_path, batch=1)
    del options["batch"]
    check_equals_torch(opened(options, tmp_path), acoustic)


@pytest.mark.parametrize("family", ["neural_hmm", "transducer"])
def test_the_lattice_decoders_equal_torch(family, tmp_path):
    smaller = ["acoustic.encoder.memory_dim=32", "acoustic.decoder.rnn_dim=32", "acoustic.decoder.hidden_dim=24"]
    acoustic = model(f"acoustic={family}", "~attention", "loss=likelihood", *smaller)
    check_autoregressive(acoustic, tmp_path)


@pytest.mark.parametrize("size", ["transformer_small", "transformer_relative"])
@pytest.mark.parametrize("attention", ["multi_head", "stepwise_monotonic", "position_biased"])
def test_the_transformer_decoder_equals_torch(size, attention, tmp_path):
    smaller = ["acoustic.decoder.model_dim=32", "acoustic.decoder.num_layers=2", "acoustic.decoder.num_heads=2"]
    smaller += [
        "acoustic.decoder.feedforward_dim=48",
        "acoustic.encoder.num_layers=1",
        "acoustic.encoder.memory_dim=32",
    ]
    check_autoregressive(model(f"acoustic={size}", f"attention={attention}", *smaller), tmp_path)


@pytest.mark.parametrize("attention", PARALLEL_ATTENTIONS)
def test_the_parallel_decoder_equals_torch_at_any_speed_and_pitch(attention, tmp_path):
    smaller = ["acoustic.encoder.memory_dim=32", "acoustic.encoder.num_layers=1", "acoustic.decoder.model_dim=32"]
    choice = f"parallel_attention@acoustic.decoder.attention={attention}"
    acoustic = model("acoustic=parallel", "loss=parallel", "~attention", choice, *smaller)
    with torch.no_grad():
        acoustic.durations.projection.bias.fill_(1.5)
    options = export_parallel(acoustic, tmp_path)
    onnx = ParallelAcoustic(options, *map(partial(run, tmp_path), ["encoder", "decoder", "alignment"]))
    for delivery in (Delivery(), Delivery(speed=1.7, pitch=3.0)):
        for tokens in (*TOKENS, LONGER):
            output = acoustic.generate(
                tokens[None], torch.tensor([len(tokens)]), [0], speed=delivery.speed, pitch=delivery.pitch
            )
            (found,) = onnx.decode([tokens.tolist()], 0, None, [delivery])
            T_mel = int(output.mel_lengths[0])
            np.testing.assert_allclose(found.mel, output.mel[0, :, :T_mel].numpy(), atol=1e-3)
            np.testing.assert_allclose(found.alignment, output.alignment[0].numpy(), atol=1e-3)
            draft = onnx.draft(tokens.tolist(), delivery, n_mels=80)
            np.testing.assert_allclose(np.concatenate(list(draft.chunks), axis=1), found.mel, atol=1e-4)
            np.testing.assert_allclose(draft.decoded.alignment, found.alignment, atol=1e-4)
