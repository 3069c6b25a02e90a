"""A recurrent or Transformer acoustic model on ONNX; `tts.onnx_export.autoregressive` describes the graphs.

The loop is that of `tts.acoustic.decoder_base.AutoregressiveDecoder.generate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tts.engine.base import Decoded, Delivery
from tts.engine.random_numbers import Generator
from tts.engine.sessions import Run

DROPOUT_STEPS = 128  # masks drawn at once, as in `tts.acoustic.prenet`: otherwise seeds would differ


class AutoregressiveAcoustic:
    """Symbols to mel, R frames per step.

    Args:
        options: from the manifest.
        encoder: runs ``encoder.onnx``.
        start: runs ``start.onnx``.
        step: runs ``step.onnx``.
        postnet: runs ``postnet.onnx``.
    """

    def __init__(self, options: dict[str, Any], encoder: Run, start: Run, step: Run, postnet: Run) -> None:
        self._options, self.rules = options, tuple(options["rules"])
        self.reduction_factor = int(options["reduction_factor"])
        self.is_stochastic = options["dropout"] is not None
        self._encoder, self._start, self._step, self._postnet = encoder, start, step, postnet

    def decode(
        self, batch: Sequence[Sequence[int]], seed: int, rule: str | None, delivery: Sequence[Delivery]
    ) -> list[Decoded]:
        """Decode one sentence after the other. The model has no control of speed or pitch."""
        return [self._decode(np.asarray(tokens, dtype=np.int64), seed, rule) for tokens in batch]

    def _decode(self, tokens: np.ndarray, seed: int, rule: str | None) -> Decoded:
        (memory,) = self._encoder(tokens=tokens)
        steps = zip(*self._steps(memory[None], seed, rule))
        frames, stop_logits, alignments = (np.concatenate(values) for values in steps)
        (mel,) = self._postnet(frames=frames.reshape(-1, self._options["n_mels"]))
        return Decoded(np.ascontiguousarray(mel.T), alignments, 1 / (1 + np.exp(-stop_logits)))

    def _steps(
        self, memory: np.ndarray, seed: int, rule: str | None
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Frames (1, R * M), stop logits (1,) and alignment (1, T_text), step by step."""
        options, T_text = self._options, memory.shape[1]
        limit = (options["max_frames_offset"] + options["max_frames_per_symbol"] * T_text) // self.reduction_factor
        state = dict(zip(options["states"], self._start(memory=memory, mask=np.ones((1, T_text), dtype=bool))))
        state |= {name: np.array(name == rule) for name in self.rules}
        frame = np.zeros((1, options["n_mels"]), dtype=np.float32)
        for extra in self._extras(seed, limit):
            frames, stop_logits, ends, alignment, *changed = self._step(frame=frame, **extra, **state)
            state |= zip(options["changing"], changed)
            yield frames, stop_logits, alignment
            if ends[0]:
                return
            frame = np.ascontiguousarray(frames[:, -options["n_mels"] :])

    def _extras(self, seed: int, num_steps: int) -> Iterator[dict[str, np.ndarray]]:
        """Inputs that only some decoders have: the number of the step, and the dropout masks of the prenet."""
        dropout, generator = self._options["dropout"], Generator(seed)
        for number in range(num_steps):
            extra = {"time": np.array(number, dtype=np.float32)} if self._options["time"] else {}
            if dropout:
                if number % DROPOUT_STEPS == 0:
                    draws = generator.uniform(DROPOUT_STEPS, dropout["layers"], dropout["dim"])
                    keep = np.float32(1 - dropout["rate"])
                    masks = (draws < keep).astype(np.float32) / keep
                extra["dropout"] = masks[number % DROPOUT_STEPS][:, None]
            yield extra
