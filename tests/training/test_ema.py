import pytest
import torch
from torch import nn

from tts.training.ema import EMA


def test_the_decay_is_smaller_in_the_first_steps():
    model = nn.Linear(2, 2, bias=False)
    nn.init.zeros_(model.weight)
    average = EMA(model, decay=0.9)
    nn.init.ones_(model.weight)
    expected = 0.0
    for step in range(1, 200):
        average.update(model, step)
        keep = min(0.9, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep)
        torch.testing.assert_close(average.model.weight, torch.full((2, 2), expected))
    assert expected > 0.999


def test_batch_statistics_are_averaged_and_counters_copied():
    model = nn.BatchNorm1d(3)
    average = EMA(model, decay=0.5)
    for step in (100, 101, 102):
        model(torch.randn(8, 3) + 5.0)
        average.update(model, step)
    assert average.model.num_batches_tracked == 3
    assert (average.model.running_mean > 0.1).all()
    assert (average.model.running_mean < model.running_mean).all()


def test_the_average_stays_in_evaluation_mode():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    holder = nn.ModuleDict({"average": EMA(model)}).train()
    assert not holder["average"].model.training
    assert not any(parameter.requires_grad for parameter in holder.parameters())
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("decay", [-0.1, 1.0, 2.0])
def test_an_impossible_decay_is_an_error(decay):
    with pytest.raises(ValueError, match="decay"):
        EMA(nn.Linear(1, 1), decay)
