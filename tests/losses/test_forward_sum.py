import itertools

import pytest
import torch
from configured import configured

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.forward_sum import NO_BLANK, ForwardSumLoss, forward_sum_loss

EXAMPLE = torch.tensor([[[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]]])


def output_of(alignments, decoder_lengths, token_lengths):
    none, lengths = torch.empty(0), torch.tensor(decoder_lengths)
    output = AcousticOutput(none, none, lengths, none, alignments, lengths)
    return output, Batch(["u"] * len(lengths), none, torch.tensor(token_lengths), none, lengths)


def enumerated(rows):
    """Sum over every monotonic path from the first symbol to the last by enumeration."""
    T, N = rows.shape
    total = rows.new_zeros(())
    for moves in itertools.combinations(range(1, T), N - 1):
        path = torch.tensor([sum(t >= move for move in moves) for t in range(T)])
        total = total + rows[torch.arange(T), path].prod()
    return total


def test_the_loss_equals_worked_examples():
    exact = configured(ForwardSumLoss)(*output_of(EXAMPLE.unsqueeze(1), [3], [2]), 0)
    assert float(exact) == pytest.approx(0.57982 / 3, abs=1e-5)
    ctc = configured(ForwardSumLoss, form="ctc")(*output_of(EXAMPLE.unsqueeze(1), [3], [2]), 0)
    assert float(ctc) == pytest.approx(0.902255 / 3, abs=1e-5)


@pytest.mark.parametrize(("T", "N"), [(1, 1), (4, 1), (5, 3), (7, 4), (4, 4)])
def test_the_exact_form_sums_all_paths(T, N):
    torch.manual_seed(T)
    rows = torch.randn(1, T, N, dtype=torch.float64).softmax(-1)
    loss = forward_sum_loss(rows.log(), torch.tensor([N]), torch.tensor([T]), NO_BLANK)
    torch.testing.assert_close(loss, -enumerated(rows[0]).log() / T)


def test_the_gradient_is_correct():
    torch.manual_seed(0)
    logits = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)
    lengths = torch.tensor([3, 2]), torch.tensor([5, 4])
    for blank in (NO_BLANK, -1.0):
        assert torch.autograd.gradcheck(lambda x, blank=blank: forward_sum_loss(x, *lengths, blank), logits)


def test_the_gradient_equals_that_of_the_sum_over_paths():
    torch.manual_seed(0)
    logits = torch.randn(1, 6, 3, dtype=torch.float64, requires_grad=True)
    fast = torch.autograd.grad(forward_sum_loss(logits, torch.tensor([3]), torch.tensor([6]), NO_BLANK), logits)[0]
    slow = torch.autograd.grad(-enumerated(logits.softmax(-1)[0]).log() / 6, logits)[0]
    torch.testing.assert_close(fast, slow)


def test_padding_changes_nothing_and_gets_no_gradient():
    torch.manual_seed(0)
    small = torch.rand(1, 1, 6, 3).softmax(-1)
    padded = torch.full((2, 1, 9, 5), 0.2)
    padded[0, 0, :6, :3] = small
    padded.requires_grad_()
    loss = configured(ForwardSumLoss)
    alone = loss(*output_of(small, [6], [3]), 0)
    together = loss(*output_of(padded, [6, 9], [3, 5]), 0)
    other = loss(*output_of(padded[1:].detach(), [9], [5]), 0)
    torch.testing.assert_close(together, (alone + other) / 2)
    together.backward()
    assert padded.grad[0, 0, 6:].abs().max() == 0
    assert padded.grad[0, 0, :, 3:].abs().max() == 0


def test_a_complete_path_costs_zero_and_a_skip_much():
    walk = torch.eye(4).repeat_interleave(2, 0).view(1, 1, 8, 4)
    skip = walk.clone()
    skip[0, 0, 2:4] = walk[0, 0, :2]
    assert configured(ForwardSumLoss)(*output_of(walk, [8], [4]), 0) < 1e-4
    assert configured(ForwardSumLoss)(*output_of(skip, [8], [4]), 0) > 1.0


def test_the_loss_is_zero_before_its_start_step():
    loss = configured(ForwardSumLoss, start=10)
    assert loss(*output_of(EXAMPLE.unsqueeze(1), [3], [2]), 9) == 0
    assert loss(*output_of(EXAMPLE.unsqueeze(1), [3], [2]), 10) > 0


def test_an_utterance_with_too_few_steps_is_ignored():
    alignments = torch.rand(2, 1, 3, 5).softmax(-1).requires_grad_()
    loss = configured(ForwardSumLoss)(*output_of(alignments, [3, 3], [5, 2]), 0)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(alignments.grad).all()
