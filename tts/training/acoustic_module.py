"""One step of training an acoustic model, and of validating it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer

from tts.alignment.batched import batch_metrics
from tts.core.interfaces import AcousticModel, AcousticOutput, Batch
from tts.data.metadata import CorpusError
from tts.training.base_module import DivergedError, TrainingModule
from tts.training.hardware import fuse


class AcousticModule(TrainingModule):
    """Teacher forcing of a `tts.core.interfaces.AcousticModel`; the losses may have weights of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ids: list[str] = []
        self._parts: dict[str, Tensor] = {}  # the losses of the step in progress, for a message

    def on_fit_start(self) -> None:
        """Raise `CorpusError` at once, not in the first step, where durations are to be followed and there are none."""
        datamodule = cast(Any, self.trainer).datamodule  # which Lightning attaches; its types do not have it
        if datamodule is None or not self.model.use_forced_alignment:
            return
        corpus = datamodule.train
        if not corpus.is_aligned:
            raise CorpusError(
                f"{corpus.folder} has no durations to follow. Find them, which takes minutes: "
                f"python -m tts.align data.corpus={corpus.folder}"
            )
        if not self.model.needs_durations:  # a model that does lays out frames, not a path of steps
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
        self.seed_noise(batch_idx)
        cast(AcousticModel, self.model).set_step(self.global_step)
        output = self.model(batch)
        total, parts = self.weigh(output, batch)
        self._ids, self._parts = batch.ids, {name: part.detach() for name, part in parts.items()}
        if self.logs_now:
            self._log("train", total, parts, output, batch)
        return total

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """The same losses on held-out utterances, from `speaker`."""
        output = self.speaker(batch)
        total, parts = self.weigh(output, batch)
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
        if self.logs_now:
            self.log("optim/grad_norm", norm)
            self.log("optim/lr", optimizer.param_groups[0]["lr"])

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Let the average follow every step."""
        super().optimizer_step(*args, **kwargs)
        if self.average is not None:
            self.average.update(self.model, self.global_step + 1)

    def _log(self, stage: str, total: Tensor, parts: dict[str, Tensor], output: AcousticOutput, batch: Batch) -> None:
        health = batch_metrics(output.alignment, output.decoder_lengths, batch.token_lengths)
        self.log_values(stage, {"loss": total, **parts, **health}, len(batch.ids))

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
