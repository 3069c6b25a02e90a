import itertools
import math

import pytest
import torch

from tts.nn.lattice import log_likelihood, occupancy


def alignments(kind, T, N):
    """Return every complete alignment as the symbol of each frame."""
    for path in itertools.product(range(N), repeat=T):
        steps = [b - a for a, b in itertools.pairwise(path)]
        if kind == "hmm" and path[0] == 0 and path[-1] == N - 1 and all(step in (0, 1) for step in steps):
            yield path
        if kind == "transducer" and path[-1] == N - 1 and all(step >= 0 for step in steps):
            yield path


def probability(kind, path, density, move):
    """Return the probability of one alignment, step by step; ``density`` and ``move`` (T, N) are not logarithms."""
    last, here, product = density.shape[1] - 1, 0, torch.tensor(1.0, dtype=torch.float64)
    for t, symbol in enumerate(path):
        if kind == "hmm":
            if t and symbol == here:
                product = product * (1 - move[t, here] if here < last else 1.0)
            elif t:
                product = product * move[t, here]
        else:
            for j in range(here, symbol):
                product = product * move[t, j]
            product = product * (1 - move[t, symbol] if symbol < last else 1.0)
        here = symbol
        product = product * density[t, symbol]
    return product


@pytest.mark.parametrize("kind", ["hmm", "transducer"])
@pytest.mark.parametrize(("T", "N"), [(1, 1), (4, 1), (3, 3), (5, 3), (6, 4)])
def test_the_likelihood_sums_all_alignments(kind, T, N):
    torch.manual_seed(T + N)
    log_density, logits = (torch.randn(1, T, N, dtype=torch.float64, requires_grad=True) for _ in range(2))
    lengths = torch.tensor([N]), torch.tensor([T])
    found, posterior = log_likelihood(kind, log_density, logits, *lengths)
    density, move = log_density[0].exp(), torch.sigmoid(logits[0])
    weights = {path: probability(kind, path, density, move) for path in alignments(kind, T, N)}
    expected = torch.stack(list(weights.values())).sum().log()
    torch.testing.assert_close(found[0], expected)
    shares = torch.zeros(T, N, dtype=torch.float64)
    for path, weight in weights.items():
        shares[torch.arange(T), list(path)] += weight.detach() / expected.detach().exp()
    torch.testing.assert_close(posterior[0], shares)
    gradients = torch.autograd.grad(expected, [log_density, logits], allow_unused=True)
    for a, b in zip(torch.autograd.grad(found.sum(), [log_density, logits]), gradients):
        torch.testing.assert_close(a, torch.zeros_like(a) if b is None else b)


def test_two_frames_and_two_symbols_equal_values_by_hand():
    density = torch.tensor([[[0.5, 0.2], [0.1, 0.4]]], dtype=torch.float64)
    move = torch.tensor([[[0.3, 0.9], [0.25, 0.9]]], dtype=torch.float64)
    lengths = torch.tensor([2]), torch.tensor([2])
    hmm = log_likelihood("hmm", density.log(), torch.logit(move), *lengths)[0]
    assert float(hmm) == pytest.approx(math.log(0.5 * 0.25 * 0.4))  # the only complete alignment
    transducer = log_likelihood("transducer", density.log(), torch.logit(move), *lengths)[0]
    said_then_moved = 0.7 * 0.5 * 0.25 * 0.4  # the first frame on the first symbol
    moved_at_once = 0.3 * 0.2 * 0.4  # the first symbol lasts no frame
    assert float(transducer) == pytest.approx(math.log(said_then_moved + moved_at_once))


@pytest.mark.parametrize("kind", ["hmm", "transducer"])
def test_padding_changes_nothing(kind):
    torch.manual_seed(0)
    log_density, logits = torch.randn(2, 3, 7, 5, dtype=torch.float64).unbind(0)
    token_lengths, frame_lengths = torch.tensor([5, 2, 1]), torch.tensor([7, 4, 3])
    total, posterior = log_likelihood(kind, log_density, logits, token_lengths, frame_lengths)
    for b, (n, t) in enumerate(zip(token_lengths.tolist(), frame_lengths.tolist())):
        cell = slice(b, b + 1), slice(0, t), slice(0, n)
        alone, alone_posterior = log_likelihood(
            kind, log_density[cell], logits[cell], token_lengths[b : b + 1], frame_lengths[b : b + 1]
        )
        torch.testing.assert_close(total[b], alone[0])
        torch.testing.assert_close(posterior[b, :t, :n], alone_posterior[0])
    assert posterior[1, 4:].abs().max() == posterior[1, :, 2:].abs().max() == 0
    real = torch.arange(7) < frame_lengths.unsqueeze(1)
    torch.testing.assert_close(posterior.sum(2), real.double())


def test_more_symbols_than_frames_give_no_alignment_and_no_gradient():
    log_density = torch.zeros(2, 3, 4, dtype=torch.float64, requires_grad=True)
    found, posterior = log_likelihood(
        "hmm", log_density, torch.zeros(2, 3, 4), torch.tensor([4, 2]), torch.tensor([3, 3])
    )
    assert found[0] < -1e29 < found[1]
    found.sum().backward()
    assert log_density.grad[0].abs().max() == posterior[0].abs().max() == 0


@pytest.mark.parametrize("kind", ["hmm", "transducer"])
def test_hundreds_of_frames_with_extreme_densities_stay_exact(kind):
    torch.manual_seed(0)
    log_density = 300 * torch.randn(1, 400, 60, dtype=torch.float64)
    stay = torch.full_like(log_density, math.log(0.5))
    found = occupancy(kind, log_density, stay, stay, torch.tensor([60]), torch.tensor([400]))
    assert torch.isfinite(found.log_likelihood).all()
    torch.testing.assert_close(found.frames.sum(2), torch.ones(1, 400, dtype=torch.float64))


def test_the_loops_are_not_compiled():
    sizes, lengths = [], (torch.tensor([3]), torch.tensor([9]))

    def count(graph, inputs):
        sizes.append(len(graph.graph.nodes))
        return graph.forward

    density, moves = torch.randn(1, 9, 3, requires_grad=True), torch.randn(1, 9, 3)
    total = torch.compile(lambda x, y: 2 * log_likelihood("hmm", 3 * x, y, *lengths)[0], backend=count)(density, moves)
    torch.testing.assert_close(total, 2 * log_likelihood("hmm", 3 * density, moves, *lengths)[0])
    assert len(sizes) == 2
    assert sum(sizes) < 10
