"""Base class for training an acoustic model or a vocoder: losses, average of the weights, noise and logs."""

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
    """Trains a model with a weighted sum of losses. `eval_model` is the model for validation and export.

    Args:
        model: the model to train.
        losses: `tts.core.interfaces.Loss` by name.
        optimizer: builds the optimizer from the parameters.
        schedule: builds the learning-rate schedule from the optimizer; it steps after every optimizer step.
        ema_decay: decay of the moving average of the weights, which is used for validation and export; 0 uses the
            weights themselves.
        seed: with the rank, the epoch and the batch it determines all noise of a step (dropout), so that a resumed run
            draws the same noise.
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
    def eval_model(self) -> Any:
        """The model for validation, samples and export: the average of the weights, if there is one."""
        return self.average.model if self.average is not None else self.model

    def on_validation_start(self) -> None:
        """Raise `tts.training.divergence.DivergedError` if a loss or gradient is not finite."""
        self._journal.read(self.trainer.world_size)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Store the configuration in the checkpoint. Raises `DivergedError` if a loss or gradient is not finite."""
        self._journal.read(self.trainer.world_size)
        checkpoint["config"] = self._config

    def read_journal(self, logs_now: bool) -> dict[str, float]:
        """The scalars of this step; empty on a GPU between log steps, to avoid a synchronization."""
        return self._journal.read(self.trainer.world_size) if logs_now or self.device.type == "cpu" else {}

    def log_step(self, values: Mapping[str, float], grad_norm: float, lr: float, batch_size: int) -> None:
        """Log the values of a training step."""
        self.log_values("train", {name: torch.tensor(value) for name, value in values.items()}, batch_size)
        self.log_dict({"optim/grad_norm": torch.tensor(grad_norm), "optim/lr": torch.tensor(lr)})

    def weighted_sum(self, output: Any, batch: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of the losses, and each unweighted loss by name."""
        parts = {name: loss(output, batch, self.global_step) for name, loss in self.losses.items()}
        total = torch.stack([self.losses[name].weight * part for name, part in parts.items()]).sum()
        return total, parts

    def log_values(self, stage: str, values: Mapping[str, Tensor], batch_size: int) -> None:
        """Log scalars as ``stage/name``."""
        detached = {f"{stage}/{name}": value.detach() for name, value in values.items()}
        self.log_dict(detached, batch_size=batch_size, sync_dist=stage == "validation")

    @property
    def logs_now(self) -> bool:
        """Whether this step is a log step."""
        return (self.global_step + 1) % self.trainer.log_every_n_steps == 0  # type: ignore[attr-defined]

    def seed_noise(self, batch_idx: int) -> None:
        """Seed the noise of a step."""
        where = f"{self._seed} {self.global_rank} {self.current_epoch} {batch_idx}"
        seed = int.from_bytes(hashlib.blake2b(where.encode(), digest_size=8).digest(), "little") >> 1
        torch.default_generator.manual_seed(seed)  # faster than torch.manual_seed, which seeds all devices
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)
