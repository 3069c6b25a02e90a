"""Constraints in generation: each changes the weights as described, and only for its own utterance."""

import pytest
import torch
from torch.nn import functional as F

from tests.configured import configured
from tts.attention.additive import Additive
from tts.attention.base import ConstrainedAttention
from tts.attention.constraints import ForcedIncrement, MaxDuration, MovingPrior, NoBacktracking, Window
from tts.attention.gmm import GaussianMixture
from tts.attention.location_sensitive import LocationSensitive
from tts.attention.stepwise_monotonic import StepwiseMonotonic
from tts.core.interfaces import Memory

N = 8
RULES = [
    configured(Window),
    configured(NoBacktracking),
    configured(ForcedIncrement),
    MaxDuration(2),
    configured(MovingPrior, warm_up=2, advance_after=2, suppress_after=3),
]
IDS = [type(rule).__name__ for rule in RULES]


def memory(*lengths, size=N):
    mask = torch.arange(size) < torch.tensor(lengths).unsqueeze(1)
    return Memory(torch.randn(*mask.shape, 3), torch.zeros(*mask.shape, 0), mask)


def run(rule, rows, lengths=(N,)):
    """Apply the constraint to fixed attention weights (T, B, N); return the new weights (T, B, N)."""
    text, results = memory(*lengths, size=rows.shape[2]), []
    state = rule.initial_state(text)
    for row in rows:
        weights = rule(row.unsqueeze(1), text, state)
        state = rule.update_state(weights, text, state)
        results.append(weights.squeeze(1))
    return torch.stack(results)


def one_hots(*symbols):
    return F.one_hot(torch.tensor(symbols), N).float().unsqueeze(1)


def peaks(rule, *symbols):
    return run(rule, one_hots(*symbols)).argmax(2).flatten().tolist()


def test_a_window_keeps_the_ratios_inside():
    row = torch.tensor([[0.1, 0.2, 0.1, 0.05, 0.05, 0.3, 0.1, 0.1]])
    first = run(Window(back=1, ahead=3), row.unsqueeze(0))[0, 0]
    torch.testing.assert_close(first, torch.tensor([0.25, 0.5, 0.25, 0, 0, 0, 0, 0]))


def test_a_window_moves_with_the_attention_and_waits_without_weight():
    assert peaks(Window(back=1, ahead=3), 0, 2, 4, 3, 5, 0, 5) == [0, 2, 4, 3, 5, 5, 5]


def test_no_backtracking_forbids_repeats_but_not_skips():
    assert peaks(NoBacktracking(back=1), 0, 5, 4, 3, 2, 6) == [0, 5, 4, 5, 5, 6]  # steps back do not add up


def test_a_jump_becomes_one_step_ahead():
    assert peaks(ForcedIncrement(back=1, ahead=3), 0, 3, 2, 7, 0, 5) == [0, 3, 2, 3, 4, 5]


def test_only_the_last_symbol_may_exceed_the_maximum_duration():
    assert peaks(MaxDuration(3), *[5] * 3, *[0] * 9) == [5, 5, 5] + [0] * 3 + [1] + [0] * 3 + [1] + [0]
    assert peaks(MaxDuration(2), *[7] * 6) == [7] * 6


def test_a_moving_prior_moves_a_static_attention():
    rule = configured(MovingPrior, warm_up=0, advance_after=2, suppress_after=3)
    stuck = torch.full((24, 1, N), 0.1 / (N - 1))
    stuck[..., 0] = 0.9
    path = run(rule, stuck).argmax(2).flatten()
    assert path[:4].tolist() == [0, 0, 0, 2]  # three steps, by which time the prior has moved on by one
    assert (path.diff() >= 0).all()
    assert path[-1] == N - 1


def test_a_moving_prior_has_its_factors():
    rule = configured(MovingPrior, warm_up=1)
    rows = run(rule, torch.full((2, 1, N), 1.0 / N))
    torch.testing.assert_close(rows[0], torch.full((1, N), 1.0 / N))
    factors = torch.tensor([0.8, 1.0, 0.8, 1e-5, 1e-5, 1e-5, 1e-5, 1e-5])  # the pointer is on symbol 0
    torch.testing.assert_close(rows[1, 0], factors / factors.sum())


def test_a_moving_prior_does_not_change_short_texts():
    rows = torch.rand(6, 1, N).softmax(-1)
    assert torch.equal(run(configured(MovingPrior, warm_up=0, min_symbols=6), rows, (5,)), rows)


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_every_utterance_has_its_own_state(rule):
    torch.manual_seed(0)
    rows = torch.softmax(4 * torch.randn(20, 3, N), -1)
    lengths = (8, 3, 6)
    rows = rows * memory(*lengths).mask
    together = run(rule, rows, lengths)
    for b, n in enumerate(lengths):
        alone = run(rule, rows[:, b : b + 1, :n], (n,))
        torch.testing.assert_close(together[:, b : b + 1, :n], alone)
        assert together[:, b, n:].abs().max() == 0 if n < N else True


@pytest.mark.parametrize("rule", RULES[:4], ids=IDS[:4])
def test_valid_weights_are_unchanged(rule):
    torch.manual_seed(0)
    attention = configured(StepwiseMonotonic, 6, 3, inference="hard", max_duration=2).eval()
    text = attention.prepare(torch.randn(2, N, 3), memory(8, 4).mask)
    ruled, plain = ConstrainedAttention(attention, [rule]), attention
    states, limit = (ruled.initial_state(text), plain.initial_state(text)), 14
    for query in 3 * torch.randn(limit, 2, 6):
        (a, b, x), (c, d, y) = ruled.step(query, text, states[0]), plain.step(query, text, states[1])
        assert torch.equal(a, c)
        assert torch.equal(b, d)
        states = x, y


def test_the_attention_state_and_context_use_the_constrained_weights():
    torch.manual_seed(0)
    attention = configured(LocationSensitive, 6, 3, 4, num_filters=2, kernel_size=3)
    ruled = ConstrainedAttention(attention, [Window(0, 2), MaxDuration(2)])
    text = attention.prepare(torch.randn(2, N, 3), memory(8, 4).mask)
    state, total = ruled.initial_state(text), torch.zeros(2, N)
    for query in torch.randn(12, 2, 6):
        context, weights, state = ruled.step(query, text, state)
        total = total + weights.squeeze(1)
        torch.testing.assert_close(context, (weights @ text.values).squeeze(1))
        torch.testing.assert_close(state.attention.cumulative, total)
    assert state.attention.previous.argmax(1).tolist()[1] == 3  # pulled along to the end of the text


def test_constraints_apply_in_order_and_receive_the_final_weights():
    attention = Additive(6, 3, 4)
    torch.nn.init.zeros_(attention.score.weight)
    text = attention.prepare(torch.randn(1, N, 3), memory(N).mask)
    ruled = ConstrainedAttention(attention, [Window(0, 2), NoBacktracking(0)])
    _, weights, state = ruled.step(torch.randn(1, 6), text, ruled.initial_state(text))
    torch.testing.assert_close(weights[0, 0, :3], torch.tensor([0.5, 0.5, 0.0]))
    assert state.constraints[0] == state.constraints[1]


def test_a_mixture_without_weight_keeps_the_pointer():
    attention = configured(GaussianMixture, 6, 3, version=2, step=3.0, width=1.0)
    text = attention.prepare(torch.randn(1, N, 3), memory(N).mask)
    ruled = ConstrainedAttention(attention, [configured(Window)])
    state, rows = ruled.initial_state(text), []
    for query in torch.zeros(12, 1, 6):
        _, weights, state = ruled.step(query, text, state)
        rows.append(int(weights.argmax()))
    assert rows == sorted(rows)
    assert rows[-1] == N - 1


@pytest.mark.parametrize(
    "wrong", [lambda: Window(0, 1), lambda: MaxDuration(0), lambda: configured(MovingPrior, advance_after=10)]
)
def test_constraints_that_cannot_advance_are_errors(wrong):
    with pytest.raises(ValueError, match=r"ahead|steps|advance_after"):
        wrong()
