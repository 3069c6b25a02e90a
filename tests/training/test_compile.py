"""Models for `compile=true` trace as one graph for all lengths."""

import pytest
import torch
from hydra import compose, initialize_config_dir

from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch

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
