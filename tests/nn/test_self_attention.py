import pytest
import torch

from tts.nn import self_attention
from tts.nn.self_attention import SelfAttention

T = 23


def layer(attention_window, causal=True):
    torch.manual_seed(0)
    made = SelfAttention(16, 4, attention_window, causal).double().eval()
    if made.bias is not None:
        torch.nn.init.normal_(made.bias.table)
    return made, torch.randn(2, T, 16, dtype=torch.float64)


@pytest.mark.parametrize("attention_window", [None, 17, 40])
def test_step_by_step_equals_the_whole(attention_window):
    attention, x = layer(attention_window)
    cache = attention.cache(2, T, x)
    steps = torch.stack([attention.step(x[:, t], cache) for t in range(T)], 1)
    torch.testing.assert_close(steps, attention(x), atol=1e-6, rtol=1e-6)  # the bias is kept in single precision


@pytest.mark.parametrize("attention_window", [None, 17])
def test_a_causal_layer_attends_to_the_past_within_its_window(attention_window):
    attention, x = layer(attention_window)
    changed = x.clone()
    changed[:, 4] += 1.0
    moved = (attention(changed) - attention(x)).abs().amax((0, 2)) > 1e-12
    last = T if attention_window is None else 4 + attention_window
    assert moved.tolist() == [4 <= t < last for t in range(T)]


@pytest.mark.parametrize("attention_window", [None, 9])
def test_padding_is_ignored(attention_window):
    attention, x = layer(attention_window, causal=False)
    mask = torch.arange(T) < torch.tensor([[T], [11]])
    other = torch.where(mask.unsqueeze(-1), x, torch.randn_like(x) * 50)
    for b, n in enumerate((T, 11)):
        torch.testing.assert_close(attention(other, mask)[b, :n], attention(x[b : b + 1, :n])[0])


def test_a_windowed_cache_keeps_its_size():
    attention, x = layer(17)
    cache = attention.cache(2, 10_000, x)
    for _ in range(40):
        keys, values, bias = cache.append(torch.randn(2, 2, 4, 1, 4, dtype=torch.float64))
    assert keys.shape[2] == values.shape[2] == bias.shape[3] == 17


@pytest.mark.parametrize("length", [35, 36, 200])
def test_blocks_equal_the_energies_of_all_pairs(monkeypatch, length):
    attention, _ = layer(17)
    results = {}
    for blocked_from in (1, 1000):
        monkeypatch.setattr(self_attention, "BLOCKED_FROM", blocked_from)
        x = torch.randn(2, length, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        inputs = [x.requires_grad_(), *attention.parameters()]
        y = attention(x)
        results[blocked_from] = [y, *torch.autograd.grad((y * y.detach().cos()).sum(), inputs)]
    for mine, theirs in zip(*results.values()):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-6)  # the bias is kept in single precision


def test_a_long_sequence_keeps_memory_in_proportion_to_its_length():
    attention, _ = layer(17)

    def kept(length):
        numbers = []
        x = torch.randn(1, length, 16, dtype=torch.float64, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda x: numbers.append(x.numel()) or x, lambda x: x):
            attention(x)
        return sum(numbers)

    assert kept(1600) < 2.2 * kept(800)


@pytest.mark.parametrize("causal", [True, False])
def test_the_bias_belongs_to_distances(causal):
    """Of queries i and keys j, computed one by one."""
    attention, x = layer(17, causal)
    bias = attention._bias(T, None, x)[0]
    for i in range(T):
        distances = torch.arange(T) - i
        expected = attention.bias(distances).T.clone()
        if causal:
            expected[:, (distances > 0) | (distances <= -17)] = float("-inf")
        assert torch.equal(bias[:, i], expected.double())


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="3 heads do not divide"):
        SelfAttention(16, 3)
