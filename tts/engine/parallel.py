"""The parallel acoustic model (`tts.acoustic.parallel_model`) on ONNX: two graphs, and the timing between them.

``encoder.onnx``    tokens (T_text,) -> memory (T_text, D), frames (T_text,) that each symbol lasts
numpy               durations at the requested speed, laid out in decoder steps
``decoder.onnx``    memory and timing -> mel (T_mel, M), alignment (T_dec, T_text)
``alignment.onnx``  memory and timing -> the alignment alone, for a sentence whose mel is computed in chunks
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tts.engine.base import Decoded, Delivery, Draft, make_draft
from tts.engine.sessions import Run
from tts.voices.bounds import MAX_BY_NAME

MAX_FRAMES = MAX_BY_NAME["max_frames_per_symbol"]
MAX_CONTEXT = 100_000  # steps


ALIGNMENT_INPUTS = ("durations", "centers", "symbols")  # of a `Timing`


class Timing(NamedTuple):
    """Where every decoder step stands in the text; the counterpart of `tts.attention.parallel.Timing`."""

    durations: np.ndarray  # (T_text,) float32 decoder steps
    centers: np.ndarray  # (T_text,) float32, the middle of each symbol
    symbols: np.ndarray  # (T_dec,) int64, the symbol at the middle of each step
    progress: np.ndarray  # (T_dec,) float32, share of that symbol that has passed by then, 0 to 1

    def window(self, first: int, end: int) -> Timing:
        """The steps from ``first`` to ``end``, relative to ``first``. An integer shift keeps the centers exact."""
        return Timing(
            self.durations, self.centers - np.float32(first), self.symbols[first:end], self.progress[first:end]
        )


class Layout(NamedTuple):
    """An encoded text that is laid out in time, ready for the decoder."""

    memory: np.ndarray  # (T_text, D)
    timing: Timing
    num_frames: int
    pitch_shift: np.ndarray  # (), float32


class ParallelAcoustic:
    """Symbols to mel in one pass.

    Args:
        options: from the manifest: ``reduction_factor``, ``pitch_std``, ``has_pitch``, and the number
            ``context_steps`` on either side that a step depends on, if sentences can be computed in chunks.
        encoder: runs ``encoder.onnx``.
        decoder: runs ``decoder.onnx``.
        alignment: runs ``alignment.onnx``; None without ``context_steps``.
    """

    is_stochastic = False
    rules: Sequence[str] = ()

    def __init__(self, options: dict[str, Any], encoder: Run, decoder: Run, alignment: Run | None = None) -> None:
        self.reduction_factor = int(options["reduction_factor"])
        self.has_pitch = bool(options["has_pitch"])
        self._pitch_step = np.log(2) / 12 / options["pitch_std"]  # size of a semitone
        self._context = int(options.get("context_steps") or 0)
        if not 0 <= self._context < MAX_CONTEXT:
            raise ValueError(f"a context of {self._context} steps")
        self._encoder, self._decoder, self._alignment = encoder, decoder, alignment

    def decode(
        self, batch: Sequence[Sequence[int]], seed: int, rule: str | None, delivery: Sequence[Delivery]
    ) -> list[Decoded]:
        """Decode one sentence after the other: on one core a batch is not faster, and padding takes time."""
        return [self._decode(np.asarray(tokens, dtype=np.int64), *how) for tokens, how in zip(batch, delivery)]

    @property
    def has_drafts(self) -> bool:
        """See `tts.engine.base.Engine`."""
        return self._alignment is not None

    def draft(self, tokens: Sequence[int], delivery: Delivery, n_mels: int) -> Draft:
        """See `tts.engine.base.Engine`."""
        layout = self._lay_out(np.asarray(tokens, dtype=np.int64), *delivery)
        timing = layout.timing._asdict()
        assert self._alignment is not None, "`has_drafts` says that there is one"
        (alignment,) = self._alignment(memory=layout.memory, **{name: timing[name] for name in ALIGNMENT_INPUTS})
        return make_draft(layout.num_frames, n_mels, alignment, partial(self._between, layout))

    def _between(self, layout: Layout, first: int, end: int) -> np.ndarray:
        """The mel (M, T) from frame ``first`` to ``end``, computed with the steps around them."""
        R, T_dec = self.reduction_factor, len(layout.timing.symbols)
        begin, stop = max(0, first // R - self._context), min(-(-end // R) + self._context, T_dec)
        mel, _ = self._run_decoder(layout, layout.timing.window(begin, stop))
        if len(mel) != R * (stop - begin):
            raise ValueError(f"a mel of {len(mel)} frames for {stop - begin} steps")
        return mel[first - begin * R : end - begin * R].T

    def _decode(self, tokens: np.ndarray, speed: float, pitch: float) -> Decoded:
        layout = self._lay_out(tokens, speed, pitch)
        mel, alignment = self._run_decoder(layout, layout.timing)
        stop = np.zeros(len(alignment), dtype=np.float32)
        stop[-1] = 1.0  # the end is known
        return Decoded(np.ascontiguousarray(mel[: layout.num_frames].T), alignment, stop)

    def _lay_out(self, tokens: np.ndarray, speed: float, pitch: float) -> Layout:
        memory, frames = self._encoder(tokens=tokens)
        if frames.shape != tokens.shape or not ((frames >= 0) & (frames <= MAX_FRAMES)).all():
            raise ValueError(f"{len(tokens)} symbols do not last 0 to {MAX_FRAMES} frames each")
        frames = frames / np.float32(speed)
        T_mel = max(int(np.rint(frames.sum(dtype=np.float64))), self.reduction_factor)
        timing = lay_out(frames, self.reduction_factor, -(-T_mel // self.reduction_factor))
        return Layout(memory, timing, T_mel, np.array(pitch * self._pitch_step, dtype=np.float32))

    def _run_decoder(self, layout: Layout, timing: Timing) -> list[np.ndarray]:
        return self._decoder(memory=layout.memory, pitch_shift=layout.pitch_shift, **timing._asdict())


def lay_out(frames: np.ndarray, reduction_factor: int, num_steps: int) -> Timing:
    """Lay out symbols that last ``frames`` (T_text,), float32, in ``num_steps`` decoder steps."""
    durations = frames / np.float32(reduction_factor)
    ends = np.cumsum(durations, dtype=np.float64)
    middles = np.arange(num_steps) + 0.5
    symbols = np.minimum(np.searchsorted(ends, middles, side="right"), len(frames) - 1)
    starts = (ends - durations)[symbols]
    progress = ((middles - starts) / np.maximum(durations[symbols], 1e-3)).clip(0.0, 1.0)
    centers = (ends - 0.5 * durations).astype(np.float32)
    return Timing(durations, centers, symbols.astype(np.int64), progress.astype(np.float32))
