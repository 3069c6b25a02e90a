"""The training and validation step of an acoustic model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer

from tts.alignment.batched import batch_metrics
from tts.core.interfaces import AcousticModel, AcousticOutput, Batch
from tts.data.metadata import CorpusError
from tts.training.base_module import TrainingModule
from tts.training.hardware import fuse

#: Most graphs for one shape: a model has one before and one after its alignment prior has faded, for every R.
STATES = 8


class AcousticModule(TrainingModule):
    """Trains a `tts.core.interfaces.AcousticModel` with teacher forcing. Losses may have trainable weights.

    Args:
        args: see `TrainingModule`.
        cuda_graphs: replay the loop of a recurrent decoder as CUDA graphs, on one GPU.
        kwargs: see `TrainingModule`.
    """

    def __init__(self, *args: Any, cuda_graphs: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cuda_graphs = cuda_graphs
        self._compiled: Callable[[Batch], AcousticOutput] | None = None
        self._ids: list[str] = []
        self._parts: dict[str, Tensor] = {}  # the losses of the current step
        self._logged: dict[str, Tensor] = {}  # other values of the current step to log

    def compile_model(self, num_shapes: int) -> None:
        """Use torch.compile in `training_step`, for batches of ``num_shapes`` shapes; other steps use the model itself.

        Every shape is compiled separately: with symbolic lengths (torch 2.11), the compiled backward pass makes the
        lengths in the strides of kept activations constant, so every new length would be compiled anyway.
        """
        limit = num_shapes * STATES
        torch._dynamo.config.recompile_limit = max(limit, torch._dynamo.config.recompile_limit)  # otherwise 8
        self._compiled = torch.compile(self.model.forward, dynamic=False)

    def on_fit_start(self) -> None:
        """Raise `CorpusError` before the first step if training needs durations and the corpus has none."""
        if self._cuda_graphs:
            cast(Any, self.model).decoder.use_cuda_graphs()
        datamodule = cast(Any, self.trainer).datamodule  # Lightning's types lack this attribute
        if datamodule is None or not self.model.use_forced_alignment:
            return
        corpus = datamodule.train
        if not corpus.is_aligned:
            raise CorpusError(
                f"{corpus.folder} has no durations. Add them, which takes minutes: "
                f"python -m tts.align data.corpus={corpus.folder}"
            )
        if not self.model.needs_durations:  # a model that needs them works with frames, not decoder steps
            self._check_lengths(corpus)

    def _check_lengths(self, corpus: Any) -> None:
        """Check that every symbol has a decoder step. On a GPU the model itself does not check this."""
        steps = -(-corpus.num_frames // self.model.reduction_factor)
        if count := int((steps < corpus.num_tokens).sum()):
            raise CorpusError(
                f"{count} utterances of {corpus.folder} have fewer decoder steps than symbols at "
                f"acoustic.decoder.reduction_factor={self.model.reduction_factor}. Use a smaller one."
            )

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the weighted sum of the losses.

        A loss that is not finite is detected later in the gradient, which all ranks share. If a rank stopped here, the
        other ranks would wait for it.
        """
        self.seed_noise(batch_idx)
        cast(AcousticModel, self.model).set_step(self.global_step)
        output = (self._compiled or self.model)(batch)
        total, parts = self.weighted_sum(output, batch)
        self._ids, self._parts = batch.ids, {name: part.detach() for name, part in parts.items()}
        self._logged = {"loss": total.detach(), **_health(output, batch)} if self.logs_now else {}
        return total

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the losses of `eval_model` on held-out utterances."""
        output = self.eval_model(batch)
        total, parts = self.weighted_sum(output, batch)
        self.log_values("validation", {"loss": total, **parts, **_health(output, batch)}, len(batch.ids))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimizer of the model and of losses with weights, and its schedule, which steps with it."""
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
        """Clip the gradient of the model by its norm and record the norm, which Lightning does not return.

        The norm and all logged values are copied from a GPU only at log steps, and from a CPU at every step.
        """
        limit = gradient_clip_val or float("inf")
        norms = {"the gradient": nn.utils.clip_grad_norm_(self.model.parameters(), limit)}
        if gradients := [p.grad for p in self.losses.parameters() if p.grad is not None]:
            norms["the gradient of a loss's own weights"] = nn.utils.get_total_norm(gradients)
        parts, logged = self._parts, {"grad_norm": norms["the gradient"], **self._logged}
        if self.trainer.precision == "16-mixed":  # its loss scaler produces infinities on purpose and skips them
            self._journal.add(self.global_step, self._ids, {}, {}, parts | logged)
        else:
            self._journal.add(self.global_step, self._ids, parts, norms, logged)
        values = self.read_journal(self.logs_now)
        if self.logs_now:
            named = {name: values[name] for name in (*self._logged, *parts)}
            self.log_step(named, values["grad_norm"], optimizer.param_groups[0]["lr"], len(self._ids))

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Update the average of the weights after every step."""
        super().optimizer_step(*args, **kwargs)
        if self.average is not None:
            self.average.update(self.model, self.global_step + 1)


def _health(output: AcousticOutput, batch: Batch) -> dict[str, Tensor]:
    return batch_metrics(output.alignment, output.decoder_lengths, batch.token_lengths)
