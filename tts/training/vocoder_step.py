"""The computation of one training step of a vocoder, in two stages, as it is or as CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from tts.core.interfaces import VocoderOutput
from tts.data.segments import SegmentBatch
from tts.nn.cuda_graphs import capture


class Step(Protocol):
    """Gradients of a batch: `first`, then the discriminators' optimizer, then `second`, then the generator's."""

    def first(self) -> None:
        """The waveform, its distances, and what the discriminators learn from it."""

    def second(self) -> None:
        """What the generator learns, clipped."""

    def scalars(self) -> Mapping[str, Tensor]:
        """The losses by name; beside them ``loss``, ``gradient`` and, judged, ``discriminator``."""


class EagerStep:
    """Computes the stages one operation after another.

    Args:
        model: a `tts.core.interfaces.TrainableVocoder`.
        adversary: `tts.losses.gan.GANLoss`, or None where the discriminators take no part.
        weigh: (output, batch) -> the weighted sum of the losses and each of them by name.
        backward: of a scalar.
        clip: largest norm of the generator's gradient.
        batch: pieces of recordings.
    """

    def __init__(
        self,
        model: Any,
        adversary: Any,
        weigh: Callable[[VocoderOutput, SegmentBatch], tuple[Tensor, dict[str, Tensor]]],
        backward: Callable[[Tensor], None],
        clip: float,
        batch: SegmentBatch,
    ) -> None:
        self.model, self.adversary, self.batch = model, adversary, batch
        self._weigh, self._backward, self._clip = weigh, backward, clip
        self._names: list[str] = []
        self.values = torch.empty(0)  # (N,), of `_names`

    def first(self) -> None:
        """See `Step`."""
        output = self.model.training_forward(self.batch.mel, self.batch.wav)
        self._made = output.wav
        self._total, self._losses = self._weigh(output, self.batch)
        if self.adversary is not None:
            self.adversary.zero_grad()
            self._judged = self.adversary.discriminator_loss(self._made.detach(), self.batch.wav)
            self._backward(self._judged)

    def second(self) -> None:
        """See `Step`."""
        total, losses, others = self._total, dict(self._losses), {}
        if self.adversary is not None:
            asked = self.adversary.generator_losses(self._made, self.batch.wav)
            total, losses = torch.stack([total, *asked.values()]).sum(), losses | asked
            others["discriminator"] = self._judged
        self.model.zero_grad()
        self._backward(total)
        others |= {"gradient": nn.utils.clip_grad_norm_(self.model.parameters(), self._clip), "loss": total}
        scalars = losses | others
        self._names = list(scalars)
        self.values = torch.stack([value.detach().float() for value in scalars.values()])
        del self._made, self._total, self._losses

    def scalars(self) -> Mapping[str, Tensor]:
        """See `Step`; not overwritten by the next step."""
        return dict(zip(self._names, self.values.clone().unbind()))


class GraphedStep:
    """Replays the stages of an `EagerStep` of the same shapes.

    The gradients stay where the capture has put them: nobody may set them to None in between.

    Args:
        step: captured as it is; its batch becomes the tensors that `load` fills.
    """

    def __init__(self, step: EagerStep) -> None:
        step.batch = step.batch._replace(mel=step.batch.mel.clone(), wav=step.batch.wav.clone())
        self._step, device = step, step.batch.mel.device.type
        dtype, enabled = torch.get_autocast_dtype(device), torch.is_autocast_enabled(device)
        with torch.autocast(device, dtype, enabled, cache_enabled=False):  # a replay must cast the weights again
            self._graphs = capture([step.first, step.second])

    def load(self, batch: SegmentBatch) -> GraphedStep:
        """Itself, for another batch."""
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
