import pytest
import torch
from configured import configured
from torch import nn

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.adversarial import AdversarialLoss, _segments
from tts.losses.gan import GANLoss


class Level(nn.Module):
    """A discriminator that uses only the mean."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(1.0))

    def forward(self, mel):
        level = self.slope * mel.mean((1, 2)).unsqueeze(1)
        return [(level, [level])]


def example(made_level, real_level, lengths=(12, 5), T=12):
    made = torch.full((2, 3, T), made_level, requires_grad=True)
    output = AcousticOutput._make([None] * len(AcousticOutput._fields))._replace(mel=made)
    batch = Batch._make([None] * len(Batch._fields))
    return made, output, batch._replace(mel=torch.full((2, 3, T), real_level), mel_lengths=torch.tensor(lengths))


def test_one_backward_pass_trains_generator_and_discriminators():
    loss = configured(AdversarialLoss, configured(GANLoss, Level(), objective="least_squares"), frames=5, start_step=0)
    made, output, batch = example(0.0, 2.0)
    loss(output, batch, 0).backward()
    assert (made.grad.sum((1, 2)) < 0).all()  # a higher level would please this judge
    # d/da of (1 - 2a)² + 0² is -4(1 - 2a) = 4 at a = 1: the generator's share leaves no trace in the discriminator
    assert float(loss.adversary.discriminators.slope.grad) == pytest.approx(4.0)


def test_the_discriminators_train_before_the_generator():
    loss = configured(AdversarialLoss, configured(GANLoss, Level(), objective="least_squares"), frames=5, start_step=3)
    made, output, batch = example(0.0, 2.0)
    loss(output, batch, 2).backward()
    assert made.grad is None
    loss(output, batch, 3).backward()
    assert made.grad is not None


def test_segments_match_in_both_mels_and_padding_is_silence():
    made = torch.arange(10.0).expand(2, 3, 10)
    torch.manual_seed(0)
    for _ in range(20):
        mine, theirs = _segments(made, made + 100, torch.tensor([10, 4]), 6)
        assert mine.shape == (2, 3, 6)
        start = int(mine[0, 0, 0])
        assert mine[0, 0].tolist() == list(range(start, start + 6))
        assert start <= 4
        assert torch.equal(theirs[0], mine[0] + 100)
        assert mine[1, 0].tolist() == [0, 1, 2, 3, 0, 0]
        assert theirs[1, 0].tolist() == [100, 101, 102, 103, 0, 0]
