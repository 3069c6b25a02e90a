import itertools
import math

import pytest
import torch

from tests.configured import configured
from tts.attention.hard_monotonic import HardMonotonic, expected_stop

STOP = torch.tensor([[0.5, 0.25, 0.75], [0.1, 0.6, 0.5]], dtype=torch.float64)


def advance(start, stop, stop_at_last=False, mask=None):
    attention = configured(HardMonotonic, 3, 2, stop_at_last=stop_at_last, inference="soft")
    mask = torch.ones_like(stop, dtype=torch.bool) if mask is None else mask
    return attention.step_weights(start, torch.logit(stop), mask)


def scan(start, stop):
    """Compute eq. 9 symbol by symbol: q_j = (1 - p_{j-1}) q_{j-1} + start_j, weight p_j q_j."""
    q, weights = torch.zeros_like(start[..., 0]), []
    for j in range(start.shape[-1]):
        q = (q * (1 - stop[..., j - 1]) if j else q) + start[..., j]
        weights.append(stop[..., j] * q)
    return torch.stack(weights, -1)


def test_a_step_equals_the_published_recurrence():
    first = advance(torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64), STOP[0])
    second = advance(first, STOP[1])
    torch.testing.assert_close(first, torch.tensor([0.5, 0.125, 0.28125], dtype=torch.float64))
    torch.testing.assert_close(second, torch.tensor([0.05, 0.345, 0.255625], dtype=torch.float64))


@pytest.mark.parametrize("T_text", [50, 200])
def test_the_recurrence_is_exact_for_tiny_products(T_text):
    generator = torch.Generator().manual_seed(0)
    energies = 2 * torch.randn(100, T_text, generator=generator, dtype=torch.float64) - 1
    exact = fast = torch.nn.functional.one_hot(torch.tensor(0), T_text)
    exact, fast, mask = exact.double(), fast.float(), torch.ones(T_text, dtype=torch.bool)
    products = exact
    for row in energies:
        exact = scan(exact, torch.sigmoid(row))
        fast = expected_stop(fast, row.float(), mask, ~mask)
        passed = torch.cat((torch.ones(1), (1 - torch.sigmoid(row)).cumprod(0)[:-1])).clamp_min(1e-10)
        products = torch.sigmoid(row) * passed * (products / passed).cumsum(0)
    torch.testing.assert_close(fast.double(), exact, atol=1e-5, rtol=1e-3)
    if T_text == 50:
        assert (products - exact).abs().sum() > 0.1 * exact.sum()


def test_the_expectation_equals_the_mean_of_samples():
    generator = torch.Generator().manual_seed(0)
    stop = torch.rand(6, 8, generator=generator, dtype=torch.float64) * 0.6 + 0.2
    expected = torch.nn.functional.one_hot(torch.tensor(0), 8).double()
    here = torch.zeros(200_000, dtype=torch.int64)
    for row in stop:
        expected = advance(expected, row)
        stops = torch.rand(len(here), 8, generator=generator) < row
        stops &= torch.arange(8) >= here.unsqueeze(1)
        here = torch.where(stops.any(1), stops.int().argmax(1), 8)  # 8 is past the end, for good
    sampled = torch.bincount(here, minlength=9)[:8] / len(here)
    torch.testing.assert_close(expected.float(), sampled, atol=1e-2, rtol=0)


def test_the_rest_of_the_weight_goes_to_the_last_symbol():
    start = torch.tensor([[0.2, 0.5, 0.3, 0.0]], dtype=torch.float64)
    mask = torch.tensor([[True, True, True, False]])
    stop = torch.tensor([[0.5, 0.25, 0.1, 0.9]], dtype=torch.float64)
    lost, kept = advance(start, stop, False, mask), advance(start, stop, True, mask)
    torch.testing.assert_close(kept.sum(), torch.tensor(1.0, dtype=torch.float64))
    torch.testing.assert_close(kept[0, :2], lost[0, :2])
    assert kept[0, 3] == lost[0, 3] == 0


@pytest.mark.parametrize("stop_at_last", [True, False])
def test_hard_and_soft_are_equal_for_certain_decisions(stop_at_last):
    for signs in itertools.product((-1.0, 1.0), repeat=4):
        for here in range(4):
            start = torch.nn.functional.one_hot(torch.tensor([here]), 4).double()
            energies, mask = 15 * torch.tensor([signs], dtype=torch.float64), torch.ones(1, 4, dtype=torch.bool)
            rows = []
            for inference in ("soft", "hard"):
                attention = configured(HardMonotonic, 3, 2, stop_at_last=stop_at_last, inference=inference).eval()
                rows.append(attention.step_weights(start, energies, mask))
            torch.testing.assert_close(rows[0], rows[1], atol=1e-5, rtol=0)
            assert rows[1].sum() == (1 if stop_at_last or 1.0 in signs[here:] else 0)


def test_hard_inference_never_goes_back():
    torch.manual_seed(0)
    attention = configured(HardMonotonic, 6, 5, inference="hard").eval()
    memory = attention.prepare(torch.randn(3, 40, 5), torch.arange(40) < torch.tensor([[40], [7], [1]]))
    path = attention(3 * torch.randn(3, 60, 6), memory)[1][:, 0].argmax(2)
    assert (path.diff(dim=1) >= 0).all()
    assert path.max(1).values.tolist()[1:] <= [6, 0]


def test_the_initial_pace_is_that_of_the_initial_duration():
    attention = configured(HardMonotonic, 6, 5, initial_duration=4.0, sigmoid_noise=0.0, inference="soft")
    torch.nn.init.zeros_(attention.gain)
    memory = attention.prepare(torch.randn(1, 100, 5), torch.ones(1, 100, dtype=torch.bool))
    alignment = attention(torch.randn(1, 200, 6), memory)[1][0, 0]
    torch.testing.assert_close(alignment[-1] @ torch.arange(100.0), torch.tensor(50.0), atol=0.5, rtol=0)
    attention.rescale_time(2.0)
    alignment = attention(torch.randn(1, 100, 6), memory)[1][0, 0]
    torch.testing.assert_close(alignment[-1] @ torch.arange(100.0), torch.tensor(50.0), atol=0.5, rtol=0)


def test_the_gradient_of_a_step_is_correct():
    start = torch.rand(2, 5, dtype=torch.float64)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    start = (start * mask).requires_grad_()
    energies = torch.randn(2, 5, dtype=torch.float64, requires_grad=True)
    inner = start.detach().clamp_min(0.1).requires_grad_()
    assert torch.autograd.gradcheck(lambda s, e: expected_stop(s, e, mask, ~mask), (inner, energies))
    zeros = torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0]] * 2, dtype=torch.float64, requires_grad=True)
    expected_stop(zeros, energies, mask, ~mask).square().sum().backward()
    assert torch.isfinite(zeros.grad).all()
    assert torch.isfinite(energies.grad).all()


def test_extreme_energies_lose_no_certainty():
    weights = expected_stop(
        torch.tensor([1.0, 0.0]), torch.tensor([1e4, -1e4]), torch.tensor([True, True]), torch.tensor([False, False])
    )
    assert math.isclose(float(weights[0]), 1.0, abs_tol=1e-6)


def by_medians(energies, quantile=0.5, stop_at_last=True, length=None):
    """Apply the median rule to one utterance: energies (T_dec, T_text) to symbols; None after the end of the text."""
    here, survival, path = 0, 1.0, []
    length = length or energies.shape[1]
    for row in torch.sigmoid(energies).tolist():
        if here is not None:
            survival *= row[here]
            if survival < 1 - quantile and not (stop_at_last and here == length - 1):
                passed, target = 1.0, None
                for j in range(here + 1, length):
                    passed *= 1 - row[j]
                    if passed < 0.5 or (stop_at_last and j == length - 1):
                        target = j
                        break
                here, survival = target, 1.0
        path.append(here)
    return path


@pytest.mark.parametrize("quantile", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("stop_at_last", [True, False])
def test_the_median_rule_equals_its_definition(stop_at_last, quantile):
    torch.manual_seed(0)
    attention = configured(HardMonotonic, 3, 2, stop_at_last=stop_at_last, duration_quantile=quantile).eval()
    energies, mask = 2 * torch.randn(3, 25, 9).double(), torch.arange(9) < torch.tensor([[9], [9], [5]])
    memory = attention.prepare(torch.zeros(3, 9, 2, dtype=torch.float64).float(), mask)
    rows = torch.stack(attention.scan(energies, memory), 1)
    for b, length in enumerate((9, 9, 5)):
        expected = by_medians(energies[b], quantile, stop_at_last, length)
        found = [int(row.argmax()) if row.sum() > 0 else None for row in rows[b]]
        assert found == expected


def test_the_median_rule_advances_where_the_hard_rule_does_not():
    attention = configured(HardMonotonic, 3, 2).eval()
    energies = torch.full((1, 10, 4), math.log(3.0))  # p = 3/4 everywhere: three stays are less likely than not
    memory = attention.prepare(torch.zeros(1, 4, 2), torch.ones(1, 4, dtype=torch.bool))
    path = torch.stack(attention.scan(energies, memory), 1).argmax(2)[0]
    assert path.tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]
    attention.inference = "hard"
    assert torch.stack(attention.scan(energies, memory), 1).argmax(2).max() == 0
