"""Every decoder with every attention speaks on onnxruntime as in torch, free and held to the rules of repair."""

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


def check_autoregressive(acoustic, folder):
    decoder = acoustic.decoder
    decoder.fp16_generation, decoder.max_frames_offset, decoder.max_frames_per_symbol = False, 40, 2
    rules = load_rules(0.035)
    options = export_autoregressive(acoustic, rules, folder)
    onnx = AutoregressiveAcoustic(options, *map(partial(run, folder), ("encoder", "start", "step", "postnet")))
    assert bool(onnx.rules) == acoustic.supports_constraints
    padded = torch.nn.utils.rnn.pad_sequence(TOKENS, batch_first=True)
    lengths = torch.tensor([len(tokens) for tokens in TOKENS])
    for rule in (None, *onnx.rules):
        held = {} if rule is None else {"constraints": rules[rule]}
        output = acoustic.generate(padded, lengths, [3, 3], **held)
        for b, found in enumerate(onnx.decode([tokens.tolist() for tokens in TOKENS], 3, rule, [Delivery()] * 2)):
            assert_same(found, output, b)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_the_recurrent_decoder_equals_torch(attention, tmp_path):
    as_wide = "acoustic.decoder.attention_rnn_dim=64"  # as the memory, which luong_dot needs
    check_autoregressive(model("acoustic=tacotron2_tiny", f"attention={attention}", as_wide), tmp_path)


@pytest.mark.parametrize("family", ["neural_hmm", "transducer"])
def test_the_lattice_decoders_equal_torch(family, tmp_path):
    smaller = ["acoustic.encoder.memory_dim=32", "acoustic.decoder.rnn_dim=32", "acoustic.decoder.hidden_dim=24"]
    acoustic = model(f"acoustic={family}", "~attention", "loss=likelihood", *smaller)
    check_autoregressive(acoustic, tmp_path)


@pytest.mark.parametrize("size", ["transformer_small", "transformer_relative"])
@pytest.mark.parametrize("attention", ["multi_head", "stepwise_monotonic"])
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
