"""The parallel acoustic model (`tts.acoustic.parallel_model`) on ONNX: two graphs, and the timing between them.

``encoder.onnx``  tokens (T_text,) -> memory (T_text, D), frames (T_text,) that each symbol lasts
numpy             durations at the speed that is asked for, laid out in decoder steps
``decoder.onnx``  memory and timing -> mel (T_mel, M), alignment (T_dec, T_text)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tts.engine.base import Decoded, Delivery
from tts.engine.sessions import Run
from tts.voices.bounds import MAX_BY_NAME

MAX_FRAMES = MAX_BY_NAME["max_frames_per_symbol"]


class Timing(NamedTuple):
    """Where every decoder step stands in the text; the counterpart of `tts.attention.parallel.Timing`."""

    durations: np.ndarray  # (T_text,) float32 decoder steps
    centers: np.ndarray  # (T_text,) float32, the middle of each symbol
    symbols: np.ndarray  # (T_dec,) int64, the symbol at the middle of each step
    progress: np.ndarray  # (T_dec,) float32, how much of that symbol has passed by then, 0 to 1


class ParallelAcoustic:
    """Symbols to mel in one pass.

    Args:
        options: from the manifest: ``reduction_factor``, ``pitch_std`` and ``has_pitch``.
        encoder: runs ``encoder.onnx``.
        decoder: runs ``decoder.onnx``.
    """

    is_stochastic = False
    rules: Sequence[str] = ()

    def __init__(self, options: dict[str, Any], encoder: Run, decoder: Run) -> None:
        self.reduction_factor = int(options["reduction_factor"])
        self.has_pitch = bool(options["has_pitch"])
        self._pitch_step = np.log(2) / 12 / options["pitch_std"]  # of a semitone
        self._encoder, self._decoder = encoder, decoder

    def decode(
        self, batch: Sequence[Sequence[int]], seed: int, rule: str | None, delivery: Sequence[Delivery]
    ) -> list[Decoded]:
        """One sentence after the other: on one core a batch is not faster, and padding costs."""
        return [self._decode(np.asarray(tokens, dtype=np.int64), *how) for tokens, how in zip(batch, delivery)]

    def _decode(self, tokens: np.ndarray, speed: float, pitch: float) -> Decoded:
        memory, frames = self._encoder(tokens=tokens)
        if frames.shape != tokens.shape or not ((frames >= 0) & (frames <= MAX_FRAMES)).all():
            raise ValueError(f"{len(tokens)} symbols do not last 0 to {MAX_FRAMES} frames each")
        frames = frames / np.float32(speed)
        T_mel = max(int(np.rint(frames.sum(dtype=np.float64))), self.reduction_factor)
        timing = lay_out(frames, self.reduction_factor, -(-T_mel // self.reduction_factor))
        shift = np.array(pitch * self._pitch_step, dtype=np.float32)
        mel, alignment = self._decoder(memory=memory, pitch_shift=shift, **timing._asdict())
        stop = np.zeros(len(alignment), dtype=np.float32)
        stop[-1] = 1.0  # the end is known
        return Decoded(np.ascontiguousarray(mel[:T_mel].T), alignment, stop)


def lay_out(frames: np.ndarray, reduction_factor: int, num_steps: int) -> Timing:
    """``frames`` (T_text,) float32 of each symbol in ``num_steps`` decoder steps."""
    durations = frames / np.float32(reduction_factor)
    ends = np.cumsum(durations, dtype=np.float64)
    middles = np.arange(num_steps) + 0.5
    symbols = np.minimum(np.searchsorted(ends, middles, side="right"), len(frames) - 1)
    starts = (ends - durations)[symbols]
    progress = ((middles - starts) / np.maximum(durations[symbols], 1e-3)).clip(0.0, 1.0)
    centers = (ends - 0.5 * durations).astype(np.float32)
    return Timing(durations, centers, symbols.astype(np.int64), progress.astype(np.float32))
