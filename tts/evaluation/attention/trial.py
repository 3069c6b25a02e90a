"""Tests one voice: failures on hard texts at the first attempt, learning curves, parameters and speed.

A sentence fails if its alignment has any fault that `tts.alignment` knows: something skipped, said twice, jumped over,
hung on, an end too early or too late, or no alignment at all. A text without a fault was read symbol by symbol, once
and in order, so a word that stands there nine times was also read nine times.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm

from tts.alignment import AlignmentReport, report
from tts.core.interfaces import Batch

CURVES = ("path_mass", "focus", "coverage", "mel")  # of held-out utterances under teacher forcing
BATCH, SYMBOLS, FRAMES = 8, 42, 250  # of the batch that speed is measured with
MAX_BATCH = 16  # texts in a batch, fewer if their
MAX_CELLS = 4_000_000  # heads times symbols squared exceed this: 16 long texts with many heads need more than 24 GB


class NullVocoder(nn.Module):
    """A vocoder without sound: mel (B, M, T_mel) -> zeros (B, T_mel)."""

    def forward(self, mel: Tensor) -> Tensor:
        """One sample for each frame."""
        return torch.zeros(len(mel), mel.shape[2])


class FirstAttempt(NamedTuple):
    """The first attempt at a text."""

    text: str
    report: AlignmentReport
    alignment: np.ndarray  # (T_dec, T_text)

    def as_dict(self) -> dict[str, Any]:
        """Plain values: whether it failed, its faults, and the share of the text that was read."""
        kinds = sorted({fault.kind for fault in self.report.faults})
        coverage = round(self.report.coverage, 4)
        return {
            "text": self.text,
            "failed": not self.report.healthy,
            "faults": kinds,
            "coverage": coverage,
            "verdict": self.report.verdict,
        }


@torch.inference_mode()
def first_attempts(voice: Any, texts: Sequence[str]) -> list[FirstAttempt]:
    """Decode every text as one utterance of any length with seed 0; ``voice`` is a `tts.voices.voice.Voice`."""
    readings = [voice.frontend(text) for text in texts]
    longest = max((len(reading.tokens) for reading in readings), default=1)
    size = min(MAX_BATCH, max(1, MAX_CELLS // (len(voice.acoustic.head_names) * longest**2)))
    starts = range(0, len(texts), size)
    return [first for n in starts for first in _first_readings(voice, texts[n : n + size], readings[n : n + size])]


def _first_readings(voice: Any, texts: Sequence[str], readings: Sequence[Any]) -> list[FirstAttempt]:
    tokens = pad_sequence([torch.tensor(reading.tokens) for reading in readings], batch_first=True)
    lengths = torch.tensor([len(reading.tokens) for reading in readings])
    output = voice.acoustic.generate(tokens, lengths, [0] * len(texts))
    found = []
    for b, reading in enumerate(readings):
        alignment = output.utterance(b, len(reading.tokens)).alignment  # mean of the alignment heads
        health = report(alignment, reading.symbols, reading.text, reading.spans, voice.step_seconds)
        found.append(FirstAttempt(texts[b], health, alignment))
    return found


def repairs(speak: Callable[[str], Any], readings: Sequence[FirstAttempt], title: str) -> dict[str, int]:
    """Of the failed ``readings``: how many each strategy of `tts.synthesis.repair` repaired, and how many ``none`` did.

    Args:
        speak: text -> `tts.synthesis.speech.Speech`, repaired.
        readings: first ones.
        title: of the progress bar.
    """
    rungs: Counter[str] = Counter()
    for reading in tqdm([reading for reading in readings if not reading.report.healthy], desc=title, leave=False):
        speech = speak(reading.text)
        rungs[speech.sentences[-1].attempts[-1].strategy if speech.report.healthy else "none"] += 1
    return dict(rungs)


def max_pool(weights: np.ndarray, size: int = 240) -> np.ndarray:
    """``weights`` (T, N) in [0, 1] as uint8, with each axis reduced to at most ``size`` by block maxima."""
    for axis in (0, 1):
        block = -(-weights.shape[axis] // size)
        weights = np.maximum.reduceat(weights, np.arange(0, weights.shape[axis], block), axis=axis)
    return np.round(255 * np.clip(weights, 0.0, 1.0)).astype(np.uint8)


def learning_curves(run: Path) -> dict[str, list[float]]:
    """The validation curves of a training ``run`` from TensorBoard: ``step`` and each of `CURVES`."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    points = {name: {e.step + 1: e.value for e in events.Scalars(f"validation/{name}")} for name in CURVES}
    steps = sorted(points[CURVES[0]])  # a resumed run wrote some points twice
    return {"step": steps} | {name: [round(points[name][step], 4) for step in steps] for name in CURVES}


def measure_costs(model: Any, n_mels: int, repeats: int = 5) -> dict[str, float]:
    """Parameters and speed of an acoustic model, in processor time of one core, the minimum of ``repeats``.

    ``train_frames_per_second`` of mel, forward and backward under teacher forcing of 8 utterances of 42 symbols and 250
    frames; ``step_milliseconds`` of generation, one utterance of 42 symbols alone. What they say is random.
    """
    draw = torch.Generator().manual_seed(0)
    tokens = torch.randint(1, 40, (BATCH, SYMBOLS), generator=draw)
    mel = torch.randn(BATCH, n_mels, FRAMES, generator=draw)
    durations = torch.full((BATCH, SYMBOLS), FRAMES // SYMBOLS)
    durations[:, -1] += FRAMES % SYMBOLS
    pitch = torch.full((BATCH, FRAMES), 5.0)
    batch = Batch([], tokens, torch.full((BATCH,), SYMBOLS), mel, torch.full((BATCH,), FRAMES), durations, pitch)
    model = deepcopy(model)  # a training step changes running means
    shared = getattr(getattr(model, "decoder", None), "alignment_layer", None)
    return {
        "parameters": _count(model),
        "attention_parameters": sum(_count(part) for part in [*model.attentions, shared] if part is not None),
        "train_frames_per_second": round(BATCH * FRAMES / min(_learn(model, batch) for _ in range(repeats))),
        "step_milliseconds": round(1000 * min(_generate(model, batch) for _ in range(repeats)), 4),
    }


def _learn(model: nn.Module, batch: Batch) -> float:
    """Seconds of a training step without the optimizer."""
    model.train().requires_grad_(True)
    begin = time.process_time()
    model(batch).mel.square().mean().backward()
    seconds = time.process_time() - begin
    model.zero_grad(set_to_none=True)
    return seconds


@torch.inference_mode()
def _generate(model: Any, batch: Batch) -> float:
    """Seconds of a decoder step, including its share of the encoder."""
    model.eval()
    begin = time.process_time()
    output = model.generate(batch.tokens[:1], batch.token_lengths[:1], [0])
    return (time.process_time() - begin) / int(output.decoder_lengths[0])


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
