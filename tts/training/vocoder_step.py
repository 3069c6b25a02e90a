"""The computation of a training step of a vocoder in two stages, executed eagerly or as CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from tts.core.interfaces import VocoderOutput
from tts.data.segments import SegmentBatch
from tts.nn.cuda_graphs import capture


class Step(Protocol):
    """Gradients of a batch: `first`, the discriminators' optimizer, `second`, the generator's optimizer."""

    def first(self) -> None:
        """Compute the waveform, its losses, and the gradients of the discriminators."""

    def second(self) -> None:
        """Compute the clipped gradients of the generator."""

    def scalars(self) -> Mapping[str, Tensor]:
        """The losses by name, and ``loss``, ``gradient`` and, with discriminators, ``discriminator``."""


class EagerStep:
    """Computes the stages one operation after another.

    Args:
        model: a `tts.core.interfaces.TrainableVocoder`.
        forward: (mel, wav) -> its output: the model's ``training_forward``, or the same compiled.
        adversary: `tts.losses.gan.GANLoss`, or None without discriminators.
        weighted_sum: (output, batch) -> the weighted sum of the losses and each of them by name.
        backward: computes the gradients of a scalar.
        clip: maximum norm of the generator's gradient.
        batch: segments of recordings.
    """

    def __init__(
        self,
        model: Any,
        forward: Callable[[Tensor, Tensor], VocoderOutput],
        adversary: Any,
        weighted_sum: Callable[[VocoderOutput, SegmentBatch], tuple[Tensor, dict[str, Tensor]]],
        backward: Callable[[Tensor], None],
        clip: float,
        batch: SegmentBatch,
    ) -> None:
        self.model, self.adversary, self.batch = model, adversary, batch
        self._forward, self._weighted_sum, self._backward, self._clip = forward, weighted_sum, backward, clip
        self._names: list[str] = []
        self.values = torch.empty(0)  # (N,), the values of `_names`

    def first(self) -> None:
        """See `Step`."""
        output = self._forward(self.batch.mel, self.batch.wav)
        self._generated = output.wav
        self._total, self._losses = self._weighted_sum(output, self.batch)
        if self.adversary is not None:
            self.adversary.zero_grad()
            self._discriminator_loss = self.adversary.discriminator_loss(self._generated.detach(), self.batch.wav)
            self._backward(self._discriminator_loss)

    def second(self) -> None:
        """See `Step`."""
        total, losses, others = self._total, dict(self._losses), {}
        if self.adversary is not None:
            adversarial = self.adversary.generator_losses(self._generated, self.batch.wav)
            total, losses = torch.stack([total, *adversarial.values()]).sum(), losses | adversarial
            others["discriminator"] = self._discriminator_loss
        self.model.zero_grad()
        self._backward(total)
        others |= {"gradient": nn.utils.clip_grad_norm_(self.model.parameters(), self._clip), "loss": total}
        scalars = losses | others
        self._names = list(scalars)
        self.values = torch.stack([value.detach().float() for value in scalars.values()])
        del self._generated, self._total, self._losses

    def scalars(self) -> Mapping[str, Tensor]:
        """See `Step`. The next step does not overwrite the result."""
        return dict(zip(self._names, self.values.clone().unbind()))


class GraphedStep:
    """Replays the stages of an `EagerStep` with the same shapes.

    The gradient tensors of the capture must stay: do not set gradients to None between steps.

    Args:
        step: the step to capture. `load` copies other batches into its batch.
    """

    def __init__(self, step: EagerStep) -> None:
        step.batch = step.batch._replace(mel=step.batch.mel.clone(), wav=step.batch.wav.clone())
        self._step, device = step, step.batch.mel.device.type
        dtype, enabled = torch.get_autocast_dtype(device), torch.is_autocast_enabled(device)
        with torch.autocast(device, dtype, enabled, cache_enabled=False):  # a replay must cast the weights again
            self._graphs = capture([step.first, step.second])

    def load(self, batch: SegmentBatch) -> GraphedStep:
        """Copy ``batch`` into the captured tensors. Returns this object."""
        self._step.batch.mel.copy_(batch.mel)
        self._step.batch.wav.copy_(batch.wav)
        return self

    def first(self) -> None:
        """See `Step`."""
        self._graphs[0].replay()

    def second(self) -> None:
        """See `Step`."""
        self._graphs[1].replay()

    def scalars(self) -> Mapping[str, Tensor]:
        """See `Step`."""
        return self._step.scalars()
