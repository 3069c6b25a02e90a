import pytest
import torch
from torch import nn

from tests.configured import configured
from tts.training.lr_schedule import WarmupDecay


def rates(steps, **arguments):
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=2.0)
    schedule = configured(WarmupDecay, optimizer, **arguments)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_the_schedule_has_warmup_plateau_decay_and_floor():
    found = rates(60, warmup_steps=4, hold_steps=10, half_life=5, floor=0.1)
    assert found[:4] == [0.5, 1.0, 1.5, 2.0]
    assert found[4:11] == [2.0] * 7
    assert found[15] == pytest.approx(1.0)
    assert found[20] == pytest.approx(0.5)
    assert found[-1] == pytest.approx(0.2)
    assert found[4:] == sorted(found[4:], reverse=True)


def test_no_warm_up_starts_on_the_plateau():
    assert rates(2, warmup_steps=0) == [2.0, 2.0]


def test_the_schedule_continues_from_its_state():
    arguments = {"warmup_steps": 3, "hold_steps": 5, "half_life": 2}
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=2.0)
    schedule = configured(WarmupDecay, optimizer, **arguments)
    for _ in range(7):
        optimizer.step()
        schedule.step()
    second = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=2.0)
    continued = configured(WarmupDecay, second, **arguments)
    second.load_state_dict(optimizer.state_dict())
    continued.load_state_dict(schedule.state_dict())
    second.step()
    continued.step()
    assert second.param_groups[0]["lr"] == rates(9, **arguments)[8]
