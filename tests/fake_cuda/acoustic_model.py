"""One training step, one validation step and one generation of a small acoustic model on the fake device."""

from __future__ import annotations

import torch
from hydra import compose, initialize_config_dir
from torch import nn

from fake_cuda.device import FakeCuda, Record
from tts.alignment.batched import batch_metrics
from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch
from tts.training.ema import EMA

SMALL = {
    "tacotron2_tiny": [
        "acoustic.encoder.memory_dim=16",
        "acoustic.decoder.attention_rnn_dim=16",
        "acoustic.decoder.decoder_rnn_dim=16",
        "acoustic.postnet.hidden_dim=8",
        "acoustic.decoder.prenet_dim=8",
    ],
    "transformer_small": [
        "acoustic.encoder.memory_dim=16",
        "acoustic.decoder.model_dim=16",
        "acoustic.decoder.num_layers=2",
        "acoustic.decoder.feedforward_dim=16",
        "acoustic.encoder.feedforward_dim=16",
        "acoustic.postnet.hidden_dim=8",
        "acoustic.decoder.prenet_dim=8",
        "acoustic.encoder.num_layers=1",
    ],
    "parallel": [
        "~attention",
        "acoustic.encoder.memory_dim=16",
        "acoustic.encoder.num_layers=1",
        "acoustic.encoder.feedforward_dim=16",
        "acoustic.durations.hidden_dim=16",
        "acoustic.decoder.model_dim=16",
        "acoustic.decoder.hidden_dim=16",
        "acoustic.decoder.num_layers=4",
        "acoustic.decoder.prosody.dim=16",
        "acoustic.decoder.prosody.num_layers=1",
    ],
}


def composed(*overrides: str):
    """conf/train.yaml."""
    with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
        return compose("train", ["num_symbols=12", *overrides])


def batch(durations: bool, scale: int = 1) -> Batch:
    """Three utterances of different lengths, the longest of 24 frames and 7 symbols times ``scale``."""
    generator = torch.Generator().manual_seed(1)
    mel_lengths, token_lengths = scale * torch.tensor([24, 19, 17]), scale * torch.tensor([7, 6, 5])
    known = torch.zeros(3, 7 * scale, dtype=torch.int64)
    for row, symbols, frames in zip(known, token_lengths, mel_lengths):
        row[:symbols] = frames // symbols
        row[0] += frames - row.sum()
    tokens = torch.randint(1, 12, (3, 7 * scale), generator=generator)
    mel = torch.randn(3, 80, 24 * scale, generator=generator) * 2 - 5.5
    pitch = torch.randn(3, 24 * scale, generator=generator)
    pitch = torch.where(pitch > 0, 5.0 + 0.1 * pitch, 0.0)
    return Batch(["a", "b", "c"], tokens, token_lengths, mel, mel_lengths, known if durations else None, pitch)


class Outcome:
    """The results of `train`."""

    def __init__(self, record: Record, loss: float, missing: list[str], wrong: list[str]) -> None:
        self.record, self.loss, self.missing, self.wrong = record, loss, missing, wrong


class Case:
    """A model, its losses and its weight average on the device.

    Args:
        device: the fake one; None is the CPU.
        words: overrides of conf/train.yaml.
        follow: teach along known durations.
        scale: of the lengths of the batch.
        logs: measure the alignments, as a log step does.
    """

    def __init__(
        self, device: FakeCuda | None, *words: str, follow: bool = False, scale: int = 1, logs: bool = True
    ) -> None:
        self.logs, self.words = logs, words
        self.device, self.kind = device, "cpu" if device is None else "cuda"
        config = composed(*words)
        if "use_forced_alignment" in config.acoustic:
            config.acoustic.use_forced_alignment = follow
        torch.manual_seed(0)
        self.model = instantiate(config.acoustic, "acoustic").train()
        self.average = EMA(self.model, 0.9).to(self.kind)
        self.model.to(self.kind)
        losses = {name: instantiate(loss, "loss") for name, loss in config.loss.items()}
        self.losses = nn.ModuleDict(losses).to(self.kind).train()
        self.batch = batch(follow, scale).to(self.kind)

    def train(self, precision: torch.dtype | None = torch.bfloat16, step: int = 500) -> Outcome:
        """Run the forward pass, losses, backward pass, clipping and weight average."""
        record = Record() if self.device is None else self.device.fresh()
        total = self._total(self.model, precision, step)
        total.backward()
        if self.device is not None:
            self.device.fresh()
        named = [*self.model.named_parameters(), *self.losses.named_parameters()]
        missing = [name for name, value in named if value.grad is None]
        found = [(name, value.grad) for name, value in named if value.grad is not None]
        wrong = [name for name, grad in found if grad.device.type != self.kind or not torch.isfinite(grad).all()]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.average.update(self.model, 1)
        return Outcome(record, float(total), missing, wrong)

    def validate(self, precision: torch.dtype | None = torch.bfloat16) -> float:
        """Return the losses of the averaged weights."""
        with torch.no_grad():
            return float(self._total(self.average.model, precision, 500))

    def generate(self) -> torch.Tensor:
        """Generate a mel with the averaged weights."""
        model = self.average.model
        if hasattr(model.decoder, "max_frames_offset"):  # a parallel decoder is told by its durations
            model.decoder.max_frames_offset, model.decoder.max_frames_per_symbol = 12, 1
        return model.generate(self.batch.tokens, self.batch.token_lengths, [0, 1, 2]).mel

    def _total(self, model: nn.Module, precision: torch.dtype | None, step: int) -> torch.Tensor:
        with torch.autocast(self.kind, precision or torch.bfloat16, enabled=precision is not None):
            output = model(self.batch)
            parts = {name: loss(output, self.batch, step) for name, loss in self.losses.items()}
            total = torch.stack([self.losses[name].weight * part for name, part in parts.items()]).sum()
        if self.logs:
            batch_metrics(output.alignment, output.decoder_lengths, self.batch.token_lengths)
        return total
