"""Float16 weights: close to the exact products for any batch size, and updated when the weights change."""

import pytest
import torch
from torch import nn

from tts.nn.fp16 import FP16LSTM, FP16Linear, with_fp16_weights
from tts.nn.recurrent import SteppableLSTM


@pytest.fixture(params=["kernels", "anywhere"])
def engine(request, monkeypatch):
    """Run with the kernels of this machine, and without them."""
    if request.param == "anywhere":
        monkeypatch.setattr(torch.backends.quantized, "engine", "qnnpack")
    elif torch.backends.quantized.engine not in ("x86", "fbgemm"):
        pytest.skip("no such kernels on this machine")


@pytest.mark.parametrize("bias", [True, False])
def test_products_are_close_and_ignore_the_batch(engine, bias):
    torch.manual_seed(0)
    exact, x = nn.Linear(300, 70, bias=bias), torch.randn(9, 300)
    half = FP16Linear(exact.weight, exact.bias)
    with torch.inference_mode():
        torch.testing.assert_close(half(x), exact(x), atol=4e-3, rtol=0)
        assert not torch.equal(half(x), exact(x))
        for n in range(1, 9):
            assert torch.equal(half(x[:n]), half(x)[:n])
        assert torch.equal(half(x.view(3, 3, 300)), half(x).view(3, 3, 70))


def test_fp16_weights_lose_no_precision(engine):
    weight = torch.randint(-8, 8, (32, 64)).float()
    x = torch.randint(-8, 8, (2, 64)).float()  # small whole numbers: no sum of their products is rounded either
    assert torch.equal(FP16Linear(weight / 64, None)(x), x @ weight.T / 64)


def test_numbers_beyond_float16_are_clipped(engine):
    assert FP16Linear(torch.full((1, 1), 1e6), None)(torch.ones(1, 1)).item() == 65504


def test_an_fp16_lstm_step_is_close_to_float32(engine):
    torch.manual_seed(0)
    lstm, x, state = SteppableLSTM(40, 24), torch.randn(3, 40), (torch.randn(3, 24), torch.randn(3, 24))
    half = with_fp16_weights(lstm)
    assert isinstance(half, FP16LSTM)
    with torch.inference_mode():
        torch.testing.assert_close(half.step(x, state), lstm.step(x, state), atol=2e-3, rtol=0)
        alone = half.step(x[1:2], (state[0][1:2], state[1][1:2]))
        assert torch.equal(half.step(x, state)[0][1:2], alone[0])


def test_weights_are_packed_again_only_after_a_change():
    network = nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.ReLU(), nn.Linear(8, 4)))
    x = torch.randn(2, 8)
    half = with_fp16_weights(network)
    assert with_fp16_weights(network) is half
    torch.testing.assert_close(half(x), network(x), atol=2e-3, rtol=0)
    with torch.no_grad():
        network[1][1].weight.mul_(3.0)
    torch.testing.assert_close(with_fp16_weights(network)(x), network(x), atol=5e-3, rtol=0)
    network[1][1].load_state_dict({"weight": torch.ones(4, 8), "bias": torch.zeros(4)})
    torch.testing.assert_close(with_fp16_weights(network)(x), network(x), atol=5e-3, rtol=0)
    assert all(isinstance(network[i], kind) for i, kind in enumerate((nn.Linear, nn.Sequential)))  # itself untouched
