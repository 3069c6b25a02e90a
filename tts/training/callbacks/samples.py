"""Log samples of an acoustic model during training: the same sentences at every interval, as audio and plots."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

import lightning
import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave
from torch import Tensor

from tts.alignment import AlignmentReport, plot_utterance, report
from tts.alignment import html_report as page
from tts.audio.io import save_audio
from tts.core.interfaces import AcousticOutput
from tts.data.collate import Collate
from tts.training.base_module import TrainingModule
from tts.training.callbacks.background import Background, finish


class Sample(NamedTuple):
    """One utterance of the model, cropped to its lengths."""

    name: str
    text: str
    symbols: list[str]
    mel: np.ndarray  # (M, T_mel)
    alignment: np.ndarray  # (T_dec, T_text)
    stop: np.ndarray  # (T_dec,)
    heads: dict[str, np.ndarray]  # (T_dec, T_text) by name; empty if there is a single head
    id: str = ""  # id of an utterance of the corpus

    @property
    def title(self) -> str:
        """The text after the id, if there is one."""
        return f"{self.id}: {self.text}" if self.id else self.text

    @property
    def is_finite(self) -> bool:
        """Whether mel, alignment and stop probabilities are finite."""
        return all(bool(np.isfinite(part).all()) for part in (self.mel, self.alignment, self.stop))


class Frontend(Protocol):
    """The part of `tts.text.frontend.TextFrontend` that the samples use."""

    @property
    def symbols(self) -> list[str]:
        """The symbols, by token."""

    def __call__(self, text: str) -> Any:
        """Encode ``text``: a `tts.text.frontend.EncodedText`."""


class SampleLogger(lightning.Callback):
    """Every N steps, generates some sentences and one training utterance under teacher forcing.

    Each sample gives NAME.png (mel, alignment, stop probability) and NAME.wav in ``folder/samples/step_*/``, a line in
    ``report.txt``, the same in TensorBoard, and an entry in ``folder/alignments.html``, which shows all steps. The
    plots show the weights of the contexts. Only the first rank generates samples. A thread plots and writes them while
    training continues. An error in the thread ends training at the next samples or at its end.

    Args:
        frontend: text -> `tts.text.frontend.EncodedText`.
        vocoder: mel -> waveform.
        sample_rate: of the waveform, Hz.
        folder: the run folder.
        texts: sentences by name; null removes a sentence.
        every_n_steps: steps between samples.
        count: use only the first ``count`` of ``texts``; None uses all.
        seed: seed of the generated sentences.

    Raises:
        tts.text.frontend.TextError: a sentence holds nothing that can be pronounced.
    """

    def __init__(
        self,
        frontend: Frontend,
        vocoder: Callable[[Tensor], Tensor],
        sample_rate: int,
        folder: str | Path,
        texts: Mapping[str, str | None],
        every_n_steps: int,
        count: int | None,
        seed: int,
    ) -> None:
        self._vocoder, self._sample_rate, self._folder = vocoder, sample_rate, Path(folder)
        self._readings = {name: frontend(text) for name, text in list(texts.items())[:count] if text}
        self._symbols, self._every, self._seed = frontend.symbols, every_n_steps, seed
        self._last = 0
        self._background = Background()

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Remember the first step, so that a resumed run does not repeat its samples."""
        self._last = trainer.global_step

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Generate samples every N steps."""
        step = trainer.global_step
        if step == self._last or step % self._every or not trainer.is_global_zero:
            return
        self._last = step
        model = cast(TrainingModule, pl_module).eval_model
        training = model.training
        model.train(False)
        try:
            with torch.no_grad():
                samples = [
                    *self.generate_samples(model, pl_module.device),
                    self.teacher_forced_sample(model, trainer, pl_module.device),
                ]
        finally:
            model.train(training)
        board = tensorboard(trainer)
        self._background.start(lambda: self.write(samples, step, board))

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Wait until the last samples are written. Raises the error of the thread."""
        self._background.wait()

    def on_exception(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, exception: BaseException
    ) -> None:
        """Wait until the last samples are written. An error of the thread does not hide the error of training."""
        finish(self._background)

    def generate_samples(self, model: Any, device: torch.device) -> list[Sample]:
        """Generate the sentences in one batch."""
        readings = list(self._readings.values())
        if not readings:
            return []
        lengths = torch.tensor([len(reading.tokens) for reading in readings])
        tokens = torch.zeros(len(readings), int(lengths.max()), dtype=torch.long)
        for row, reading in zip(tokens, readings):
            row[: len(reading.tokens)] = torch.tensor(reading.tokens)
        output = model.generate(tokens.to(device), lengths.to(device), [self._seed] * len(readings))
        return [
            _crop(output, b, name, reading.text, list(reading.symbols), model.head_names)
            for b, (name, reading) in enumerate(self._readings.items())
        ]

    def teacher_forced_sample(self, model: Any, trainer: lightning.Trainer, device: torch.device) -> Sample:
        """The training utterance of median length under teacher forcing, without forced alignment."""
        corpus = cast(Any, trainer).datamodule.train  # Lightning's types lack this attribute
        index = int(np.argsort(corpus.num_frames, kind="stable")[len(corpus) // 2])
        utterance = corpus[index]
        if not model.needs_durations:
            utterance = utterance._replace(durations=None)
        batch = Collate(corpus.config["audio"]["floor"])([utterance]).to(device)
        symbols = [self._symbols[token] for token in utterance.tokens]
        return _crop(model(batch), 0, "training", utterance.text, symbols, model.head_names)._replace(id=utterance.id)

    @torch.no_grad()
    def write(self, samples: list[Sample], step: int, board: Any) -> None:
        """Write plots, audio and a report. The folder gets its final name when it is complete."""
        final = self._folder / "samples" / f"step_{step:08d}"
        folder = final.with_name(f".{final.name}.{os.getpid()}")
        folder.mkdir(parents=True, exist_ok=True)
        lines, readings = [], []
        for sample in samples:
            wav = self._vocoder(torch.from_numpy(sample.mel)[None])[0].cpu().numpy() if sample.is_finite else None
            if wav is None or not np.isfinite(wav).all():  # large mels overflow in the vocoder
                lines.append(f"{sample.name}: the output is not finite\n  {sample.title}")
                print(f"step {step}: the output of the model for '{sample.name}' is not finite", flush=True)
                continue
            step_seconds = len(wav) / self._sample_rate / len(sample.alignment)
            health = report(sample.alignment, sample.symbols, sample.text, step_seconds=step_seconds)
            lines.append(_describe(sample, health))
            readings.append(self._reading(sample, step, health, wav))
            figure = plot_utterance(
                sample.mel,
                sample.alignment,
                sample.stop,
                sample.symbols,
                f"step {step}: {sample.title}\n{health.verdict}",
            )
            picture = _render(figure)  # once for both uses, because this takes longer than the synthesis
            imsave(folder / f"{sample.name}.png", picture)
            save_audio(folder / f"{sample.name}.wav", wav, self._sample_rate)
            if board is not None:
                board.add_image(f"probes/{sample.name}", picture[:, :, :3], step, dataformats="HWC")
                board.add_audio(f"probes/{sample.name}", wav, step, sample_rate=self._sample_rate)
        (folder / "report.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        page.add_readings(self._folder / "alignments.html", readings, f"{self._folder.name}: alignments")
        if not final.exists():  # a resumed run may repeat some steps
            os.replace(folder, final)
            return
        for path in folder.iterdir():
            os.replace(path, final / path.name)
        folder.rmdir()

    def _reading(self, sample: Sample, step: int, health: AlignmentReport, wav: np.ndarray) -> dict[str, Any]:
        return page.page_entry(
            sample.name,
            step,
            sample.title,
            sample.symbols,
            health,
            sample.mel,
            {"alignment": sample.alignment} | sample.heads,
            sample.stop,
            wav,
            self._sample_rate,
        )


def _crop(output: AcousticOutput, b: int, name: str, text: str, symbols: list[str], head_names: list[str]) -> Sample:
    found = output.utterance(b, len(symbols))
    heads = dict(zip(head_names, found.heads)) if len(found.heads) > 1 else {}
    return Sample(name, text, symbols, found.mel, found.alignment, found.stop, heads)


def _render(figure: Figure) -> np.ndarray:
    """(height, width, 4) uint8."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def _describe(sample: Sample, health: AlignmentReport) -> str:
    return (
        f"{sample.name}: {health.verdict}\n  {sample.title}\n  focus {health.focus:.3f}, diagonality "
        f"{health.diagonality:.3f}, coverage {health.coverage:.3f}, backward jumps {health.backward_jumps}"
    )


def tensorboard(trainer: lightning.Trainer) -> Any:
    """The writer of the run, or None if it has none."""
    boards = [logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
    return boards[0] if boards else None
