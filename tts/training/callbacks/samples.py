"""What the model says while it learns: the same sentences again and again, as sound and as pictures."""

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
    """One utterance of the model, cropped to its true lengths."""

    name: str
    text: str
    symbols: list[str]
    mel: np.ndarray  # (M, T_mel)
    alignment: np.ndarray  # (T_dec, T_text)
    stop: np.ndarray  # (T_dec,)
    heads: dict[str, np.ndarray]  # each (T_dec, T_text), by name; empty where there is one
    id: str = ""  # of an utterance of the corpus

    @property
    def title(self) -> str:
        """The text, with the id before it."""
        return f"{self.id}: {self.text}" if self.id else self.text

    @property
    def is_finite(self) -> bool:
        """Whether there is anything to hear and see."""
        return all(bool(np.isfinite(part).all()) for part in (self.mel, self.alignment, self.stop))


class Frontend(Protocol):
    """What the samples need of `tts.text.frontend.TextFrontend`."""

    @property
    def symbols(self) -> list[str]:
        """The symbols, by token."""

    def __call__(self, text: str) -> Any:
        """Encode ``text``: a `tts.text.frontend.EncodedText`."""


class SampleLogger(lightning.Callback):
    """Every N steps: some sentences spoken freely and one training utterance under teacher forcing.

    Each leaves NAME.png (mel, alignment, stop curve) and NAME.wav in ``folder/samples/step_*/``, a line in its
    ``report.txt``, the same in TensorBoard, and all steps so far in ``folder/alignments.html``. The weights shown are
    those that made the contexts. Only the first rank works, and speaks; what it said is drawn, made audible and written
    in a thread while training goes on. An error there ends training at the next samples, or at its end.

    Args:
        frontend: text -> `tts.text.frontend.Reading`.
        vocoder: mel -> waveform.
        sample_rate: of the waveform, Hz.
        folder: of the run.
        texts: sentences by name; null leaves one out.
        every_n_steps: how often.
        count: how many of ``texts``, the first ones; None is all.
        seed: of the free-running sentences.

    Raises:
        tts.text.frontend.TextError: a sentence has nothing to say in the front end's language.
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
        """A resumed run does not probe the step it starts from again."""
        self._last = trainer.global_step

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Speak when it is time."""
        step = trainer.global_step
        if step == self._last or step % self._every or not trainer.is_global_zero:
            return
        self._last = step
        model = cast(TrainingModule, pl_module).speaker
        training = model.training
        model.train(False)
        try:
            with torch.no_grad():
                probes = [*self.speak(model, pl_module.device), self.follow(model, trainer, pl_module.device)]
        finally:
            model.train(training)
        board = tensorboard(trainer)
        self._background.start(lambda: self.write(probes, step, board))

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """The last samples are written; raises what went wrong there."""
        self._background.wait()

    def on_exception(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, exception: BaseException
    ) -> None:
        """Training stops, the last samples are written; what ends training is not hidden by an error there."""
        finish(self._background)

    def speak(self, model: Any, device: torch.device) -> list[Sample]:
        """The sentences, free running, in one batch."""
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

    def follow(self, model: Any, trainer: lightning.Trainer, device: torch.device) -> Sample:
        """The training utterance of median length under teacher forcing, the attention left to itself."""
        corpus = cast(Any, trainer).datamodule.train  # Lightning attaches it; its types do not have it
        index = int(np.argsort(corpus.num_frames, kind="stable")[len(corpus) // 2])
        utterance = corpus[index]
        if not model.needs_durations:
            utterance = utterance._replace(durations=None)
        batch = Collate(corpus.config["audio"]["floor"])([utterance]).to(device)
        symbols = [self._symbols[token] for token in utterance.tokens]
        return _crop(model(batch), 0, "training", utterance.text, symbols, model.head_names)._replace(id=utterance.id)

    @torch.no_grad()
    def write(self, probes: list[Sample], step: int, board: Any) -> None:
        """Pictures, sounds and a report; the folder appears under its name when it is complete."""
        final = self._folder / "samples" / f"step_{step:08d}"
        folder = final.with_name(f".{final.name}.{os.getpid()}")
        folder.mkdir(parents=True, exist_ok=True)
        lines, readings = [], []
        for probe in probes:
            if not probe.is_finite:
                lines.append(f"{probe.name}: not a number, so there is nothing to hear or see\n  {probe.title}")
                print(f"step {step}: what the model says to '{probe.name}' is not a number", flush=True)
                continue
            wav = self._vocoder(torch.from_numpy(probe.mel)[None])[0].cpu().numpy()
            step_seconds = len(wav) / self._sample_rate / len(probe.alignment)
            health = report(probe.alignment, probe.symbols, probe.text, step_seconds=step_seconds)
            lines.append(_describe(probe, health))
            readings.append(self._reading(probe, step, health, wav))
            figure = plot_utterance(
                probe.mel, probe.alignment, probe.stop, probe.symbols, f"step {step}: {probe.title}\n{health.verdict}"
            )
            picture = _render(figure)  # once, for both: drawing takes longer than speaking
            imsave(folder / f"{probe.name}.png", picture)
            save_audio(folder / f"{probe.name}.wav", wav, self._sample_rate)
            if board is not None:
                board.add_image(f"probes/{probe.name}", picture[:, :, :3], step, dataformats="HWC")
                board.add_audio(f"probes/{probe.name}", wav, step, sample_rate=self._sample_rate)
        (folder / "report.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        page.add_readings(self._folder / "alignments.html", readings, f"{self._folder.name}: alignments")
        if not final.exists():  # a run that was killed and resumed comes by some steps twice
            os.replace(folder, final)
            return
        for path in folder.iterdir():
            os.replace(path, final / path.name)
        folder.rmdir()

    def _reading(self, probe: Sample, step: int, health: AlignmentReport, wav: np.ndarray) -> dict[str, Any]:
        return page.reading(
            probe.name,
            step,
            probe.title,
            probe.symbols,
            health,
            probe.mel,
            {"alignment": probe.alignment} | probe.heads,
            probe.stop,
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


def _describe(probe: Sample, health: AlignmentReport) -> str:
    return (
        f"{probe.name}: {health.verdict}\n  {probe.title}\n  focus {health.focus:.3f}, diagonality "
        f"{health.diagonality:.3f}, coverage {health.coverage:.3f}, backward jumps {health.backward_jumps}"
    )


def tensorboard(trainer: lightning.Trainer) -> Any:
    """The writer of the run, or None if it has none."""
    boards = [logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
    return boards[0] if boards else None
