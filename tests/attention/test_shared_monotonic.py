import pytest
import torch

from tests.configured import configured
from tts.attention.shared_monotonic import SharedMonotonic


def test_energies_are_the_mean_over_heads():
    torch.manual_seed(0)
    attention = configured(SharedMonotonic, 12, 8, num_heads=4, sigmoid_noise=0.0)
    queries, keys = torch.randn(2, 5, 12), torch.randn(2, 7, 8)
    q, k = (x.unflatten(-1, (4, 2)) for x in (attention.query_projection(queries), keys))
    expected = torch.einsum("bthd,bnhd->bthn", q, k).mean(2) / 2**0.5
    torch.testing.assert_close(attention.all_energies(queries, keys), expected)
    torch.testing.assert_close(attention.energies(queries[:, :1], keys), expected[:, 0])


@pytest.mark.parametrize("inference", ["hard", "median"])
def test_every_symbol_is_visited_in_order(inference):
    torch.manual_seed(0)
    attention = configured(SharedMonotonic, 12, 8, initial_duration=2.0, inference=inference).eval()
    prepared = attention.prepare(torch.randn(1, 20, 8), torch.ones(1, 20, dtype=torch.bool))
    weights = attention(torch.randn(1, 300, 12), prepared)[1][0, 0]
    path = weights.argmax(1)
    assert set(path.diff().tolist()) == {0, 1}
    assert int(path[-1]) == 19
    assert float(weights.max(1).values.min()) == 1.0
