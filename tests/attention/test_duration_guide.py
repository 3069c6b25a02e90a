import pytest
import torch

from tests.configured import configured
from tts.attention.base import ConstrainedAttention
from tts.attention.duration_guide import DurationGuide
from tts.attention.luong import Luong
from tts.core.interfaces import Memory

DURATIONS = torch.tensor([[2.0, 1.0, 3.0, 1.0, 1.0], [1.0, 4.0, 1.0, 0.0, 0.0]])


def memory(lengths=(5, 3)):
    mask = torch.arange(5) < torch.tensor(lengths).unsqueeze(1)
    return Memory(torch.zeros(2, 5, 2), torch.zeros(2, 5, 0), mask)


def supports(rule, steps):
    """Return the allowed symbols of each step, for each utterance."""
    text, state = memory(), rule.initial_state(memory())
    flat, rows = text.mask.float().unsqueeze(1) / text.mask.sum(1).view(2, 1, 1), []
    for _ in range(steps):
        weights = rule(flat, text, state)
        torch.testing.assert_close(weights.sum(2), torch.ones(2, 1))
        rows.append([torch.nonzero(weights[b, 0]).flatten().tolist() for b in range(2)])
        state = rule.update_state(weights, text, state)
    return list(zip(*rows))


def test_the_window_follows_the_durations_of_each_utterance():
    first, second = supports(configured(DurationGuide, window=0, durations=DURATIONS), 9)
    assert first == ([0], [0], [1], [2], [2], [2], [3], [4], [4])
    assert second == ([0], [1], [1], [1], [1], [2], [2], [2], [2])
    first, _ = supports(configured(DurationGuide, window=1, durations=DURATIONS), 4)
    assert first == ([0, 1], [0, 1], [0, 1, 2], [1, 2, 3])


def test_without_durations_every_symbol_has_the_same_pace():
    assert supports(configured(DurationGuide, window=0, pace=1.5), 7)[0] == ([0], [0], [1], [2], [2], [3], [4])


def test_valid_weights_are_unchanged_and_distant_ones_are_replaced():
    rule, text = configured(DurationGuide, window=1, durations=DURATIONS), memory()
    state = rule.initial_state(text)
    inside = torch.tensor([0.3, 0.7, 0.0, 0.0, 0.0]).repeat(2, 1, 1)
    assert torch.equal(rule(inside, text, state), inside)
    outside = torch.tensor([0.0, 0.0, 0.0, 0.0, 1.0]).repeat(2, 1, 1)
    assert rule(outside, text, state).argmax(2).flatten().tolist() == [0, 0]


def test_the_guide_moves_a_static_attention():
    torch.manual_seed(0)
    attention = configured(Luong, 4, 4).eval()
    prepared = attention.prepare(torch.randn(1, 20, 4), torch.ones(1, 20, dtype=torch.bool))
    guided = ConstrainedAttention(attention, [configured(DurationGuide, window=2, pace=3.0)])
    state, query, path = guided.initial_state(prepared), torch.randn(1, 4), []
    for _ in range(60):
        _, weights, state = guided.step(query, prepared, state)
        path.append(int(weights[0, 0].argmax()))
    assert all(abs(symbol - t // 3) <= 2 for t, symbol in enumerate(path))


def test_impossible_windows_are_errors():
    with pytest.raises(ValueError, match="more than 0 steps"):
        configured(DurationGuide, pace=0.0)
