import math

import pytest
import torch

from tests.configured import configured
from tts.attention.progress_rotary import ProgressRotary


def attention(scale=None, **options):
    module = configured(ProgressRotary, 2, 2, num_heads=1, scale=scale, **options).double().eval()
    with torch.no_grad():
        for layer in (module.query_projection, module.key_projection, module.value_projection):
            layer.weight.copy_(torch.eye(2))
    return module


def rotated(vector, angle):
    c, s = math.cos(angle), math.sin(angle)
    return vector[0] * c - vector[1] * s, vector[0] * s + vector[1] * c


@pytest.mark.parametrize("scale", [None, 6.0])
def test_energies_equal_values_by_hand(scale):
    module = attention(scale)
    keys, queries = [(1.0, 0.0), (0.5, 1.0), (-1.0, 2.0)], [(1.0, 1.0), (0.0, 2.0), (3.0, -1.0), (1.0, 0.0)]
    T, N = len(queries), len(keys)
    S = N if scale is None else scale
    rows = []
    for t, query in enumerate(queries):
        turned = rotated(query, S * t / T)
        energies = [
            sum(a * b for a, b in zip(turned, rotated(key, S * j / N))) / math.sqrt(2) for j, key in enumerate(keys)
        ]
        rows.append(torch.tensor(energies, dtype=torch.float64).softmax(0))
    mask = torch.ones(1, N, dtype=torch.bool)
    memory = module.prepare(torch.tensor([keys], dtype=torch.float64), mask, torch.tensor([T]))
    found = module(torch.tensor([queries], dtype=torch.float64), memory)[1][0, 0]
    torch.testing.assert_close(found, torch.stack(rows))


def test_equal_content_gives_a_diagonal_at_any_length():
    module = configured(ProgressRotary, 32, 32, num_heads=1).double().eval()
    with torch.no_grad():
        for layer in (module.query_projection, module.key_projection, module.value_projection):
            layer.weight.copy_(5 * torch.eye(32))
    mask = torch.ones(1, 40, dtype=torch.bool)
    for steps in (40, 120, 500):
        memory = module.prepare(torch.ones(1, 40, 32).double(), mask, torch.tensor([steps]))
        path = module(torch.ones(1, steps, 32).double(), memory)[1][0, 0].argmax(1)
        expected = (torch.arange(steps) * 40 / steps).clamp_max(39)
        assert (path - expected).abs().max() <= 0.51


def test_the_pace_follows_the_data_and_replaces_unknown_lengths():
    module = configured(ProgressRotary, 4, 4, num_heads=1, pace=3.0).train()
    memory, mask = torch.randn(2, 10, 4), torch.arange(10) < torch.tensor([[10], [5]])
    for _ in range(400):
        module.prepare(memory, mask, torch.tensor([50, 25]))
    torch.testing.assert_close(module.pace, torch.tensor(5.0), atol=1e-2, rtol=0)
    module.eval()
    torch.testing.assert_close(module.prepare(memory, mask).num_steps, module.pace * torch.tensor([10, 5]))
    module.prepare(memory, mask, torch.tensor([500, 250]))
    torch.testing.assert_close(module.pace, torch.tensor(5.0), atol=1e-2, rtol=0)
    module.rescale_time(2.0)
    torch.testing.assert_close(module.pace, torch.tensor(2.5), atol=1e-2, rtol=0)


@pytest.mark.parametrize("window", [None, 4])
def test_there_is_no_weight_far_from_the_progress(window):
    torch.manual_seed(0)
    module = configured(ProgressRotary, 32, 32, num_heads=2, window=window).double().eval()
    mask = torch.arange(40) < torch.tensor([[40], [25]])
    steps = torch.tensor([80, 100])
    memory = module.prepare(torch.randn(2, 40, 32).double(), mask, steps)
    weights = module(torch.randn(2, 120, 32).double(), memory)[1].mean(1)  # 120 steps: beyond the end of both
    progress = torch.arange(120).minimum(steps[:, None] - 1) / steps[:, None]
    far = (torch.arange(40) - (progress * mask.sum(1, keepdim=True))[..., None]).abs() > 4.001
    assert bool(weights[far].any()) == (window is None)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 120).double())


def test_progress_stays_at_the_end_of_the_text():
    module = configured(ProgressRotary, 32, 32, num_heads=1).double().eval()
    with torch.no_grad():
        for layer in (module.query_projection, module.key_projection, module.value_projection):
            layer.weight.copy_(5 * torch.eye(32))
    memory = module.prepare(torch.ones(1, 40, 32).double(), torch.ones(1, 40, dtype=torch.bool), torch.tensor([120]))
    path = module(torch.ones(1, 400, 32).double(), memory)[1][0, 0].argmax(1)
    assert set(path[119:].tolist()) <= {39, 40}


def test_the_decoder_passes_the_number_of_steps():
    from functools import partial

    from tts.acoustic.transformer_decoder import TransformerDecoder

    torch.manual_seed(0)
    sizes = {"model_dim": 8, "num_layers": 1, "num_heads": 2, "feedforward_dim": 8, "prenet_dim": 8}
    decoder = configured(
        TransformerDecoder,
        4,
        8,
        partial(configured, ProgressRotary, num_heads=2, pace=3.0),
        reduction_factor=2,
        **sizes,
    )
    mask = torch.ones(1, 5, dtype=torch.bool)
    decoder.train()(torch.randn(1, 5, 8), mask, torch.randn(1, 4, 80), torch.tensor([80]))
    assert float(decoder.attentions[0].pace) > 3.0  # 8 steps per symbol
