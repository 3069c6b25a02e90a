"""Fewer, longer decoder steps at first, shorter ones later (Wang et al. 2017 for why; Gölge 2020 for the schedule)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import lightning

from tts.core.errors import AttuneError
from tts.core.interfaces import VariableReduction
from tts.training.base_module import TrainingModule


class ReductionSchedule(lightning.Callback):
    """Sets the model's reduction factor by training step; the average of the weights, which speaks, goes along.

    The factor is part of the weights, so a run that is resumed, and every voice it exports, has the right one.

    Args:
        factors: pairs of a step and the R that holds from it on; step 0 has the largest, the decoder's
            ``max_reduction_factor``.
    """

    def __init__(self, factors: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self._factors = dict(sorted((int(step), int(factor)) for step, factor in factors))
        if 0 not in self._factors:
            raise ValueError(f"the schedule {self._factors} does not say where to start: give a factor for step 0")

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Change the factor when it is time."""
        factor = self.factor(trainer.global_step)
        training = cast(TrainingModule, pl_module)
        if factor == training.model.reduction_factor:
            return
        for model in {id(model): model for model in (training.model, training.speaker)}.values():
            if not isinstance(model, VariableReduction):
                raise AttuneError(
                    f"the reduction factor of {type(model).__name__} is fixed. Use reduction_schedule=null."
                )
            model.set_reduction_factor(factor)
        if trainer.is_global_zero:
            print(f"step {trainer.global_step}: {factor} mel frames per decoder step", flush=True)

    def factor(self, step: int) -> int:
        """R at ``step``."""
        return next(factor for start, factor in reversed(self._factors.items()) if start <= step)
