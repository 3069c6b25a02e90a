import torch
from configured import configured

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.monotonic import MonotonicLoss


def cost(alignments, decoder_lengths, token_lengths, **options):
    none, lengths = torch.empty(0), torch.tensor(decoder_lengths)
    output = AcousticOutput(none, none, lengths, none, alignments, lengths)
    batch = Batch(["u"] * len(lengths), none, torch.tensor(token_lengths), none, lengths)
    return configured(MonotonicLoss, **options)(output, batch, 0)


def path(*symbols, N=6):
    return torch.nn.functional.one_hot(torch.tensor(symbols), N).float().view(1, 1, -1, N)


def test_forward_steps_cost_zero():
    assert cost(path(0, 1, 2, 3, 4, 5), [6], [6]) == 0.0


def test_a_backward_step_costs_its_length():
    torch.testing.assert_close(cost(path(0, 3, 1, 2), [4], [6], margin=0.0), torch.tensor(2 / 3))


def test_a_static_attention_costs_the_margin():
    torch.testing.assert_close(cost(path(2, 2, 2, 2), [4], [6], margin=0.01), torch.tensor(0.01 * 6 / 4))


def test_padding_changes_nothing_even_for_one_step():
    padded = torch.full((2, 1, 8, 6), 100.0)
    padded[0, 0, :4] = path(0, 3, 1, 2)[0, 0]
    padded[1, 0, :1] = path(0)[0, 0]
    torch.testing.assert_close(cost(padded, [4, 1], [6, 6]), cost(path(0, 3, 1, 2), [4], [6]))


def test_the_gradient_moves_weight_forward():
    alignments = torch.full((1, 1, 3, 4), 0.25, requires_grad=True)
    cost(alignments, [3], [4]).backward()
    assert (alignments.grad[0, 0, -1].diff() < 0).all()  # later symbols lower the loss at the last step
    assert (alignments.grad[0, 0, 0].diff() > 0).all()
