import torch

from tests.configured import configured
from tts.acoustic.mel_discriminators import MelDiscriminator, MelDiscriminators


def test_several_scales_score_patches_of_every_utterance():
    torch.manual_seed(0)
    judged = MelDiscriminators(time_strides=((1, 1), (2, 2)), channels=4, mel_mean=-5.0, mel_std=2.0)(
        torch.randn(3, 80, 24) - 5
    )
    assert [tuple(score.shape) for score, _ in judged] == [(3, 20 * 24), (3, 20 * 6)]
    assert [len(features) for _, features in judged] == [2, 2]


def test_the_same_pattern_in_another_band_has_another_score():
    torch.manual_seed(0)
    discriminator = MelDiscriminator(channels=4, time_strides=(1,))
    low, high = torch.zeros(1, 80, 9), torch.zeros(1, 80, 9)
    low[0, 10, 4], high[0, 50, 4] = 1.0, 1.0
    patches = [discriminator(mel).score.view(40, 9) for mel in (low, high)]
    assert not torch.allclose(patches[0][5], patches[1][25], atol=1e-4)


def test_discriminators_learn_to_detect_a_blurred_mel():
    torch.manual_seed(0)
    discriminators = configured(MelDiscriminators, channels=8)
    optimizer = torch.optim.Adam(discriminators.parameters(), 2e-3)

    def mels():
        sharp = torch.randn(8, 80, 32)
        return sharp, torch.nn.functional.avg_pool1d(sharp, 3, 1, 1)

    for _ in range(40):
        sharp, blurred = (discriminators(mel) for mel in mels())
        loss = sum((1 - score).square().mean() for score, _ in sharp) + sum(s.square().mean() for s, _ in blurred)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    sharp, blurred = (discriminators(mel) for mel in mels())
    for (high, _), (low, _) in zip(sharp, blurred):
        assert high.mean() > low.mean() + 0.3
