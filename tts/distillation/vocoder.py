"""Distill a large harmonic vocoder into a small one, without recordings and without discriminators.

A trained vocoder is a function from mels to spectra. A smaller network learns this function by regression, in minutes
instead of days. The loss compares the outputs of the networks before the waveform (see `tts.vocoder.harmonic_vocos`):
log amplitudes, phase directions as unit vectors, the free part as complex numbers, and the distribution over pitch
candidates.

Source: Hinton et al. 2015, "Distilling the knowledge in a neural network" (the idea, for classifiers).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from tts.audio.pitch import Pitch
from tts.core.errors import AttuneError
from tts.data.corpus import Corpus
from tts.training.ema import EMA
from tts.vocoder.harmonic_vocos import HarmonicVocos, NetworkOutput

CHECKPOINT = "distillation.pt"


class DistillationError(AttuneError):
    """The two vocoders cannot be compared, or a corpus is too short; the message says what to do."""


class DistillationOptions(NamedTuple):
    """Options of the student's training."""

    steps: int = 2000
    batch_size: int = 32  # segments of mels
    frames: int = 96  # mel frames of a segment
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    decay_from: float = 0.4  # fraction of the steps after which the learning rate falls linearly to zero
    save_every: int = 100
    seed: int = 0


def distillation_loss(student: HarmonicVocos, teacher: HarmonicVocos, mel: Tensor) -> Tensor:
    """The distance between the networks of ``student`` and ``teacher`` for mels (B, M, T_mel), a scalar."""
    with torch.no_grad():
        target_pitch = teacher.pitch(mel)
        pitch = Pitch(target_pitch.frequency, target_pitch.periodicity, torch.zeros_like(target_pitch.frequency))
        target = teacher.network(mel, pitch)
    found, found_pitch = student.network(mel, pitch), student.pitch(mel)
    target_free, found_free = target.residual(), found.residual()
    level = target_free.abs().mean() + 1e-3
    free = torch.view_as_real(found_free - target_free).abs().mean() / level
    parts = [_spectrum_loss(found, target), free + 0.3 * (found.magnitude - target.magnitude).abs().mean()]
    target_logits = target_pitch.logits.log_softmax(1)
    cross_entropy = -(target_logits.exp() * found_pitch.logits.log_softmax(1)).sum(1)
    voicing = F.binary_cross_entropy(
        found_pitch.periodicity.float().clamp(1e-4, 1 - 1e-4), target_pitch.periodicity.float()
    )
    parts.append(0.3 * ((cross_entropy * target_pitch.periodicity).mean() + voicing))
    return torch.stack(parts).sum()


def _spectrum_loss(found: NetworkOutput, target: NetworkOutput) -> Tensor:
    amplitudes = (found.amplitudes - target.amplitudes).abs().mean()
    return amplitudes + (found.direction() - target.direction()).abs().mean()


def distill(
    student: HarmonicVocos,
    teacher: HarmonicVocos,
    corpora: Sequence[Corpus],
    options: DistillationOptions,
    folder: Path,
    autocast: torch.dtype | None = None,
) -> nn.Module:
    """Train ``student`` on mels of ``corpora``. Returns the exponential moving average of its weights.

    The state is saved in ``folder`` every ``save_every`` steps, and the next call continues from it.

    Raises:
        DistillationError: the pitch candidates differ, or no utterance is long enough.
    """
    if len(student.tracker.candidates) != len(teacher.tracker.candidates):
        raise DistillationError("student and teacher have different pitch ranges. Give both the same f_min and f_max.")
    optimizer = torch.optim.AdamW(student.parameters(), lr=options.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    average = EMA(student, 0.998)
    first = _restore(folder, student, average, optimizer)
    pieces = _pieces(corpora, options, first)
    with tqdm(total=options.steps, initial=first, desc="distillation", unit="step") as progress:
        for step in range(first, options.steps):
            for group in optimizer.param_groups:
                group["lr"] = options.learning_rate * _rate(step, options)
            with torch.autocast("cpu", autocast or torch.bfloat16, enabled=autocast is not None):
                loss = distillation_loss(student, teacher, next(pieces))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            average.update(student, step + 1)
            progress.set_postfix(loss=f"{loss.item():.4f}", refresh=False)
            progress.update()
            if (step + 1) % options.save_every == 0 or step + 1 == options.steps:
                _save(folder, step + 1, student, average, optimizer)
    return average.model


def _rate(step: int, options: DistillationOptions) -> float:
    """The factor of the learning rate: a linear warm-up, a constant part and a linear decay to zero."""
    left = (1 - step / options.steps) / (1 - options.decay_from)
    return min(1.0, (step + 1) / options.warmup_steps, left)


def _pieces(corpora: Sequence[Corpus], options: DistillationOptions, first: int) -> Iterator[Tensor]:
    """Batches (B, M, frames) of mels. All corpora are equally likely, so that a small one is used too."""
    fitting = [np.flatnonzero(corpus.num_frames >= options.frames) for corpus in corpora]
    if not all(len(indices) for indices in fitting):
        raise DistillationError(f"a corpus has no utterance of {options.frames} frames. Use another corpus.")
    step = first
    while True:
        chance, mels = np.random.default_rng((options.seed, step)), []
        for _ in range(options.batch_size):
            which = int(chance.integers(len(corpora)))
            index = int(chance.choice(fitting[which]))
            start = int(chance.integers(corpora[which].num_frames[index] - options.frames + 1))
            mels.append(torch.from_numpy(corpora[which].mel(index, start, options.frames)))
        yield torch.stack(mels)
        step += 1


def _save(folder: Path, step: int, student: nn.Module, average: EMA, optimizer: torch.optim.Optimizer) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {"student": student.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict()}
    temporary = folder / f".{CHECKPOINT}"
    torch.save({"step": step, **state}, temporary)
    temporary.replace(folder / CHECKPOINT)


def _restore(folder: Path, student: nn.Module, average: EMA, optimizer: torch.optim.Optimizer) -> int:
    """Load the state of an earlier call from ``folder``. Returns its step, or 0 if there is no state."""
    if not (folder / CHECKPOINT).is_file():
        return 0
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    try:
        student.load_state_dict(state["student"])
        average.load_state_dict(state["average"])
    except RuntimeError as error:
        raise DistillationError(
            f"{folder} holds a student of another size. Delete the folder, or use another."
        ) from error
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
