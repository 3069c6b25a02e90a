"""Learning-rate schedule."""

from __future__ import annotations

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class WarmupDecay(LRScheduler):
    """A linear warm-up, a plateau, and an exponential decay to a floor.

    The schedule does not depend on the length of training, so a run can be extended.

    Args:
        optimizer: its learning rate is that of the plateau.
        warmup_steps: steps of the warm-up; 0 starts on the plateau.
        hold_steps: steps from the start of training to the start of the decay.
        half_life: steps in which the decaying rate halves.
        floor: smallest rate, as a fraction of the plateau's rate.
        last_epoch: the step to start from, which Lightning sets.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        hold_steps: int,
        half_life: int,
        floor: float,
        last_epoch: int = -1,
    ) -> None:
        self.warmup_steps, self.hold_steps, self.half_life, self.floor = warmup_steps, hold_steps, half_life, floor
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float | Tensor]:
        """The learning rate of every parameter group at the current step."""
        return [base * self.factor(self.last_epoch) for base in self.base_lrs]

    def factor(self, step: int) -> float:
        """The rate at ``step`` (from 0), as a fraction of the plateau's rate."""
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        return max(self.floor, 0.5 ** (max(0, step - self.hold_steps) / self.half_life))
