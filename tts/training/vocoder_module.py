"""One step of training a vocoder: reconstruction alone at first, then against discriminators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tts.core.interfaces import TrainableVocoder, VocoderOutput
from tts.data.segments import SegmentBatch
from tts.training.base_module import DivergedError, TrainingModule
from tts.training.hardware import fuse


class Adversary(Protocol):
    """What training calls of `tts.losses.gan.GANLoss`; it is also a `torch.nn.Module`."""

    def discriminator_loss(self, made: Tensor, real: Tensor) -> Tensor:
        """Loss of the discriminators, for two waveforms (B, T_wav)."""

    def generator_losses(self, made: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Weighted losses of the generator, by name."""


class VocoderModule(TrainingModule):
    """Mel to waveform under losses of the waveform, and from ``adversarial_start_step`` on under discriminators.

    The step that Lightning counts is the generator's. The model is a `tts.core.interfaces.TrainableVocoder`.

    Args:
        adversary: discriminators and their losses, `tts.losses.gan.GANLoss`; None never uses any.
        adversarial_start_step: step at which they come in.
        gradient_clip: largest norm of the generator's gradient.
        options: see `TrainingModule`.
    """

    def __init__(
        self, adversary: nn.Module | None, adversarial_start_step: int, gradient_clip: float, **options: Any
    ) -> None:
        super().__init__(**options)
        self.automatic_optimization = False
        self.adversary = adversary
        self._adversarial_start_step, self._clip = adversarial_start_step, gradient_clip

    def training_step(self, batch: SegmentBatch, batch_idx: int) -> None:
        """A step of the discriminators, if they take part yet, and one of the generator."""
        self.seed_noise(batch_idx)
        logs_now = self.logs_now  # before the step of the generator is counted
        output = cast(TrainableVocoder, self.model).training_forward(batch.mel, batch.wav)
        total, losses = self._weigh_own(output, batch)
        if self.adversary is not None and self.global_step >= self._adversarial_start_step:
            adversary = cast(Adversary, self.adversary)
            self._step_adversary(adversary, output.wav.detach(), batch, logs_now)
            asked = adversary.generator_losses(output.wav, batch.wav)
            total, losses = torch.stack([total, *asked.values()]).sum(), losses | asked
        self._step_generator(total, losses, batch, logs_now)
        if logs_now:
            self.log_values("train", {"loss": total, **losses}, len(batch.ids))

    def validation_step(self, batch: SegmentBatch, batch_idx: int) -> None:
        """Reconstruction of held-out pieces by `speaker`."""
        total, losses = self._weigh_own(self.speaker.training_forward(batch.mel, batch.wav), batch)
        self.log_values("validation", {"loss": total, **losses}, len(batch.ids))

    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        """The generator's first, then the discriminators'."""
        modules = [module for module in (self.model, self.adversary) if module is not None]
        fused = fuse(self._optimizer, self.device, self.trainer.precision)
        optimizers = [fused(module.parameters()) for module in modules]
        return optimizers, [self._schedule(optimizer) for optimizer in optimizers]

    def _weigh_own(self, output: VocoderOutput, batch: SegmentBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The sum of the losses, with those of the vocoder's own."""
        total, parts = self.weigh(output, batch)
        return torch.stack([total, *output.losses.values()]).sum(), output.losses | parts

    def _step_generator(self, total: Tensor, losses: Mapping[str, Tensor], batch: SegmentBatch, logs_now: bool) -> None:
        optimizer, schedule = _first(self.optimizers()), _first(self.lr_schedulers())
        optimizer.zero_grad()
        self.manual_backward(total)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self._clip)
        if not torch.isfinite(total + norm):
            values = ", ".join(f"{name} is {float(value.detach()):.4g}" for name, value in losses.items())
            raise DivergedError(
                f"Training diverged at step {self.global_step}: {values}; the gradient is {float(norm):.4g}.\n"
                f"Utterances of this step: {', '.join(batch.ids)}\n"
                "Listen to these first. If they are sound, start a new run from this one (init_from=RUN) with a lower "
                "optim.lr."
            )
        optimizer.step()
        schedule.step()
        if self.average is not None:
            self.average.update(self.model, self.global_step)
        if logs_now:
            self.log("optim/grad_norm", norm)
            self.log("optim/lr", schedule.get_last_lr()[0])

    def _step_adversary(self, adversary: Adversary, made: Tensor, batch: SegmentBatch, logs_now: bool) -> None:
        # Lightning would count the steps of its own optimizer, too.
        optimizer = cast("list[Optimizer]", self.optimizers(use_pl_optimizer=False))[1]
        optimizer.zero_grad()
        loss = adversary.discriminator_loss(made, batch.wav)
        self.manual_backward(loss)
        optimizer.step()
        cast("list[LRScheduler]", self.lr_schedulers())[1].step()
        if logs_now:
            self.log("train/discriminator", loss.detach())


def _first(parts: Any) -> Any:
    return parts[0] if isinstance(parts, list) else parts
