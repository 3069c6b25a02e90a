"""The training step of a vocoder: first only with reconstruction losses, later also with discriminators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tts.core.interfaces import VocoderOutput
from tts.data.segments import SegmentBatch
from tts.training.base_module import TrainingModule
from tts.training.hardware import fuse
from tts.training.vocoder_step import EagerStep, GraphedStep


class VocoderModule(TrainingModule):
    """Trains a vocoder with losses of the waveform, and from ``adversarial_start_step`` on also with discriminators.

    Lightning counts the steps of the generator. The model is a `tts.core.interfaces.TrainableVocoder`.

    Args:
        adversary: discriminators and their losses, `tts.losses.gan.GANLoss`; None uses no discriminators.
        adversarial_start_step: first step with discriminators.
        gradient_clip: maximum norm of the generator's gradient.
        cuda_graphs: replay the step as two CUDA graphs, on one GPU.
        options: see `TrainingModule`.
    """

    def __init__(
        self,
        adversary: nn.Module | None,
        adversarial_start_step: int,
        gradient_clip: float,
        cuda_graphs: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.automatic_optimization = False
        self.adversary = adversary
        self._adversarial_start_step, self._clip = adversarial_start_step, gradient_clip
        self.cuda_graphs = cuda_graphs
        self._graph: tuple[bool, GraphedStep] | None = None  # for steps with or without discriminators
        self._compiled: Callable[[Tensor, Tensor], VocoderOutput] | None = None

    def compile_model(self) -> None:
        """Use torch.compile in `training_step` for the vocoder's forward and backward pass, not for the losses."""
        self._compiled = torch.compile(cast(Any, self.model).training_forward, dynamic=False)

    def training_step(self, batch: SegmentBatch, batch_idx: int) -> None:
        """A step of the discriminators, if they are active, and a step of the generator."""
        self.seed_noise(batch_idx)
        logs_now = self.logs_now  # before Lightning counts the step of the generator
        is_adversarial = self.adversary is not None and self.global_step >= self._adversarial_start_step
        step = self._graphed(batch, is_adversarial) if self.cuda_graphs else self._eager(batch, is_adversarial)
        step.first()
        if is_adversarial:
            # Lightning would also count the steps of its own optimizer wrapper.
            cast("list[Optimizer]", self.optimizers(use_pl_optimizer=False))[1].step()
            cast("list[LRScheduler]", self.lr_schedulers())[1].step()
        step.second()
        self._step_generator(dict(step.scalars()), batch, logs_now)

    def validation_step(self, batch: SegmentBatch, batch_idx: int) -> None:
        """Log the losses of `eval_model` on held-out segments."""
        total, losses = self._sum_losses(self.eval_model.training_forward(batch.mel, batch.wav), batch)
        self.log_values("validation", {"loss": total, **losses}, len(batch.ids))

    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        """Return the optimizers and schedules of the generator and of the discriminators, in this order."""
        modules = [module for module in (self.model, self.adversary) if module is not None]
        fused = fuse(self._optimizer, self.device, self.trainer.precision)
        optimizers = [fused(module.parameters()) for module in modules]
        return optimizers, [self._schedule(optimizer) for optimizer in optimizers]

    def _sum_losses(self, output: VocoderOutput, batch: SegmentBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The sum of the losses and the vocoder's own losses, and each of them by name."""
        total, parts = self.weighted_sum(output, batch)
        return torch.stack([total, *output.losses.values()]).sum(), output.losses | parts

    def _eager(self, batch: SegmentBatch, is_adversarial: bool) -> EagerStep:
        adversary = self.adversary if is_adversarial else None
        forward = self._compiled or cast(Any, self.model).training_forward
        return EagerStep(self.model, forward, adversary, self._sum_losses, self.manual_backward, self._clip, batch)

    def _graphed(self, batch: SegmentBatch, is_adversarial: bool) -> GraphedStep:
        if self._graph is None or self._graph[0] != is_adversarial:
            self._graph = None  # free its memory first
            self._graph = is_adversarial, GraphedStep(self._eager(batch, is_adversarial))
        return self._graph[1].load(batch)

    def _step_generator(self, scalars: dict[str, Tensor], batch: SegmentBatch, logs_now: bool) -> None:
        optimizer, schedule = _first(self.optimizers()), _first(self.lr_schedulers())
        others: dict[str, Tensor] = {name: scalars.pop(name) for name in ("loss", "discriminator") if name in scalars}
        gradients = {"the gradient": scalars.pop("gradient")}
        self._journal.add(self.global_step, batch.ids, scalars, gradients, others)
        values = self.read_journal(logs_now)
        optimizer.step()
        schedule.step()
        if self.average is not None:
            self.average.update(self.model, self.global_step)
        if logs_now:
            norm = values.pop("the gradient")
            self.log_step(values, norm, schedule.get_last_lr()[0], len(batch.ids))


def _first(parts: Any) -> Any:
    return parts[0] if isinstance(parts, list) else parts
