"""A recurrent or Transformer acoustic model on ONNX; `tts.onnx_export.autoregressive` describes the graphs.

The loop is that of `tts.acoustic.decoder_base.AutoregressiveDecoder.generate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tts.engine.base import Decoded, Delivery
from tts.engine.random_numbers import Generator
from tts.engine.sessions import Run

DROPOUT_STEPS = 128  # masks drawn at once, as in `tts.acoustic.prenet`: otherwise seeds would differ


class Step(NamedTuple):
    """Output of a decoder step for one sentence."""

    frames: np.ndarray  # (R * M,)
    stop_logit: np.float32
    alignment: np.ndarray  # (T_text,)


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
        """Decode the sentences together if the graphs allow it. The model has no control of speed or pitch."""
        texts = [np.asarray(tokens, dtype=np.int64) for tokens in batch]
        groups = [texts] if self._options.get("batch") else [[tokens] for tokens in texts]
        return [decoded for group in groups for decoded in self._decode(group, seed, rule)]

    def _decode(self, texts: Sequence[np.ndarray], seed: int, rule: str | None) -> list[Decoded]:
        memories = [self._encoder(tokens=tokens)[0] for tokens in texts]
        found: list[list[Step]] = [[] for _ in texts]
        for rows, *outputs in self._steps(*_pad(memories), seed, rule):
            for row, *step in zip(rows, *outputs):
                found[row].append(Step(*step))
        return [self._decoded(steps, len(tokens)) for steps, tokens in zip(found, texts)]

    def _decoded(self, steps: Sequence[Step], T_text: int) -> Decoded:
        frames, stop_logits, alignment = (np.stack(values) for values in zip(*steps))
        (mel,) = self._postnet(frames=frames.reshape(-1, self._options["n_mels"]))
        return Decoded(np.ascontiguousarray(mel.T), alignment[:, :T_text], 1 / (1 + np.exp(-stop_logits)))

    def _steps(
        self, memory: np.ndarray, mask: np.ndarray, seed: int, rule: str | None
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Step by step: the B sentences that go on, their frames (B, R * M), stop logits (B,), alignment (B, T_text).

        A sentence leaves the batch when it ends. All have the same dropout masks, because they have the same seed.
        """
        options = self._options
        limits = (
            options["max_frames_offset"] + options["max_frames_per_symbol"] * mask.sum(1)
        ) // self.reduction_factor
        state = dict(zip(options["states"], self._start(memory=memory, mask=mask)))
        switches = {name: np.array(name == rule) for name in self.rules}
        frame = np.zeros((len(memory), options["n_mels"]), dtype=np.float32)
        rows = np.arange(len(memory))
        for number, extra in enumerate(self._extras(seed, int(limits.max())), 1):
            frames, stop_logits, ends, alignment, *changed = self._step(frame=frame, **extra, **switches, **state)
            state |= zip(options["changing"], changed)
            yield rows, frames, stop_logits, alignment
            frame = np.ascontiguousarray(frames[:, -options["n_mels"] :])
            on = ~ends & (number < limits[rows])
            if not on.any():
                return
            if not on.all():
                rows, frame, state = rows[on], frame[on], {name: value[on] for name, value in state.items()}

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


def _pad(memories: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Texts (T_text, D) as one batch: memory (B, T_text, D), zero at padding, and mask (B, T_text)."""
    lengths = np.array([len(memory) for memory in memories])
    mask = np.arange(lengths.max()) < lengths[:, None]
    memory = np.zeros((*mask.shape, memories[0].shape[1]), dtype=np.float32)
    memory[mask] = np.concatenate(memories)
    return memory, mask
