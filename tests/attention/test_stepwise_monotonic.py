import math

import pytest
import torch

from tests.configured import configured, options_of
from tts.attention.base import Attention
from tts.attention.stepwise_base import StepwiseRecurrence, stepwise_step
from tts.attention.stepwise_monotonic import StepwiseMonotonic

STAY = torch.tensor([[0.5, 0.25, 1.0], [0.1, 0.6, 1.0]], dtype=torch.float64)
START = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)


class Scripted(StepwiseMonotonic):
    """An attention whose stay probabilities (T, T_text) are given as queries."""

    def __init__(self, inference, T_text):
        options = {"initial_duration": 2.0, "inference": inference, "sigmoid_noise": 0.0}  # a bias of zero
        super().__init__(T_text, T_text, **(options_of(StepwiseMonotonic) | options))

    def project_keys(self, values):
        return values

    def energies(self, queries, keys):
        """Keys are one-hot."""
        return torch.logit((queries.double() * keys.double()).sum(-1))

    def all_energies(self, queries, keys):
        return torch.logit(queries.double())


def run(stay, inference):
    attention = Scripted(inference, stay.shape[1]).eval()
    memory = attention.prepare(torch.eye(stay.shape[1]).unsqueeze(0), torch.ones(1, stay.shape[1], dtype=torch.bool))
    return attention(stay.unsqueeze(0).float(), memory)[1][0, 0].double()


def test_a_step_equals_the_published_recurrence():
    first = stepwise_step(START, STAY[:1])
    second = stepwise_step(first, STAY[1:])
    torch.testing.assert_close(first, torch.tensor([[0.5, 0.5, 0.0]], dtype=torch.float64))
    torch.testing.assert_close(second, torch.tensor([[0.05, 0.75, 0.2]], dtype=torch.float64))


def test_the_soft_recurrence_equals_the_mean_of_samples():
    generator = torch.Generator().manual_seed(0)
    stay = torch.rand(12, 6, generator=generator) * 0.8 + 0.1
    stay[:, -1] = 1.0
    here = torch.zeros(200_000, dtype=torch.int64)
    for row in stay:
        here = here + (torch.rand(len(here), generator=generator) >= row[here]).long()
    sampled = torch.bincount(here, minlength=6) / len(here)
    torch.testing.assert_close(run(stay, "soft")[-1].float(), sampled, atol=1e-2, rtol=0)


def test_the_gradient_of_the_recurrence_is_correct():
    position = torch.rand(2, 5, dtype=torch.float64, requires_grad=True)
    stay = torch.rand(2, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(stepwise_step, (position, stay))


@pytest.mark.parametrize("inference", ["soft", "hard", "median"])
def test_certain_decisions_give_one_path(inference):
    decisions = torch.tensor([1, 1, 0, 1, 0, 0, 1, 1, 1, 1], dtype=torch.float64)
    stay = (decisions * 2 - 1).mul(30).sigmoid().unsqueeze(1).expand(-1, 4)
    path = run(stay, inference)
    expected = torch.tensor([0, 0, 1, 1, 2, 3, 3, 3, 3, 3])
    assert torch.equal(path.argmax(1), expected)
    torch.testing.assert_close(path.max(1).values, torch.ones(10, dtype=torch.float64), atol=1e-6, rtol=0)


def test_the_median_rule_advances_where_the_hard_rule_does_not():
    stay = torch.full((20, 4), 0.8)
    assert run(stay, "hard").argmax(1).max() == 0
    median = math.ceil(
        math.log(0.5) / math.log(0.8)
    )  # of a geometric distribution: 4 steps, counting the one that moves
    path = run(stay, "median").argmax(1)
    assert torch.equal(path, torch.div(torch.arange(20) + 1, median, rounding_mode="floor").clamp_max(3))


def test_a_higher_duration_quantile_is_slower():
    torch.manual_seed(2)
    attention = configured(StepwiseMonotonic, 6, 5, inference="median", duration_quantile=0.8).eval()
    with torch.no_grad():
        attention.gain.zero_()  # every decision is the bias: stays are geometric with p = 0.8
        attention.stay_bias.fill_(math.log(4))
    memory = attention.prepare(torch.randn(1, 4, 5), torch.ones(1, 4, dtype=torch.bool))
    path = attention(torch.randn(1, 30, 6), memory)[1][0, 0].argmax(1)
    stay = math.ceil(math.log(0.2) / math.log(0.8))  # 8 steps where the median is 4
    assert torch.equal(path, torch.div(torch.arange(30) + 1, stay, rounding_mode="floor").clamp_max(3))
    with pytest.raises(ValueError, match="duration_quantile is 1"):
        configured(StepwiseMonotonic, 6, 5, duration_quantile=1)


@pytest.mark.parametrize("inference", ["hard", "median"])
def test_every_symbol_is_visited_in_order_for_any_logits(inference):
    torch.manual_seed(1)
    attention = configured(StepwiseMonotonic, 6, 5, inference=inference).eval()
    memory = attention.prepare(torch.randn(4, 9, 5), torch.arange(9) < torch.tensor([[9], [5], [1], [7]]))
    path = attention(3 * torch.randn(4, 400, 6), memory)[1][:, 0].argmax(2)
    steps = path.diff(dim=1)
    assert steps.min() >= 0
    assert steps.max() <= 1


def test_extreme_stay_logits_work():
    always, never = torch.ones(6, 4).clamp(max=1 - 1e-12), torch.full((6, 4), 1e-12)
    assert run(always, "hard").argmax(1).tolist() == [0] * 6
    assert run(never, "hard").argmax(1).tolist() == [1, 2, 3, 3, 3, 3]


def test_alignments_along_give_the_exact_likelihood():
    torch.manual_seed(2)
    attention = configured(StepwiseMonotonic, 6, 5, sigmoid_noise=0.0).double().eval()
    memory = attention.prepare(torch.randn(1, 3, 5).double(), torch.ones(1, 3, dtype=torch.bool))
    queries, path = torch.randn(1, 5, 6).double(), torch.tensor([[0, 0, 1, 1, 2]])
    chosen = attention.alignments_along(queries, memory, path)[0, 0].gather(1, path[0].unsqueeze(1)).prod()
    stay = torch.sigmoid(attention.stay_logits(attention.all_energies(queries, memory.keys)))[0]  # (5, 3)
    expected = stay[0, 0] * stay[1, 0] * (1 - stay[2, 0]) * stay[3, 1] * (1 - stay[4, 1])
    torch.testing.assert_close(chosen, expected)


def test_the_initial_pace_reaches_the_end():
    attention = configured(StepwiseMonotonic, 6, 5, initial_duration=4.0, sigmoid_noise=0.0).eval()
    torch.nn.init.zeros_(attention.gain)
    memory = attention.prepare(torch.randn(1, 100, 5), torch.ones(1, 100, dtype=torch.bool))
    alignment = attention(torch.randn(1, 200, 6), memory)[1][0, 0]
    torch.testing.assert_close(alignment[-1] @ torch.arange(100.0), torch.tensor(50.0), atol=0.5, rtol=0)


def test_an_initial_duration_of_one_step_is_an_error():
    with pytest.raises(ValueError, match="reduction factor"):
        configured(StepwiseMonotonic, 4, 3, initial_duration=1.0)


def test_the_gradient_of_the_whole_recurrence_is_correct():
    position, stay = torch.rand(2, 5, dtype=torch.float64), torch.rand(2, 4, 5, dtype=torch.float64)
    assert torch.autograd.gradcheck(StepwiseRecurrence.apply, (position.requires_grad_(), stay.requires_grad_()))


def test_the_whole_recurrence_equals_its_steps():
    position, stay = START.clone(), torch.rand(1, 6, 3, dtype=torch.float64)
    whole = StepwiseRecurrence.apply(position, stay)
    for t in range(6):
        position = stepwise_step(position, stay[:, t])
        torch.testing.assert_close(whole[:, t], position)


@pytest.mark.parametrize("inference", ["soft", "hard", "median"])
def test_no_symbol_exceeds_the_maximum_duration(inference):
    attention = configured(StepwiseMonotonic, 6, 5, inference=inference, max_duration=3, initial_duration=1000.0).eval()
    memory = attention.prepare(torch.randn(2, 6, 5), torch.arange(6) < torch.tensor([[6], [2]]))
    path = attention(torch.randn(2, 30, 6), memory)[1][:, 0].argmax(2)
    assert torch.bincount(path[0]).tolist()[:-1] == [3] * 5
    assert torch.bincount(path[1]).tolist() == [3, 27]  # the last symbol may stay


def test_the_maximum_duration_applies_only_in_generation():
    free, limited = (
        configured(StepwiseMonotonic, 6, 5, sigmoid_noise=0.0),
        configured(StepwiseMonotonic, 6, 5, sigmoid_noise=0.0, max_duration=1),
    )
    limited.load_state_dict(free.state_dict())
    memory, queries = torch.randn(1, 6, 5), torch.randn(1, 9, 6)
    runs = [a.train()(queries, a.prepare(memory, torch.ones(1, 6, dtype=torch.bool)))[1] for a in (free, limited)]
    torch.testing.assert_close(*runs)


def test_rescale_time_keeps_the_pace():
    attention = configured(StepwiseMonotonic, 6, 5, initial_duration=4.0, sigmoid_noise=0.0).eval()
    torch.nn.init.zeros_(attention.gain)
    memory = attention.prepare(torch.randn(1, 100, 5), torch.ones(1, 100, dtype=torch.bool))
    attention.rescale_time(2.0)
    alignment = attention(torch.randn(1, 100, 6), memory)[1][0, 0]
    torch.testing.assert_close(alignment[-1] @ torch.arange(100.0), torch.tensor(50.0), atol=0.5, rtol=0)


def test_an_old_model_generates_the_same():
    """max_duration does not change the stored weights; without it no step changes."""
    torch.manual_seed(0)
    attention = configured(StepwiseMonotonic, 6, 5, inference="median").eval()
    names = {
        "query_projection.weight",
        "key_projection.weight",
        "key_projection.bias",
        "direction",
        "gain",
        "stay_bias",
    }
    assert set(attention.state_dict()) == names
    limited = configured(StepwiseMonotonic, 6, 5, inference="median", max_duration=10_000).eval()
    limited.load_state_dict(attention.state_dict())
    memory, queries = attention.prepare(torch.randn(2, 9, 5), torch.ones(2, 9, dtype=torch.bool)), torch.randn(2, 40, 6)
    assert torch.equal(Attention.forward(attention, queries, memory)[1], limited(queries, memory)[1])
