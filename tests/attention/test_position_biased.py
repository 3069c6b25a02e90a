import pytest
import torch

from tests.configured import configured
from tts.attention.position_biased import PositionBiased


def run(T, N, step=0.3, content=0.0, max_distance=16, seed=0):
    torch.manual_seed(seed)
    attention = configured(PositionBiased, 12, 8, 2, step=step, max_distance=max_distance).double().eval()
    torch.nn.init.normal_(attention.query_projection.weight, std=content)
    memory = torch.randn(1, N, 8, dtype=torch.float64)
    prepared = attention.prepare(memory, torch.ones(1, N, dtype=torch.bool))
    queries = torch.randn(1, T, 12, dtype=torch.float64)
    return attention, attention(queries, prepared)[1][0], queries, prepared


def test_it_starts_on_the_first_symbol_and_moves_at_its_pace():
    peaks = run(T=60, N=40, step=0.5)[1].mean(0).argmax(-1)
    assert int(peaks[0]) == 0
    assert (peaks.diff() >= 0).all()
    assert int(peaks[-1]) == pytest.approx(0.5 * 59, abs=2)


def test_it_stays_local_at_ten_times_the_length():
    weights = run(T=2000, N=900, step=0.4, content=0.1)[1]
    positions = torch.arange(2000) * 0.4
    far = (torch.arange(900) - positions.unsqueeze(1)).abs() > 16 + 20
    assert float(weights.masked_fill(~far, 0.0).sum(-1).max()) < 1e-6


def test_energies_depend_only_on_distances():
    attention, weights, queries, prepared = run(T=4, N=60)
    positions = torch.tensor([[20.0, 21.0, 22.5, 25.0]], dtype=torch.float64)
    moved, shifted = (attention(queries, prepared._replace(positions=x))[1] for x in (positions, positions + 7))
    torch.testing.assert_close(moved[0, ..., 3:45], shifted[0, ..., 10:52], atol=1e-6, rtol=1e-4)


def test_a_position_past_the_end_attends_to_the_last_symbols():
    weights = run(T=400, N=10, step=1.0)[1]
    assert torch.isfinite(weights).all()
    assert int(weights.mean(0)[-1].argmax()) == 9


def test_positions_have_a_gradient():
    attention, _, queries, prepared = run(T=6, N=9, content=0.3)
    attention(queries, prepared)[1][..., 3].sum().backward()
    assert float(attention.advance.weight.grad.abs().sum()) > 0


def test_rescaled_steps_move_further():
    attention = configured(PositionBiased, 12, 8, 2, step=0.3)
    attention.rescale_time(2.0)
    assert float(torch.nn.functional.softplus(attention.advance.bias)) == pytest.approx(0.6, abs=1e-6)
    with pytest.raises(ValueError, match="step is 0"):
        configured(PositionBiased, 12, 8, 2, step=0.0)
