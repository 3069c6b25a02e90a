"""One step of training an acoustic model, and of validating it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tts.alignment.batched import batch_metrics
from tts.core.errors import AttuneError
from tts.core.interfaces import AcousticModel, AcousticOutput, Batch
from tts.data.metadata import CorpusError
from tts.training.ema import EMA
from tts.training.hardware import fuse


class DivergedError(AttuneError):
    """A loss or a gradient is no longer a number; the message names the utterances of the step."""


class AcousticModule(lightning.LightningModule):
    """Teacher forcing under a weighted sum of losses; `speaker` is the model to listen to.

    Args:
        model: a `tts.core.interfaces.AcousticModel`.
        losses: by name; each has ``weight`` and maps (output, batch, step) to a scalar.
        optimizer: makes the optimiser from the parameters.
        schedule: makes the learning-rate schedule from the optimiser; it is stepped after every optimiser step.
        ema_decay: of the running average of the weights, which validates and speaks; 0 uses the weights themselves.
        seed: all noise of a step (dropout) follows from it, the rank, the epoch and the batch, so that a run that is
            resumed anywhere draws what it would have drawn.
        config: plain configuration, stored in checkpoints.
    """

    def __init__(
        self,
        model: AcousticModel,
        losses: Mapping[str, nn.Module],
        optimizer: Callable[..., Optimizer],
        schedule: Callable[..., LRScheduler],
        ema_decay: float = 0.999,
        seed: int = 0,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.losses = nn.ModuleDict(losses)
        self.average = EMA(model, ema_decay) if ema_decay else None
        self._optimizer, self._schedule, self._seed = optimizer, schedule, seed
        self._config = dict(config or {})
        self._ids: list[str] = []
        self._parts: dict[str, Tensor] = {}  # the losses of the step in progress, for a message

    @property
    def speaker(self) -> AcousticModel:
        """The model that validates, speaks and is exported: the average of the weights where there is one."""
        return self.average.model if self.average is not None else self.model

    def on_fit_start(self) -> None:
        """Raise `CorpusError` at once, not in the first step, where durations are to be followed and there are none."""
        corpus = getattr(self.trainer.datamodule, "train", None)
        if getattr(self.model, "use_forced_alignment", False) and corpus is not None and not corpus.is_aligned:
            raise CorpusError(
                f"{corpus.folder} has no durations to follow. Find them, which takes minutes: "
                f"python -m tts.align data.corpus={corpus.folder}"
            )
        if corpus is not None and (self._config.get("acoustic") or {}).get("use_forced_alignment"):
            self._check_lengths(corpus)

    def _check_lengths(self, corpus: Any) -> None:
        """A path along durations needs a decoder step for every symbol; on a GPU the model itself does not look."""
        steps = -(-corpus.num_frames // self.model.reduction_factor)
        if count := int((steps < corpus.num_tokens).sum()):
            raise CorpusError(
                f"{count} utterances of {corpus.folder} have fewer decoder steps than symbols at "
                f"acoustic.decoder.reduction_factor={self.model.reduction_factor}. Use a smaller one."
            )

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Weighted sum of the losses.

        Whether it is finite shows in the gradient, which all ranks share: a rank that stopped by itself here would
        leave the others waiting for it.
        """
        self._seed_noise(batch_idx)
        output = self.model(batch)
        total, parts = self._weigh(output, batch)
        self._ids, self._parts = batch.ids, {name: part.detach() for name, part in parts.items()}
        if self._logs_now():
            self._log("train", total, parts, output, batch)
        return total

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """The same losses on held-out utterances, from `speaker`."""
        output = self.speaker(batch)
        total, parts = self._weigh(output, batch)
        self._log("validation", total, parts, output, batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Optimiser of the parameters, those of losses that learn included, and its schedule, stepped with it."""
        fused = fuse(self._optimizer, self.device, self.trainer.precision)
        optimizer = fused([*self.model.parameters(), *self.losses.parameters()])
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self._schedule(optimizer), "interval": "step", "frequency": 1},
        }

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the model's by norm and keep the norm, which Lightning computes and throws away."""
        limit = gradient_clip_val or float("inf")
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), limit)
        judges = nn.utils.get_total_norm([p.grad for p in self.losses.parameters() if p.grad is not None])
        scaled = self.trainer.precision == "16-mixed"  # its loss scaler meets infinities on purpose, and skips them
        if not scaled and not torch.isfinite(norm + judges):
            raise DivergedError(self._diverged({"the gradient": norm, "the gradient of a loss's own weights": judges}))
        if self._logs_now():
            self.log("optim/grad_norm", norm)
            self.log("optim/lr", optimizer.param_groups[0]["lr"])

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Let the average follow every step."""
        super().optimizer_step(*args, **kwargs)
        if self.average is not None:
            self.average.update(self.model, self.global_step + 1)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The configuration goes with the weights."""
        checkpoint["config"] = self._config

    def _weigh(self, output: AcousticOutput, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        parts = {name: loss(output, batch, self.global_step) for name, loss in self.losses.items()}
        total = torch.stack([self.losses[name].weight * part for name, part in parts.items()]).sum()
        return total, parts

    def _log(self, stage: str, total: Tensor, parts: dict[str, Tensor], output: AcousticOutput, batch: Batch) -> None:
        health = batch_metrics(output.alignment, output.decoder_lengths, batch.token_lengths)
        values = {"loss": total, **parts, **health}
        self.log_dict(
            {f"{stage}/{name}": value.detach() for name, value in values.items()},
            batch_size=len(batch.ids),
            sync_dist=stage == "validation",
        )

    def _logs_now(self) -> bool:
        return (self.global_step + 1) % self.trainer.log_every_n_steps == 0

    def _seed_noise(self, batch_idx: int) -> None:
        where = f"{self._seed} {self.global_rank} {self.current_epoch} {batch_idx}"
        seed = int.from_bytes(hashlib.blake2b(where.encode(), digest_size=8).digest(), "little") >> 1
        torch.default_generator.manual_seed(seed)  # torch.manual_seed visits every kind of device, which takes longer
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _diverged(self, gradients: Mapping[str, Tensor]) -> str:
        losses = {name: float(value) for name, value in self._parts.items()}
        if self.trainer.world_size > 1 and all(math.isfinite(value) for value in losses.values()):
            return f"Training diverged at step {self.global_step}: the losses of another process are not finite."
        values = losses | {name: float(value) for name, value in gradients.items()}
        listed = ", ".join(f"{name} is {value:.6g}" for name, value in values.items())
        return (
            f"Training diverged at step {self.global_step}: {listed}.\n"
            f"Utterances of this step: {', '.join(self._ids)}\n"
            "Look at these recordings and texts first. If they are sound, start a new run from this one's last voice "
            "(init_from=RUN) with a lower optim.lr or trainer.gradient_clip_val."
        )
