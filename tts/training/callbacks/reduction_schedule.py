"""Decrease the reduction factor during training (Wang et al. 2017 for the reason; Gölge 2020 for the schedule)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import lightning

from tts.core.errors import AttuneError
from tts.core.interfaces import VariableReduction
from tts.training.base_module import TrainingModule


class ReductionSchedule(lightning.Callback):
    """Sets the reduction factor of the model, and of the average of its weights, by training step.

    The factor is stored with the weights, so a resumed run and every exported voice have the correct factor.

    Args:
        factors: pairs of a step and the R from this step on; step 0 has the largest R, the decoder's
            ``max_reduction_factor``.
    """

    def __init__(self, factors: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self._factors = dict(sorted((int(step), int(factor)) for step, factor in factors))
        if 0 not in self._factors:
            raise ValueError(f"the schedule {self._factors} has no factor for step 0: add one")

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Change the factor if the schedule has a new one for this step."""
        factor = self.factor(trainer.global_step)
        training = cast(TrainingModule, pl_module)
        if factor == training.model.reduction_factor:
            return
        for model in {id(model): model for model in (training.model, training.eval_model)}.values():
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
