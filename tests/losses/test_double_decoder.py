import pytest
import torch
from configured import configured

from tts.core.interfaces import AcousticOutput, Batch, SecondDecoder
from tts.losses.double_decoder import DoubleDecoderLoss, interpolate_alignment


def pair(first, second, ratio=2.0, lengths=(8,), second_lengths=(4,), mel=None):
    frames = torch.tensor(lengths)
    target = torch.zeros(len(lengths), 3, first.shape[2])
    mel = target if mel is None else mel
    slow = SecondDecoder(mel, second, torch.tensor(second_lengths), ratio)
    output = AcousticOutput(target, target, frames, torch.empty(0), first, frames, second=slow)
    return output, Batch(["u"] * len(lengths), torch.empty(0), torch.tensor([4] * len(lengths)), target, frames)


def test_a_diagonal_stays_a_diagonal():
    slow = torch.arange(6.0).view(1, 6, 1)  # what the middle of each long step attends to
    shown = interpolate_alignment(slow, torch.tensor([6]), 12, 2.0).flatten()
    middles = ((torch.arange(12) + 0.5) / 2 - 0.5).clamp(0, 5)
    torch.testing.assert_close(shown, middles)


def test_rows_stay_distributions_without_padding():
    torch.manual_seed(0)
    slow = torch.rand(2, 5, 4).softmax(-1)
    slow[1, 2:] = float("nan")
    shown = interpolate_alignment(slow, torch.tensor([5, 2]), 13, 2.5)
    torch.testing.assert_close(shown.sum(-1), torch.ones(2, 13))


def test_equal_alignments_cost_zero_and_different_ones_two():
    slow = torch.eye(4).view(1, 1, 4, 4)
    same = interpolate_alignment(slow[:, 0], torch.tensor([4]), 8, 2.0).unsqueeze(1)
    assert configured(DoubleDecoderLoss)(*pair(same, slow), 0) == 0.0
    torch.testing.assert_close(
        configured(DoubleDecoderLoss)(*pair(torch.eye(4)[[3, 3, 3, 3, 0, 0, 0, 0]].view(1, 1, 8, 4), slow), 0),
        torch.tensor(2.0),
    )


def test_both_attentions_get_a_gradient():
    first, slow = (
        torch.rand(1, 1, 8, 4).softmax(-1).requires_grad_(),
        torch.rand(1, 1, 4, 4).softmax(-1).requires_grad_(),
    )
    configured(DoubleDecoderLoss)(*pair(first, slow), 0).backward()
    assert first.grad.abs().sum() > 0
    assert slow.grad.abs().sum() > 0


def test_padding_changes_nothing():
    torch.manual_seed(0)
    first, slow = torch.rand(1, 1, 8, 4).softmax(-1), torch.rand(1, 1, 4, 4).softmax(-1)
    long_first, long_slow = torch.full((1, 1, 11, 4), 9.0), torch.full((1, 1, 6, 4), 9.0)
    long_first[:, :, :8], long_slow[:, :, :4] = first, slow
    mel, long_mel = torch.rand(1, 3, 8), torch.full((1, 3, 11), 9.0)
    long_mel[..., :8] = mel
    alone = configured(DoubleDecoderLoss)(*pair(first, slow, mel=mel), 0)
    torch.testing.assert_close(configured(DoubleDecoderLoss)(*pair(long_first, long_slow, mel=long_mel), 0), alone)


def test_the_mel_of_the_second_decoder_has_a_loss():
    slow = torch.eye(4).view(1, 1, 4, 4)
    same = interpolate_alignment(slow[:, 0], torch.tensor([4]), 8, 2.0).unsqueeze(1)
    torch.testing.assert_close(
        configured(DoubleDecoderLoss, mel=3.0)(*pair(same, slow, mel=torch.full((1, 3, 8), 0.5)), 0), torch.tensor(1.5)
    )


def test_a_model_without_a_second_decoder_is_an_error_with_advice():
    output, batch = pair(torch.rand(1, 1, 8, 4), torch.rand(1, 1, 4, 4))
    with pytest.raises(ValueError, match=r"second_decoder=slow"):
        configured(DoubleDecoderLoss)(output._replace(second=None), batch, 0)
