"""Learning rate over training steps."""

from __future__ import annotations

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class WarmupDecay(LRScheduler):
    """A straight rise, a plateau, then an exponential decay that ends at a floor.

    It does not depend on how long training will go on, so a run can be prolonged.

    Args:
        optimizer: its learning rate is that of the plateau.
        warmup_steps: steps of the rise; 0 starts on the plateau.
        hold_steps: steps from the start until the decay begins.
        half_life: steps in which the rate halves after that.
        floor: least share of the plateau's rate.
        last_epoch: the step to start from; Lightning's business.
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
        """Learning rate of every parameter group at the present step."""
        return [base * self.factor(self.last_epoch) for base in self.base_lrs]

    def factor(self, step: int) -> float:
        """Share of the plateau's rate at ``step`` (from 0)."""
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        return max(self.floor, 0.5 ** (max(0, step - self.hold_steps) / self.half_life))
