import itertools

import pytest
import torch

from tts.acoustic.durations import durations_to_path
from tts.nn.alignment_search import monotonic_alignment_search


def test_a_path_keeps_the_boundaries_if_possible():
    durations, one = torch.tensor([[4, 6, 2]]), torch.tensor([1])
    path = durations_to_path(durations, 3 * one, 6 * one, 2)
    assert path.tolist() == [[0, 0, 1, 1, 1, 2]]


@pytest.mark.parametrize("R", [1, 2, 3])
def test_a_path_visits_every_symbol_once_in_order(R):
    generator = torch.Generator().manual_seed(R)
    lengths = torch.tensor([12, 7, 1])
    durations = torch.randint(0, 7, (3, 12), generator=generator) * (torch.arange(12) < lengths[:, None])
    durations[:, 0] += R * 12  # enough steps for all
    steps = -(-durations.sum(1) // R)
    path = durations_to_path(durations, lengths, steps, R)
    for row, n, T in zip(path, lengths.tolist(), steps.tolist()):
        real = row[:T]
        assert real[0] == 0
        assert real[-1] == n - 1
        assert set(real.diff().tolist()) <= {0, 1}
        assert (row[T:] == n - 1).all()


def test_too_few_steps_are_an_error():
    with pytest.raises(ValueError, match="reduction factor"):
        durations_to_path(torch.tensor([[1, 1, 1]]), torch.tensor([3]), torch.tensor([2]), 2)


def test_best_path_equals_exhaustive_search():
    generator = torch.Generator().manual_seed(0)
    T, N = 7, 4
    scores = torch.randn(1, T, N, generator=generator)
    candidates = []
    for cuts in itertools.combinations(range(1, T), N - 1):
        durations = torch.tensor([0, *cuts, T]).diff()
        path = torch.repeat_interleave(torch.arange(N), durations)
        candidates.append((float(scores[0, torch.arange(T), path].sum()), durations.tolist()))
    found = monotonic_alignment_search(scores, torch.tensor([N]), torch.tensor([T]))
    assert found[0].tolist() == max(candidates)[1]


def test_best_path_ignores_padding():
    generator = torch.Generator().manual_seed(1)
    scores = torch.randn(2, 9, 5, generator=generator)
    lengths, frames = torch.tensor([5, 3]), torch.tensor([9, 6])
    together = monotonic_alignment_search(scores, lengths, frames)
    alone = monotonic_alignment_search(scores[1:, :6, :3], lengths[1:], frames[1:])
    assert together[1].tolist() == [*alone[0].tolist(), 0, 0]
    assert together.sum(1).tolist() == frames.tolist()
