"""Log samples of a vocoder during training: copy synthesis of the same held-out recordings at every interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import lightning
import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave
from torch import Tensor

from tts.audio.io import save_audio
from tts.training.callbacks.background import Background, finish
from tts.training.callbacks.samples import tensorboard


class VocoderSampleLogger(lightning.Callback):
    """Every N steps, converts some validation recordings to mels and back.

    Each sample gives NAME.wav and NAME.png (recording above, copy below) in ``folder/step_*/`` and in TensorBoard. The
    recordings are written once to ``folder/recordings``. Only the first rank generates samples. A thread plots and
    writes them while training continues. An error in the thread ends training at the next samples or at its end.

    Args:
        mel: the mel spectrogram.
        folder: the folder of the samples.
        every_n_steps: steps between samples.
        count: number of recordings, the shortest ones of the validation split.
    """

    def __init__(self, mel: Any, folder: str | Path, every_n_steps: int, count: int) -> None:
        self._mel, self._folder = mel, Path(folder)
        self._every, self._count = every_n_steps, count
        self._last = 0
        self._background = Background()

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Remember the first step, so that a resumed run does not repeat its samples."""
        self._last = trainer.global_step

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Generate samples every N steps."""
        step = trainer.global_step
        if step == self._last or step % self._every or not trainer.is_global_zero:
            return
        self._last = step
        board = tensorboard(trainer)
        made = [
            (name, real, self._speak(pl_module.eval_model, real, pl_module.device))
            for name, real in self._recordings(cast(Any, trainer).datamodule.validation)
        ]
        self._background.start(lambda: self._write_all(made, step, board))

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Wait until the last samples are written. Raises the error of the thread."""
        self._background.wait()

    def on_exception(self, trainer: lightning.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Wait until the last samples are written. An error of the thread does not hide the error of training."""
        finish(self._background)

    def _write_all(self, made: list[tuple[str, np.ndarray, np.ndarray]], step: int, board: Any) -> None:
        folder = self._folder / f"step_{step:08d}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, real, copy in made:
            if np.isfinite(copy).all():
                self._write(folder, name, real, copy, step, board)
            else:
                print(f"step {step}: the output of the vocoder for '{name}' is not finite", flush=True)

    def _recordings(self, corpus: Any) -> list[tuple[str, np.ndarray]]:
        shortest = np.argsort(corpus.num_frames, kind="stable")[: self._count]
        return [(corpus.items[index]["id"], corpus.audio(index)) for index in shortest]

    @torch.no_grad()
    def _speak(self, vocoder: Any, real: np.ndarray, device: torch.device) -> np.ndarray:
        mel: Tensor = self._mel(torch.from_numpy(real)[None])
        training = vocoder.training
        vocoder.train(False)
        try:
            return vocoder(mel.to(device))[0].float().cpu().numpy()
        finally:
            vocoder.train(training)

    def _write(self, folder: Path, name: str, real: np.ndarray, made: np.ndarray, step: int, board: Any) -> None:
        rate = self._mel.sample_rate
        original = self._folder / "recordings" / f"{name}.wav"
        if not original.exists():
            original.parent.mkdir(parents=True, exist_ok=True)
            save_audio(original, real, rate)
        save_audio(folder / f"{name}.wav", made, rate)
        picture = draw(real, made, rate, f"{name}, step {step}")
        imsave(folder / f"{name}.png", picture)
        if board is not None:
            board.add_image(f"probes/{name}", picture[:, :, :3], step, dataformats="HWC")
            board.add_audio(f"probes/{name}", made, step, sample_rate=rate)


def draw(real: np.ndarray, made: np.ndarray, rate: int, title: str) -> np.ndarray:
    """A picture with the two spectrograms on the same scale, (height, width, 4) uint8."""
    figure = Figure(figsize=(10, 6), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True)
    for panel, wav, label in zip(axes, (real, made), ("recording", "vocoder")):
        panel.specgram(wav + 1e-7, NFFT=1024, Fs=rate, noverlap=768, vmin=-140, vmax=-30, cmap="magma")
        panel.set_ylabel(f"{label}, Hz")
    axes[0].set_title(title)
    axes[1].set_xlabel("seconds")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())
