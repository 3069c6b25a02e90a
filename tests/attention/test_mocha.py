import math

import pytest
import torch

from tests.configured import configured
from tts.attention.hard_monotonic import HardMonotonic
from tts.attention.mocha import MAX_LAG, MonotonicChunkwise

ENERGIES = torch.tensor([0.0, math.log(2), math.log(3)], dtype=torch.float64)
POSITION = torch.tensor([0.5, 0.125, 0.28125], dtype=torch.float64)


def chunk_weights(position, energies, chunk_size, mask=None):
    mask = torch.ones_like(position, dtype=torch.bool) if mask is None else mask
    return configured(MonotonicChunkwise, 3, 2, chunk_size=chunk_size).chunk_weights(position, energies, mask)


def double_sum(position, energies, w):
    """Compute eq. 23 literally."""
    N, e = len(position), energies.exp()
    shares = [
        [position[k] * e[j] / e[max(0, k - w + 1) : k + 1].sum() for k in range(j, min(j + w, N))] for j in range(N)
    ]
    return torch.stack([torch.stack(row).sum() for row in shares])


def test_weights_equal_the_published_form():
    expected = torch.tensor([0.541667, 0.195833, 0.168750], dtype=torch.float64)
    torch.testing.assert_close(chunk_weights(POSITION, ENERGIES, 2), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("w", [1, 2, 3, 5, 20, None])
def test_weights_equal_the_double_sum(w):
    torch.manual_seed(0)
    position, energies = torch.rand(9, dtype=torch.float64).softmax(0), 3 * torch.randn(9, dtype=torch.float64)
    found = chunk_weights(position, energies, w)
    torch.testing.assert_close(found, double_sum(position, energies, w or 9), atol=1e-14, rtol=1e-10)
    torch.testing.assert_close(found.sum(), position.sum())


def test_a_chunk_of_one_equals_the_pointer():
    torch.testing.assert_close(chunk_weights(POSITION, ENERGIES, 1), POSITION)


def test_a_chunk_far_below_the_largest_energy_is_not_lost():
    energies = torch.tensor([-500.0, -500.0, 400.0])
    found = chunk_weights(torch.tensor([0.0, 1.0, 0.0]), energies, 2)
    torch.testing.assert_close(found, torch.tensor([0.5, 0.5, 0.0]))


@pytest.mark.parametrize("chunk_size", [1, 3, None])
@pytest.mark.parametrize("inference", ["hard", "median"])
@pytest.mark.parametrize("stop_at_last", [True, False])
def test_a_hard_step_has_the_chunk_weights_of_the_expectation(chunk_size, stop_at_last, inference):
    torch.manual_seed(0)
    hard = (
        configured(MonotonicChunkwise, 6, 5, chunk_size=chunk_size, stop_at_last=stop_at_last, inference=inference)
        .double()
        .eval()
    )
    memory = hard.prepare(torch.randn(2, 9, 5).double(), torch.arange(9) < torch.tensor([[9], [4]]))
    state, queries = hard.initial_state(memory), 4 * torch.randn(2, 12, 6).double()
    for query in queries.unbind(1):
        peak = state.peak.unsqueeze(1)
        _, weights, state = hard.step(query, memory, state)
        energies = hard.both_energies(query.unsqueeze(1), memory)[1]
        if inference == "median":  # only the symbol that was read most, and the next one
            begin = state.position.argmax(1, keepdim=True) - (MAX_LAG if chunk_size is None else chunk_size - 1)
            first, last = torch.maximum(peak, begin), torch.maximum(peak + 1, begin)
            energies = energies.masked_fill((torch.arange(9) < first) | (torch.arange(9) > last), -1e9)
        torch.testing.assert_close(weights[:, 0], hard.chunk_weights(state.position, energies, memory.mask))


def test_the_median_rule_reads_nothing_twice():
    torch.manual_seed(0)
    for chunk_size in (3, None):
        mocha = configured(MonotonicChunkwise, 6, 5, chunk_size=chunk_size, slope=0.0).eval()
        torch.nn.init.normal_(mocha.chunk_score.weight, std=5.0)
        memory = mocha.prepare(torch.randn(1, 30, 5), torch.ones(1, 30, dtype=torch.bool))
        peaks = mocha(4 * torch.randn(1, 90, 6), memory)[1][0, 0].argmax(1)
        assert (peaks.diff() >= 0).all()
        assert peaks[-1] > 10


def test_the_median_rule_skips_no_symbol_of_the_pointer():
    torch.manual_seed(0)
    for chunk_size in (3, None):
        mocha = configured(MonotonicChunkwise, 6, 5, chunk_size=chunk_size, slope=0.0).eval()
        torch.nn.init.normal_(mocha.chunk_score.weight, std=5.0)
        memory = mocha.prepare(torch.randn(1, 30, 5), torch.ones(1, 30, dtype=torch.bool))
        state, pointers, peaks = mocha.initial_state(memory), {0}, {0}
        for query in 4 * torch.randn(90, 1, 6):
            _, weights, state = mocha.step(query, memory, state)
            pointers.add(int(state.position.argmax()))
            peaks.add(int(weights.argmax()))
        assert max(peaks) > 10
        assert {symbol for symbol in pointers if symbol <= max(peaks)} <= peaks


def test_the_pointer_equals_hard_monotonic_attention():
    torch.manual_seed(0)
    mocha = configured(MonotonicChunkwise, 6, 5, 4, chunk_size=1).eval()
    plain = configured(HardMonotonic, 6, 5, 4).eval()
    plain.load_state_dict(
        {
            "query_projection.weight": mocha.query_projection.weight[:4],
            "key_projection.weight": mocha.key_projection.weight[:4],
            "key_projection.bias": mocha.key_projection.bias[:4],
            **{name: getattr(mocha, name) for name in ("direction", "gain", "stop_bias")},
        }
    )
    memory, mask, queries = torch.randn(2, 9, 5), torch.ones(2, 9, dtype=torch.bool), 3 * torch.randn(2, 20, 6)
    for a, b in zip(mocha(queries, mocha.prepare(memory, mask)), plain(queries, plain.prepare(memory, mask))):
        torch.testing.assert_close(a, b)


def test_an_empty_chunk_is_an_error():
    with pytest.raises(ValueError, match="chunk_size"):
        configured(MonotonicChunkwise, 4, 3, chunk_size=0)


@pytest.mark.parametrize("chunk_size", [4, None])
def test_the_slope_lowers_energies_behind_the_pointer(chunk_size):
    mocha = configured(MonotonicChunkwise, 6, 5, chunk_size=chunk_size, slope=2.0, inference="hard").eval()
    torch.nn.init.zeros_(mocha.chunk_score.weight)
    torch.nn.init.constant_(mocha.stop_bias, -50.0)
    memory = mocha.prepare(torch.randn(1, 4, 5), torch.ones(1, 4, dtype=torch.bool))
    weights = mocha.step(torch.randn(1, 6), memory, mocha.initial_state(memory))[1][
        0, 0
    ]  # nothing stops before the last
    torch.testing.assert_close(weights.log().diff(), torch.full((3,), 2.0))
