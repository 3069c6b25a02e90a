import pytest
import torch

from tests.configured import configured
from tts.acoustic.online_checks import OnlineChecks
from tts.acoustic.stopping import CoverageStop
from tts.core.interfaces import Memory

N = 20
LIMITS = {"start_symbols": 3, "jump_symbols": 3, "back_symbols": 4, "back_steps": 3, "stall_steps": 12, "tail_steps": 8}


def end(symbols, wish=(), **options):
    """Return the number of steps after which an utterance that attends to ``symbols`` ends; None if it does not end."""
    checks = configured(
        OnlineChecks,
        configured(CoverageStop, last_symbols=2, max_steps_at_end=None),
        last_symbols=2,
        **LIMITS | options,
    )
    memory = Memory(torch.zeros(1, N, 2), torch.zeros(1, N, 0), torch.ones(1, N, dtype=torch.bool))
    state = checks.initial_state(memory)
    for t, symbol in enumerate(symbols):
        weights = torch.nn.functional.one_hot(torch.tensor([[symbol]]), N).float()
        ends, state = checks(torch.tensor([t in wish]), weights, memory, state)
        if bool(ends):
            return t + 1
    return None


def walk(first, last, steps=2):
    return [symbol for symbol in range(first, last + 1) for _ in range(steps)]


def test_a_reading_in_order_is_not_changed():
    assert end(walk(0, N - 2)) is None
    assert end([0, 1, 0, 1, 2, 1, 2, 3, 4, 3, *walk(5, N - 2)]) is None  # small steps back are not a repetition
    assert end([0, 1, 2, 5, 7, *walk(9, N - 2)]) is None


def test_the_stop_is_delayed_until_the_end_of_the_text():
    assert end(walk(0, 10), wish={3, 9}) is None
    assert end(walk(0, N - 1), wish={3, 37}) == 38


def test_a_long_tail_is_cut():
    assert end([*walk(0, N - 2), *[N - 1] * 30]) == 2 * (N - 2) + 8


def test_a_second_reading_after_the_end_is_cut():
    symbols = [*walk(0, N - 2), N - 5, N - 7, N - 8, N - 8, N - 8, N - 8]
    assert end(symbols, tail_steps=50) == 2 * (N - 1) + 4
    assert end(symbols, tail_steps=50, give_up=False) == 2 * (N - 1) + 4


@pytest.mark.parametrize(
    ("symbols", "at"),
    [
        ([5, 5, 5], 1),  # a false start
        ([*walk(0, 5), 11, 12], 13),  # a jump
        ([*walk(0, 9), *walk(2, 9)], 23),  # a repetition
        ([*walk(0, 5), *[6] * 30], 25),  # a stall
    ],
)
def test_a_reading_that_cannot_succeed_is_stopped(symbols, at):
    assert end(symbols) == at
    assert end(symbols, give_up=False) is None


def test_every_utterance_is_checked_independently():
    checks = configured(OnlineChecks, configured(CoverageStop, max_steps_at_end=None), **LIMITS)
    mask = torch.arange(N) < torch.tensor([[N], [N], [8]])
    memory, found = Memory(torch.zeros(3, N, 2), torch.zeros(3, N, 0), mask), {}
    state = checks.initial_state(memory)
    paths = [walk(0, N - 2), [*walk(0, 4), *[12] * 20], [*walk(0, 7), *[7] * 20]]
    for t in range(28):
        weights = torch.nn.functional.one_hot(torch.tensor([[path[t]] for path in paths]), N).float()
        ends, state = checks(torch.zeros(3, dtype=torch.bool), weights, memory, state)
        for b in torch.nonzero(ends).flatten().tolist():
            found.setdefault(b, t + 1)
    assert found == {1: 11, 2: 10 + 8}


def test_limits_are_checked():
    with pytest.raises(ValueError, match="at least 1"):
        configured(OnlineChecks, configured(CoverageStop, max_steps_at_end=None), stall_steps=0)
