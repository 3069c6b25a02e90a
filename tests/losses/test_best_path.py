import itertools

import pytest
import torch
from configured import configured

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.best_path import BestPathLoss


def score(alignments, decoder_lengths, token_lengths, step=0, **options):
    none, lengths = torch.empty(0), torch.tensor(decoder_lengths)
    output = AcousticOutput(none, none, lengths, none, alignments, lengths)
    batch = Batch(["u"] * len(lengths), none, torch.tensor(token_lengths), none, lengths)
    return configured(BestPathLoss, **{"start": 0, **options})(output, batch, step)


def best(rows):
    """Return the best of all paths from the first symbol to the last by enumeration."""
    T, N = rows.shape
    walks = (
        [sum(t >= move for move in moves) for t in range(T)] for moves in itertools.combinations(range(1, T), N - 1)
    )
    return max(float(rows[torch.arange(T), walk].log().mean()) for walk in walks)


def test_the_loss_equals_values_by_hand():
    rows = torch.tensor([[[[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]]]])
    expected = -(torch.tensor([0.7, 0.6, 0.8]).log().mean())
    torch.testing.assert_close(score(rows, [3], [2]), expected)


@pytest.mark.parametrize(("T", "N"), [(1, 1), (4, 1), (5, 3), (7, 4), (4, 4)])
def test_the_loss_equals_exhaustive_search(T, N):
    torch.manual_seed(T)
    rows = torch.randn(1, 1, T, N).softmax(-1)
    assert float(score(rows, [T], [N])) == pytest.approx(-best(rows[0, 0]), abs=1e-5)


def test_padding_and_utterances_without_a_path_are_ignored():
    torch.manual_seed(0)
    rows = torch.randn(3, 1, 7, 5).softmax(-1)
    alone = score(rows[:1], [7], [5])
    short = score(rows[1:2, :, :4, :2], [4], [2])
    both = score(rows, [7, 4, 3], [5, 2, 5])
    torch.testing.assert_close(both, (7 * alone + 4 * short) / 11)


def test_the_gradient_increases_weight_on_the_path_from_the_start_step():
    logits = torch.randn(1, 1, 12, 4, requires_grad=True)
    losses = []
    optimizer = torch.optim.SGD([logits], lr=5.0)
    for _ in range(60):
        loss = score(logits.softmax(-1), [12], [4])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]
    assert score(logits.softmax(-1), [12], [4], step=9, start=10) == 0
