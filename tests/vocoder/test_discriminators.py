import pytest
import torch

from tests.configured import configured
from tts.vocoder.discriminators import Discriminators, PeriodDiscriminator


@pytest.fixture
def wav():
    return torch.randn(2, 5000, generator=torch.Generator().manual_seed(0))


def test_every_discriminator_returns_scores_and_features(wav):
    judges = Discriminators((2, 5), (4, 8, 8), (256, 512), 4)
    judgments = judges(wav)
    assert len(judgments) == 4
    for score, features in judgments:
        assert score.shape[0] == 2
        assert len(features) in (3, 5)
        assert all(feature.shape[0] == 2 for feature in features)


def test_a_period_discriminator_depends_on_its_own_phase():
    torch.manual_seed(0)
    judge = PeriodDiscriminator(5, (4, 4), stride=1)
    wav = torch.randn(1, 1000)
    disturbed = wav.clone()
    disturbed[:, 2::5] += 1.0
    changed = (judge(wav).features[-1] - judge(disturbed).features[-1]).abs().sum((0, 1, 2))  # (period,)
    assert (changed > 0).tolist() == [False, False, True, False, False]


def test_an_empty_list_of_discriminators_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        configured(Discriminators, (), (4,), ())
