"""What `compile=true` has to work with: models that trace as one graph, whatever the lengths."""

import pytest
import torch
from hydra import compose, initialize_config_dir

from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch

WORDS = ["acoustic=transformer_small", "acoustic.encoder.memory_dim=16", "acoustic.decoder.model_dim=16"]
WORDS += [
    "acoustic.decoder.num_layers=2",
    "acoustic.encoder.num_layers=1",
    "acoustic.postnet.hidden_dim=8",
    "num_symbols=9",
]


def batch(B, N, R):
    lengths = torch.full((B,), N)
    durations = torch.full((B, N), R)
    mel = torch.randn(B, 80, N * R)
    return Batch(["-"] * B, torch.randint(1, 9, (B, N)), lengths, mel, R * lengths, durations)


@pytest.mark.parametrize(("attention", "taught"), [("multi_head", False), ("shared_monotonic", True)])
def test_a_transformer_is_one_graph(attention, taught):
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        config = compose("train", [*WORDS, f"attention={attention}", f"acoustic.use_forced_alignment={taught}"])
    model, graphs = instantiate(config.acoustic, "acoustic"), []

    def count(graph, inputs):
        graphs.append(graph)
        return graph.forward

    model.compile(backend=count, dynamic=True, fullgraph=True)  # a break would raise
    for N in (5, 7, 6):
        assert model(batch(3, N, 4)).mel.shape == (3, 80, 4 * N)
    assert len(graphs) <= 2
    assert not any("_orig_mod" in name for name in model.state_dict())
