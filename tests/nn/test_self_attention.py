import pytest
import torch

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


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="3 heads do not divide"):
        SelfAttention(16, 3)
