"""Export a voice at every checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import lightning
from torch import Tensor

from tts.training.base_module import TrainingModule


class VoiceExport(lightning.Callback):
    """Writes a voice with the weights of `eval_model` whenever a checkpoint is written.

    Args:
        save: receives the state of the model and replaces the voice folder.
    """

    def __init__(self, save: Callable[[Mapping[str, Tensor]], Any]) -> None:
        self._save = save
        self._last = -1

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Export the voice once per step, also if several checkpoints are written."""
        if trainer.is_global_zero and trainer.global_step != self._last:
            self._last = trainer.global_step
            self._save(cast(TrainingModule, pl_module).eval_model.state_dict())
