"""What training an acoustic model and training a vocoder have in common: losses, average, noise, logs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tts.core.interfaces import Loss
from tts.training.divergence import StepJournal
from tts.training.ema import EMA


class TrainingModule(lightning.LightningModule):
    """A model under a weighted sum of losses; `speaker` is the model to listen to.

    Args:
        model: what learns.
        losses: `tts.core.interfaces.Loss` by name.
        optimizer: makes the optimizer from the parameters.
        schedule: makes the learning-rate schedule from the optimizer; it is stepped after every optimizer step.
        ema_decay: of the running average of the weights, which validates and speaks; 0 uses the weights themselves.
        seed: all noise of a step (dropout) follows from it, the rank, the epoch and the batch, so that a run that is
            resumed anywhere draws what it would have drawn.
        config: plain configuration, stored in checkpoints.
    """

    def __init__(
        self,
        model: nn.Module,
        losses: Mapping[str, Loss],
        optimizer: Callable[..., Optimizer],
        schedule: Callable[..., LRScheduler],
        ema_decay: float = 0.999,
        seed: int = 0,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.losses: Any = nn.ModuleDict(losses)  # type: ignore[arg-type]
        self.average = EMA(model, ema_decay) if ema_decay else None
        self._optimizer, self._schedule, self._seed = optimizer, schedule, seed
        self._config = dict(config or {})
        self._journal = StepJournal()

    @property
    def speaker(self) -> Any:
        """The model that validates, speaks and is exported: the average of the weights where there is one."""
        return self.average.model if self.average is not None else self.model

    def on_validation_start(self) -> None:
        """What validates is a number; `tts.training.divergence.DivergedError` if it is not."""
        self._journal.read(self.trainer.world_size)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The configuration goes with the weights, which are numbers; `DivergedError` if they are not."""
        self._journal.read(self.trainer.world_size)
        checkpoint["config"] = self._config

    def read_journal(self, logs_now: bool) -> dict[str, float]:
        """The scalars of this step, which a GPU is asked for at log steps alone and a CPU always; else empty."""
        return self._journal.read(self.trainer.world_size) if logs_now or self.device.type == "cpu" else {}

    def log_step(self, values: Mapping[str, float], grad_norm: float, lr: float, batch_size: int) -> None:
        """Numbers of a training step to the loggers."""
        self.log_values("train", {name: torch.tensor(value) for name, value in values.items()}, batch_size)
        self.log_dict({"optim/grad_norm": torch.tensor(grad_norm), "optim/lr": torch.tensor(lr)})

    def weigh(self, output: Any, batch: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of the losses, and each of them, not weighted, by name."""
        parts = {name: loss(output, batch, self.global_step) for name, loss in self.losses.items()}
        total = torch.stack([self.losses[name].weight * part for name, part in parts.items()]).sum()
        return total, parts

    def log_values(self, stage: str, values: Mapping[str, Tensor], batch_size: int) -> None:
        """Scalars to the loggers, as ``stage/name``."""
        detached = {f"{stage}/{name}": value.detach() for name, value in values.items()}
        self.log_dict(detached, batch_size=batch_size, sync_dist=stage == "validation")

    @property
    def logs_now(self) -> bool:
        """Whether this step is one that is logged."""
        return (self.global_step + 1) % self.trainer.log_every_n_steps == 0  # type: ignore[attr-defined]

    def seed_noise(self, batch_idx: int) -> None:
        """Begin the noise of a step."""
        where = f"{self._seed} {self.global_rank} {self.current_epoch} {batch_idx}"
        seed = int.from_bytes(hashlib.blake2b(where.encode(), digest_size=8).digest(), "little") >> 1
        torch.default_generator.manual_seed(seed)  # torch.manual_seed visits every kind of device, which takes longer
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)
