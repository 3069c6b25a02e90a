"""Show the speed, the progress and the remaining time of training."""

from __future__ import annotations

import sys
import time
from typing import Any, cast

import lightning
from lightning.pytorch.callbacks import ProgressBar
from tqdm import tqdm

from tts.core.interfaces import Batch


class Progress(ProgressBar):
    """One progress bar for the whole run with loss, steps/s, mel frames/s and remaining time, or lines in a log file.

    The bar is updated when metrics are logged (``trainer.log_every_n_steps``).

    Args:
        line_every_n_steps: steps between the printed lines if there is no terminal.
    """

    def __init__(self, line_every_n_steps: int) -> None:
        super().__init__()
        self._every = line_every_n_steps
        self._enabled = True
        self._bar: tqdm | None = None

    def disable(self) -> None:
        """Disable the bar. Lightning calls this on all ranks except the first."""
        self._enabled = False

    def enable(self) -> None:
        """Enable the bar."""
        self._enabled = True

    def print(self, *args: Any, sep: str = " ", **kwargs: Any) -> None:
        """Print a line above the bar."""
        tqdm.write(sep.join(str(arg) for arg in args))

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Start the clock."""
        self._frames = 0
        self._mark = self._line_mark = (time.monotonic(), trainer.global_step)
        if self._enabled and sys.stderr.isatty():
            self._bar = tqdm(
                total=int(trainer.estimated_stepping_batches),
                initial=trainer.global_step,
                unit="step",
                dynamic_ncols=True,
                smoothing=0.05,
            )

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Count frames, and update the display at log steps."""
        self._frames += batch.num_frames
        now, step = time.monotonic(), trainer.global_step
        then, last = self._mark
        if step == last or step % cast(Any, trainer).log_every_n_steps:
            return
        frames_per_second = self._frames * trainer.world_size / (now - then)
        steps_per_second = (step - last) / (now - then)
        self._mark, self._frames = (now, step), 0
        speed = {"speed/steps_per_second": steps_per_second, "speed/mel_frames_per_second": frames_per_second}
        for logger in trainer.loggers:
            logger.log_metrics(speed, step=step - 1)  # Lightning counts its own metrics from zero
        loss = float(trainer.callback_metrics.get("train/loss", float("nan")))
        if self._bar is not None:
            self._bar.set_postfix_str(f"loss {loss:.4f}, {frames_per_second:,.0f} mel frames/s", refresh=False)
            self._bar.update(step - self._bar.n)
        elif self._enabled and step % self._every == 0:
            self._line(trainer, step, loss, frames_per_second)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, exception: BaseException
    ) -> None:
        """Close the bar before a message is printed."""
        self._close()

    def _line(self, trainer: lightning.Trainer, step: int, loss: float, frames_per_second: float) -> None:
        now, (then, last) = time.monotonic(), self._line_mark
        rate = (step - last) / (now - then)  # including validation and samples
        self._line_mark = (now, step)
        total = int(trainer.estimated_stepping_batches)
        print(
            f"step {step}/{total}  loss {loss:.4f}  {rate:.2f} steps/s  {frames_per_second:,.0f} mel frames/s  "
            f"ETA {tqdm.format_interval((total - step) / rate)}",
            flush=True,
        )

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
