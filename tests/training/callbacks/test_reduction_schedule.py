from types import SimpleNamespace

import pytest

from tts.core.errors import AttuneError
from tts.training.callbacks.reduction_schedule import ReductionSchedule


class Model:
    def __init__(self):
        self.reduction_factor, self.told = 4, []

    def set_reduction_factor(self, factor):
        self.reduction_factor = factor
        self.told.append(factor)


def run(steps, average=True, start=0):
    schedule, model = ReductionSchedule([[0, 4], [20, 2], [10, 3]]), Model()
    training = SimpleNamespace(model=model, eval_model=Model() if average else model)
    for step in range(start, steps):
        trainer = SimpleNamespace(global_step=step, is_global_zero=True)
        schedule.on_train_batch_start(trainer, training, None, step)
        yield step, training


def test_the_schedule_sets_the_factor_of_the_model_and_its_average():
    for step, training in run(30):
        expected = 4 if step < 10 else 3 if step < 20 else 2
        assert training.model.reduction_factor == training.eval_model.reduction_factor == expected
    assert training.model.told == training.eval_model.told == [3, 2]


def test_a_model_without_an_average_is_set_once():
    *_, (_, training) = run(30, average=False)
    assert training.model.told == [3, 2]


def test_a_resumed_run_has_its_factor_at_once():
    *_, (_, training) = run(27, start=25)
    assert training.model.told == [2]


def test_a_schedule_without_step_zero_is_an_error():
    with pytest.raises(ValueError, match="step 0"):
        ReductionSchedule([[10, 2]])


def test_a_model_of_a_fixed_factor_is_refused():
    fixed = SimpleNamespace(reduction_factor=1)
    training = SimpleNamespace(model=fixed, eval_model=fixed)
    trainer = SimpleNamespace(global_step=0, is_global_zero=True)
    with pytest.raises(AttuneError, match="reduction_schedule=null"):
        ReductionSchedule([[0, 4]]).on_train_batch_start(trainer, training, None, 0)
