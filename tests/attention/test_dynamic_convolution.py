import torch
from torch.nn import functional as F

from tests.configured import configured
from tts.attention.dynamic_convolution import DynamicConvolution

TAPS = [0.740023, 0.074750, 0.041574, 0.029470, 0.023171, 0.019322, 0.016759, 0.014979, 0.013752, 0.013028, 0.013173]


def prior_only():
    attention = configured(DynamicConvolution, 4, 3, 6)
    torch.nn.init.zeros_(attention.score.weight)
    return attention


def test_prior_taps_equal_published_values():
    taps = prior_only()._prior_filter.flatten().flip(0)[10:]
    torch.testing.assert_close(taps, torch.tensor(TAPS, dtype=torch.float64), atol=1e-6, rtol=0)
    torch.testing.assert_close((taps * torch.arange(11)).sum(), torch.tensor(1.0, dtype=torch.float64))


def test_a_step_equals_the_published_recurrence():
    attention = prior_only()
    memory = attention.prepare(torch.randn(1, 4, 3), torch.ones(1, 4, dtype=torch.bool))
    _, alignments = attention(torch.randn(1, 2, 4), memory)
    expected = torch.tensor([[0.83541, 0.08439, 0.04693, 0.03327], [0.70642, 0.14271, 0.08658, 0.06428]])
    torch.testing.assert_close(alignments[0, 0], expected, atol=1e-5, rtol=0)


def test_the_prior_moves_only_forward():
    attention = configured(DynamicConvolution, 4, 3, 6)
    torch.nn.init.zeros_(attention.score.weight)
    previous = F.one_hot(torch.tensor([3]), 20).float()
    prior = attention._energies(torch.randn(1, 4), previous).exp()
    torch.testing.assert_close(prior[0, 3:14], torch.tensor(TAPS), atol=1e-6, rtol=0)
    assert prior[0, :3].max() <= 1.1e-6


def test_a_prior_may_be_longer_than_the_filters():
    attention = configured(DynamicConvolution, 4, 3, 6, kernel_size=5)
    torch.nn.init.zeros_(attention.score.weight)
    prior = attention._energies(torch.randn(1, 4), F.one_hot(torch.tensor([3]), 20).float()).exp()
    torch.testing.assert_close(prior[0, 3:14], torch.tensor(TAPS), atol=1e-6, rtol=0)


def test_one_product_of_all_filters_equals_two_convolutions():
    attention, query, previous = configured(DynamicConvolution, 4, 3, 6), torch.randn(2, 4), torch.rand(2, 15)
    static = attention.static_convolution(previous.unsqueeze(1))
    filters = attention.filter_network(query).view(2, 8, 21)
    dynamic = F.conv1d(previous.unsqueeze(0), filters.view(16, 1, 21), padding=10, groups=2).view(2, 8, 15)
    hidden = attention.static_projection(static.mT) + attention.dynamic_projection(dynamic.mT)
    taps = attention._prior_filter.float()
    prior = F.conv1d(previous.unsqueeze(1), taps, padding=10).squeeze(1).clamp_min(1e-6).log()
    expected = attention.score(torch.tanh(hidden)).squeeze(-1) + prior
    torch.testing.assert_close(attention._energies(query, previous), expected, atol=1e-5, rtol=1e-5)


def test_the_weights_do_not_depend_on_the_text():
    attention, queries, mask = (
        configured(DynamicConvolution, 4, 3, 6),
        torch.randn(2, 5, 4),
        torch.ones(2, 8, dtype=torch.bool),
    )
    a, b = (attention(queries, attention.prepare(torch.randn(2, 8, 3), mask))[1] for _ in range(2))
    torch.testing.assert_close(a, b)


def test_the_prior_alone_never_moves_back():
    attention = prior_only()
    memory = attention.prepare(torch.randn(1, 40, 3), torch.ones(1, 40, dtype=torch.bool))
    alignment = attention(torch.randn(1, 15, 4), memory)[1][0, 0]
    positions = alignment @ torch.arange(40.0)
    assert (positions.diff() > 0).all()


def test_energies_are_float32_with_autocast():
    attention = configured(DynamicConvolution, 4, 3, 6)
    memory = attention.prepare(torch.randn(2, 8, 3), torch.ones(2, 8, dtype=torch.bool))
    queries = torch.randn(2, 5, 4)
    exact = attention(queries, memory)[1]
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(attention(queries, memory)[1], exact, atol=1e-6, rtol=0)
