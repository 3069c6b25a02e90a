"""Write checkpoints every N steps, at the last step, and when a signal stops training."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Any

import lightning
from lightning.pytorch.callbacks import Checkpoint

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATTERN = "step_*.ckpt"
AGREE_EVERY = 10  # steps between exchanges of signals


class InterruptedTraining(Exception):
    """A signal has stopped training, and the state was saved. ``signal`` is its number."""

    def __init__(self, number: int, step: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name} after step {step}")
        self.signal, self.step = number, step


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in ``folder``, oldest first."""
    return sorted(folder.glob(PATTERN))


class Checkpoints(Checkpoint):
    """Writes ``folder/step_*.ckpt`` and keeps the newest files.

    SIGINT and SIGTERM take effect after the current optimizer step, on all ranks together: a checkpoint is written and
    `InterruptedTraining` is raised. A second Ctrl-C interrupts at once.

    Args:
        folder: the folder of the checkpoints.
        every_n_steps: steps between checkpoints; the last step of a run is always saved.
        keep: number of checkpoints to keep.
    """

    def __init__(self, folder: str | Path, every_n_steps: int, keep: int) -> None:
        self._folder, self._every, self._keep = Path(folder), every_n_steps, keep
        self._received = 0
        self._previous: dict[int, Any] = {}
        self._last = 0

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Install the signal handlers. Lightning's own handler of SIGTERM does not save a checkpoint."""
        self._last = trainer.global_step
        self._previous = {number: signal.signal(number, self._receive) for number in SIGNALS}

    def teardown(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        """Restore the previous signal handlers."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def on_exception(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, exception: BaseException
    ) -> None:
        """Restore the previous signal handlers."""
        self.teardown(trainer, pl_module, "fit")

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save a checkpoint and stop training if necessary, but not between the batches of an accumulated step."""
        step = trainer.global_step
        if step == self._last:
            return
        self._last = step
        received = self._agree(trainer, step)
        if received or step == trainer.max_steps or step % self._every == 0:
            self._save(trainer)
        if received:
            raise InterruptedTraining(received, step)

    def _save(self, trainer: lightning.Trainer) -> None:
        trainer.save_checkpoint(self._folder / f"step_{trainer.global_step:08d}.ckpt")  # all ranks; atomic
        if trainer.is_global_zero:
            for path in checkpoints(self._folder)[: -self._keep]:
                path.unlink()

    def _agree(self, trainer: lightning.Trainer, step: int) -> int:
        """The signal that any rank has received, or 0. Ranks may receive it at different steps.

        An exchange between ranks waits for the GPU, so it happens only every tenth step and before a checkpoint.
        """
        if trainer.world_size == 1:
            return self._received
        if step % AGREE_EVERY and step != trainer.max_steps and step % self._every:
            return 0
        anyone = trainer.strategy.reduce_boolean_decision(bool(self._received), all=False)
        return (self._received or signal.SIGTERM) if anyone else 0

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._received = number
