"""One step of training a vocoder: reconstruction alone at first, then against discriminators."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tts.data.segments import SegmentBatch
from tts.training.acoustic_module import DivergedError
from tts.training.ema import EMA
from tts.training.hardware import fuse


class VocoderModule(lightning.LightningModule):
    """Mel to waveform under spectral losses, and from ``adversarial_start_step`` on also under discriminators.

    The step that Lightning counts is the generator's.

    Args:
        model: a vocoder with ``training_forward(mel, wav) -> (wav, losses)``.
        reconstruction: (made, real) -> weighted losses by name.
        optimizer: makes an optimiser from parameters.
        schedule: makes the learning-rate schedule from an optimiser.
        contract: (made, real) -> weighted losses by name, of the mel that the vocoder starts from; None has none.
        adversary: discriminators and their losses, `tts.losses.gan.GANLoss`; None never uses any.
        adversarial_start_step: step at which they come in.
        gradient_clip: largest norm of the generator's gradient.
        ema_decay: of the running average of the generator, which validates and speaks; 0 uses the generator itself.
        seed: all noise of a step follows from it, the rank, the epoch and the batch.
        config: plain configuration, stored in checkpoints.
    """

    def __init__(
        self,
        model: nn.Module,
        reconstruction: nn.Module,
        optimizer: Callable[..., Optimizer],
        schedule: Callable[..., LRScheduler],
        contract: nn.Module | None = None,
        adversary: nn.Module | None = None,
        adversarial_start_step: int = 0,
        gradient_clip: float = 10.0,
        ema_decay: float = 0.999,
        seed: int = 0,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.model, self.adversary = model, adversary
        self.distances = nn.ModuleList([reconstruction] if contract is None else [reconstruction, contract])
        self.average = EMA(model, ema_decay) if ema_decay else None
        self._optimizer, self._schedule, self._seed = optimizer, schedule, seed
        self._adversarial_start_step, self._clip = adversarial_start_step, gradient_clip
        self._config = dict(config or {})
        self._logs_now = False

    @property
    def speaker(self) -> nn.Module:
        """The vocoder that validates, speaks and is exported."""
        return self.average.model if self.average is not None else self.model

    def training_step(self, batch: SegmentBatch, batch_idx: int) -> None:
        """A step of the discriminators, if they take part yet, and one of the generator."""
        self._seed_noise(batch_idx)
        self._logs_now = (self.global_step + 1) % self.trainer.log_every_n_steps == 0
        made, losses = self.model.training_forward(batch.mel, batch.wav)
        losses |= self._compare(made, batch.wav)
        if self.adversary is not None and self.global_step >= self._adversarial_start_step:
            self._step_adversary(made.detach(), batch)
            losses |= self.adversary.generator_losses(made, batch.wav)
        self._step_generator(losses, batch)
        if self._logs_now:
            self._log("train", losses, batch)

    def validation_step(self, batch: SegmentBatch, batch_idx: int) -> None:
        """Reconstruction of held-out pieces by `speaker`."""
        made, losses = self.speaker.training_forward(batch.mel, batch.wav)
        self._log("validation", losses | self._compare(made, batch.wav), batch)

    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        """The generator's first, then the discriminators'."""
        modules = [module for module in (self.model, self.adversary) if module is not None]
        fused = fuse(self._optimizer, self.device, self.trainer.precision)
        optimizers = [fused(module.parameters()) for module in modules]
        return optimizers, [self._schedule(optimizer) for optimizer in optimizers]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The configuration goes with the weights."""
        checkpoint["config"] = self._config

    def _compare(self, made: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Distances between two waveforms, (B, T_wav) each, by name."""
        return {name: value for distance in self.distances for name, value in distance(made, real).items()}

    def _step_generator(self, losses: Mapping[str, Tensor], batch: SegmentBatch) -> None:
        optimizer, schedule = _first(self.optimizers()), _first(self.lr_schedulers())
        optimizer.zero_grad()
        total = torch.stack(list(losses.values())).sum()
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
        if self._logs_now:
            self.log("optim/grad_norm", norm)
            self.log("optim/lr", schedule.get_last_lr()[0])

    def _step_adversary(self, made: Tensor, batch: SegmentBatch) -> None:
        optimizer = self.optimizers(use_pl_optimizer=False)[1]  # Lightning would count its steps, too
        optimizer.zero_grad()
        loss = self.adversary.discriminator_loss(made, batch.wav)
        self.manual_backward(loss)
        optimizer.step()
        self.lr_schedulers()[1].step()
        if self._logs_now:
            self.log("train/discriminator", loss.detach())

    def _log(self, stage: str, losses: Mapping[str, Tensor], batch: SegmentBatch) -> None:
        values = {"loss": torch.stack(list(losses.values())).sum(), **losses}
        self.log_dict(
            {f"{stage}/{name}": value.detach() for name, value in values.items()},
            batch_size=len(batch.ids),
            sync_dist=stage == "validation",
        )

    def _seed_noise(self, batch_idx: int) -> None:
        where = f"{self._seed} {self.global_rank} {self.current_epoch} {batch_idx}"
        seed = int.from_bytes(hashlib.blake2b(where.encode(), digest_size=8).digest(), "little") >> 1
        torch.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)


def _first(parts: Any) -> Any:
    return parts[0] if isinstance(parts, list) else parts
