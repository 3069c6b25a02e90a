import pytest
import torch

from tests.configured import configured, options_of
from tts.attention.forward_attention import ForwardAttention

ROWS = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]], dtype=torch.float64)


class Scripted(ForwardAttention):
    """An attention whose softmax rows are given as queries and whose transition agent returns given logits."""

    def __init__(self, T_text, transition_agent=None, moves=(), speed=0.0):
        options = {"attention_dim": 4, "num_filters": 2, "kernel_size": 3}
        options |= {"transition_agent": transition_agent, "speed": speed}
        super().__init__(T_text, T_text, **(options_of(ForwardAttention) | options))
        self.moves = list(moves)
        self.double()

    def scores(self, query, memory, state):
        return query.log()

    def _move(self, inputs, like):
        return torch.logit(torch.full_like(like, self.moves.pop(0)))


def run(attention, rows, start=None):
    memory = attention.prepare(torch.randn(1, rows.shape[1], rows.shape[1], dtype=torch.float64), rows[:1] >= 0)
    state, weights = attention.initial_state(memory), []
    state = state if start is None else state._replace(previous=start)
    for row in rows:
        _, w, state = attention.step(row.unsqueeze(0), memory, state)
        weights.append(w[0, 0])
    return torch.stack(weights)


def test_a_step_equals_the_published_recurrence():
    expected = torch.tensor([[0.625, 0.375, 0.0], [0.16949, 0.67797, 0.15254]], dtype=torch.float64)
    torch.testing.assert_close(run(Scripted(3), ROWS), expected, atol=1e-5, rtol=0)


def test_a_step_with_a_transition_agent_equals_the_published_recurrence():
    """The probability of moving is 1/2 in the first step and .8 in the second step."""
    expected = torch.tensor([[0.625, 0.375, 0.0], [0.06211, 0.71429, 0.22360]], dtype=torch.float64)
    found = run(Scripted(3, "context", moves=(0.8, 0.5)), ROWS)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_an_agent_of_one_half_changes_nothing():
    torch.manual_seed(0)
    rows = torch.rand(9, 6, dtype=torch.float64).softmax(1)
    found = run(Scripted(6, "context", moves=[0.5] * 9), rows)
    torch.testing.assert_close(found, run(Scripted(6), rows))


@pytest.mark.parametrize("agent", ["context", "query"])
def test_an_agent_of_one_moves_one_symbol_per_step_to_the_end(agent):
    uniform = torch.full((8, 4), 0.25, dtype=torch.float64)
    attention = Scripted(4, agent, moves=[1 - 1e-7] * 8)
    start = torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    path = run(attention, uniform, start)
    first = 1 if agent == "query" else 0  # the agent that sees the context speaks for the next step
    assert path.argmax(1).tolist()[1:] == [min(t + first, 3) for t in range(1, 8)]
    torch.testing.assert_close(path.sum(1), torch.ones(8, dtype=torch.float64))


def test_forward_attention_is_not_declared_monotonic():
    rows = torch.tensor([[0.9, 0.05, 0.05]], dtype=torch.float64)
    found = run(Scripted(3), rows, torch.tensor([[0.17, 0.68, 0.15]], dtype=torch.float64))
    torch.testing.assert_close(
        found[0] @ torch.arange(3.0).double(), torch.tensor(0.53, dtype=torch.float64), atol=5e-3, rtol=0
    )
    assert not ForwardAttention.is_monotonic


@pytest.mark.parametrize("agent", ["context", "query"])
def test_speed_control_changes_the_speed_in_generation(agent):
    torch.manual_seed(0)
    attention = configured(ForwardAttention, 4, 3, 5, num_filters=2, kernel_size=3, transition_agent=agent)
    torch.nn.init.zeros_(attention.score.weight)
    memory = attention.prepare(torch.randn(1, 60, 3), torch.ones(1, 60, dtype=torch.bool))
    queries, ends = torch.randn(1, 30, 4), {}
    for training in (True, False):
        for speed in (-1.0, 0.0, 1.0):
            attention.train(training).speed = speed
            ends[training, speed] = attention(queries, memory)[1][0, 0, -1].detach() @ torch.arange(60.0)
    assert ends[False, -1.0] + 3 < ends[False, 0.0] < ends[False, 1.0] - 3
    assert ends[True, -1.0] == ends[True, 0.0] == ends[True, 1.0] == ends[False, 0.0]


def test_extreme_energies_lose_no_precision():
    """The softmax prefers symbols that the path cannot reach: products underflow, logarithms do not."""
    attention = Scripted(50)
    rows = torch.full((1, 50), 1.0, dtype=torch.float64)
    rows[:, :2] = torch.tensor([1e-300, 3e-300], dtype=torch.float64)
    torch.testing.assert_close(run(attention, rows)[0, :3], torch.tensor([0.25, 0.75, 0.0], dtype=torch.float64))


def test_the_gradient_of_the_recurrence_is_correct():
    torch.manual_seed(0)
    attention = configured(ForwardAttention, 3, 2, 4, num_filters=2, kernel_size=3, transition_agent="context")
    attention = attention.double()
    mask = torch.tensor([[True] * 4, [True, True, False, False]])

    def alignment(queries, memory):
        return attention(queries, attention.prepare(memory, mask))[1]

    inputs = (torch.randn(2, 4, 3).double().requires_grad_(), torch.randn(2, 4, 2).double().requires_grad_())
    assert torch.autograd.gradcheck(alignment, inputs)


def test_speed_without_an_agent_is_an_error():
    with pytest.raises(ValueError, match="transition_agent"):
        configured(ForwardAttention, 4, 3, speed=1.0)
