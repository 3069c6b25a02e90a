import math

import pytest
import torch
from scipy import stats

from tests.configured import configured
from tts.attention.gmm import GaussianMixture

MIXTURE = torch.tensor([[[0.25, 0.75]]], dtype=torch.float64)
POSITIONS = torch.tensor([[[1.0, 2.0]]], dtype=torch.float64)
WIDTHS = torch.tensor([[[1.0, 0.5]]], dtype=torch.float64)
FOUR = torch.ones(1, 4, dtype=torch.bool)
VERSIONS = [(0, None, None), (1, None, None), (2, None, None), (2, "normal", None), (2, "logistic", None)]
VERSIONS += [(2, None, "row"), (2, None, "component"), (2, "normal", "component"), (1, "logistic", "component")]


def mixture(query_dim, memory_dim, **options):
    """Build mixture attention; the default is version 2."""
    options = {"version": 2, "step": 1.0, "width": 10.0} | options
    return configured(GaussianMixture, query_dim, memory_dim, **options)


@pytest.mark.parametrize(
    ("discretize", "expected"),
    [
        (None, (0.060693, 0.180722, 0.658906, 0.094484)),
        ("normal", (0.061445, 0.213710, 0.572450, 0.133128)),
        ("logistic", (0.079329, 0.227366, 0.395367, 0.192778)),
    ],
)
def test_weights_equal_values_by_hand(discretize, expected):
    weights = mixture(3, 2, discretize=discretize).weights(MIXTURE, POSITIONS, WIDTHS, FOUR)
    torch.testing.assert_close(weights[0, 0], torch.tensor(expected, dtype=torch.float64), atol=1e-5, rtol=0)


def test_weights_equal_distributions_of_scipy():
    j = torch.arange(4).numpy()
    cells = sum(
        w * (stats.norm(m, s).cdf(j + 0.5) - stats.norm(m, s).cdf(j - 0.5))
        for w, m, s in ((0.25, 1, 1), (0.75, 2, 0.5))
    )
    found = mixture(3, 2, discretize="normal").weights(MIXTURE, POSITIONS, WIDTHS, FOUR)
    torch.testing.assert_close(found[0, 0], torch.as_tensor(cells))


@pytest.mark.parametrize(
    ("version", "step", "width"),
    [
        (0, math.exp(0.3), math.sqrt(math.exp(-0.7) / 2)),
        (1, math.exp(0.3), math.exp(0.35)),
        (2, math.log1p(math.exp(0.3)), math.log1p(math.exp(0.7))),
    ],
)
def test_the_versions_equal_the_table_of_the_paper(version, step, width):
    attention = mixture(3, 2, num_components=2, version=version, step=None, width=None).double()
    torch.nn.init.zeros_(attention.network[2].weight)
    with torch.no_grad():
        attention.network[2].bias.copy_(torch.tensor([0.1, 0.6, 0.3, 0.3, 0.7, 0.7]))
    shares, steps, widths = attention.mixture_parameters(torch.randn(1, 1, 3).double())
    raw = torch.tensor([0.1, 0.6])
    expected = raw.exp() if version == 0 else raw.softmax(0)
    torch.testing.assert_close(shares[0, 0], expected.double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(steps[0, 0], torch.full((2,), step).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(widths[0, 0], torch.full((2,), width).double(), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("version", "biases"), [(1, (0.0, 4.605170)), (2, (0.541325, 9.999955))])
def test_the_initial_biases_equal_the_paper(version, biases):
    bias = mixture(3, 2, version=version, step=1.0, width=10.0).network[2].bias
    torch.testing.assert_close(bias[5], torch.tensor(biases[0]), atol=1e-5, rtol=0)
    torch.testing.assert_close(bias[10], torch.tensor(biases[1]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("version", [0, 1, 2])
def test_the_initial_step_and_width_are_those_of_the_options(version):
    torch.manual_seed(0)
    attention = mixture(3, 2, version=version, step=0.3, width=2.0)
    _, steps, widths = attention.mixture_parameters(torch.randn(1, 50, 3))
    torch.testing.assert_close(steps.mean(), torch.tensor(0.3), atol=0.03, rtol=0)
    torch.testing.assert_close(widths.mean(), torch.tensor(2.0), atol=0.2, rtol=0)


@pytest.mark.parametrize(("version", "discretize", "normalize"), VERSIONS)
def test_positions_never_decrease(version, discretize, normalize):
    torch.manual_seed(0)
    options = {"version": version, "discretize": discretize, "normalize": normalize, "step": 0.5, "width": 2.0}
    attention = mixture(3, 2, num_components=1, **options)
    memory = attention.prepare(torch.randn(2, 30, 2), torch.ones(2, 30, dtype=torch.bool))
    state, queries = attention.initial_state(memory), torch.randn(2, 25, 3)
    peaks = attention(queries, memory)[1][:, 0].argmax(2)
    assert (peaks.diff(dim=1) >= 0).all()
    assert peaks[:, -1].min() > 5
    for query in queries.unbind(1):
        _, _, after = attention.step(query, memory, state)
        assert (after.positions > state.positions).all()
        state = after


@pytest.mark.parametrize(("discretize", "normalize"), [(None, "row"), (None, "component"), ("normal", "component")])
def test_beyond_the_end_the_last_symbol_has_all_weight(discretize, normalize):
    attention = mixture(3, 2, discretize=discretize, normalize=normalize)
    mask = torch.tensor([[True, True, True, False]])
    weights = attention.weights(MIXTURE, POSITIONS + 40, WIDTHS, mask)
    torch.testing.assert_close(weights[0, 0], torch.tensor([0.0, 0.0, 1.0, 0.0], dtype=torch.float64))


def test_without_normalization_the_weight_fades_beyond_the_end():
    weights = mixture(3, 2).weights(MIXTURE, POSITIONS + 40, WIDTHS, FOUR)
    assert weights.sum() < 1e-6


def test_sampled_densities_can_exceed_one():
    narrow = torch.full_like(WIDTHS, 0.1)
    assert mixture(3, 2).weights(MIXTURE, POSITIONS, narrow, FOUR).sum() > 3.9
    cells = mixture(3, 2, discretize="normal").weights(MIXTURE, POSITIONS, narrow, FOUR).sum()
    torch.testing.assert_close(cells, torch.tensor(1.0, dtype=torch.float64), atol=1e-5, rtol=0)


def test_the_maximum_step_is_respected():
    attention = mixture(3, 2, max_step=2.0)
    steps = attention.mixture_parameters(1e3 * torch.randn(1, 200, 3))[1]
    assert steps.max() <= 2.0
    assert steps.min() > 0.0


def test_a_shared_position_keeps_the_components_together():
    """Steps of 0.5 and 2 with weights 1/4 and 3/4: 1.625 symbols on average, from which both components start."""
    torch.manual_seed(0)
    attention = mixture(3, 2, num_components=2, shared_position=True, step=None, width=None, start=0.0).double()
    torch.nn.init.zeros_(attention.network[2].weight)
    inverse = [math.log(math.expm1(x)) for x in (0.5, 2.0)]
    with torch.no_grad():
        attention.network[2].bias.copy_(torch.tensor([0.0, math.log(3.0), *inverse, 0.5, 0.5]))
    memory = attention.prepare(torch.randn(1, 9, 2).double(), torch.ones(1, 9, dtype=torch.bool))
    queries = torch.randn(1, 4, 3).double()
    means = [0.0, 1.625, 3.25, 4.875]
    positions = torch.tensor([[[mean + 0.5, mean + 2.0] for mean in means]]).double()
    shares, _, widths = attention.mixture_parameters(queries)
    expected = attention.weights(shares, positions, widths, memory.mask)
    torch.testing.assert_close(attention(queries, memory)[1].squeeze(1), expected)
    state = attention.initial_state(memory)
    for t in range(4):
        _, weights, state = attention.step(queries[:, t], memory, state)
        torch.testing.assert_close(weights.flatten(), expected[0, t])


@pytest.mark.parametrize(("version", "discretize", "normalize"), VERSIONS)
def test_the_gradient_is_correct(version, discretize, normalize):
    torch.manual_seed(0)
    options = {"version": version, "discretize": discretize, "normalize": normalize, "width": 2.0}
    attention = mixture(3, 2, attention_dim=4, num_components=2, **options).double()
    memory = attention.prepare(torch.randn(1, 5, 2).double(), torch.tensor([[True] * 4 + [False]]))
    assert torch.autograd.gradcheck(lambda q: attention(q, memory)[1], torch.randn(1, 3, 3).double().requires_grad_())


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 3},
        {"version": 0, "normalize": "row"},
        {"version": 1, "max_step": 2.0},
        {"version": 0, "shared_position": True},
    ],
)
def test_wrong_arguments_are_errors(wrong):
    with pytest.raises(ValueError, match=r"version|max_step"):
        mixture(3, 2, **wrong)
