import pytest
import torch

from tests.configured import configured
from tts.acoustic.stopping import CoverageStop
from tts.core.interfaces import Memory


def stop_rule(**options):
    """Build a stop rule; the default is no limit after the end."""
    return configured(CoverageStop, **({"max_steps_at_end": None} | options))


def ends(rule, wishes, symbols, lengths=(8,), N=8):
    """Return the step at which each utterance ends; stop requests and symbols have shape (T, B)."""
    mask = torch.arange(N) < torch.tensor(lengths).unsqueeze(1)
    memory = Memory(torch.zeros(*mask.shape, 2), torch.zeros(*mask.shape, 0), mask)
    state, found = rule.initial_state(memory), [None] * len(lengths)
    for t, (wish, symbol) in enumerate(zip(wishes, symbols)):
        weights = torch.zeros(len(lengths), 1, N).scatter_(2, torch.tensor(symbol).view(-1, 1, 1).clamp_min(0), 1.0)
        weights[torch.tensor(symbol) < 0] = 0.0  # faded
        stop, state = rule(torch.tensor(wish), weights, memory, state)
        for b in torch.nonzero(stop).flatten().tolist():
            found[b] = t if found[b] is None else found[b]
    return found


def test_a_stop_request_before_the_end_of_the_text_is_ignored():
    wishes = [[False], [True], [True], [False], [True]]
    assert ends(stop_rule(last_symbols=2), wishes, [[0], [1], [5], [6], [7]]) == [4]
    assert ends(stop_rule(last_symbols=3), wishes, [[0], [1], [5], [6], [7]]) == [2]


def test_a_stop_request_must_be_repeated():
    wishes = [[True], [False], [True], [True], [True]]
    assert ends(stop_rule(min_stop_requests=3), wishes, [[7]] * 5) == [4]


def test_the_attention_must_stay_at_the_end():
    assert ends(stop_rule(min_steps_at_end=2), [[True]] * 6, [[7], [0], [7], [7], [7], [7]]) == [3]


def test_too_many_steps_at_the_end_stop_without_a_request():
    symbols = [[5], [7], [7], [2], *[[7]] * 6]
    assert ends(stop_rule(last_symbols=1, max_steps_at_end=4), [[False]] * 10, symbols) == [7]
    assert ends(stop_rule(last_symbols=1), [[False]] * 10, symbols) == [None]


def test_half_of_the_weight_on_the_end_counts_as_the_end():
    rule, mask = stop_rule(last_symbols=3), torch.ones(1, 8, dtype=torch.bool)
    memory = Memory(torch.zeros(1, 8, 2), torch.zeros(1, 8, 0), mask)
    row = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.4, 0.2, 0.2, 0.2]).view(1, 1, 8)
    assert bool(rule(torch.tensor([True]), row, memory, rule.initial_state(memory))[0])
    assert not bool(rule(torch.tensor([True]), row.roll(-1, 2), memory, rule.initial_state(memory))[0])


def test_a_mixture_without_weight_keeps_its_position():
    assert ends(stop_rule(), [[False], [False], [True]], [[6], [-1], [-1]]) == [2]
    assert ends(stop_rule(), [[False], [False], [True]], [[2], [-1], [-1]]) == [None]


def test_every_utterance_stops_independently():
    wishes = [[True, True, True]] * 4
    symbols = [[0, 0, 0], [3, 3, 3], [5, 5, 4], [7, 7, 4]]
    assert ends(stop_rule(last_symbols=1), wishes, symbols, (8, 4, 6)) == [3, 1, None]


@pytest.mark.parametrize("wrong", [{"last_symbols": 0}, {"min_steps_at_end": 5, "max_steps_at_end": 3}])
def test_wrong_arguments_are_errors(wrong):
    with pytest.raises(ValueError, match="at least"):
        stop_rule(**wrong)
