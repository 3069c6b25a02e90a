"""Base class of the autoregressive mel decoders: shared options, the interface of one step, and the generation loop."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, overload

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from tts.acoustic.decoder_output import DecoderOutput, split_frames
from tts.acoustic.prenet import Prenet
from tts.acoustic.reduction_factor import ReductionFactor
from tts.acoustic.stopping import StopRule, StopTracker
from tts.attention.base import Attention, Constraint, PriorMaker, select_heads
from tts.core.interfaces import Memory
from tts.nn.fp16 import FP16LSTM, with_fp16_weights
from tts.nn.recurrent import SteppableLSTM


class DecoderOptions(TypedDict):
    """Options of every autoregressive decoder.

    Attributes:
        reduction_factor: R, frames per step.
        max_reduction_factor: largest R, with which a schedule starts (`set_reduction_factor`); None keeps R fixed.
        prenet_dim: width of the prenet.
        prenet_layers: its depth.
        prenet_dropout: its dropout.
        prenet_dropout_inference: the same in generation, where it makes results depend on the seed; None is
            ``prenet_dropout``, 0 gives the same result for every seed.
        drop_frame_rate: probability that the input frame of a training step is zero, so that the decoder has to use
            the text.
        gate_threshold: stop probability at which an utterance ends.
        max_frames_offset: largest number of frames of an utterance: this, plus
        max_frames_per_symbol: this number for each symbol.
        fp16_generation: on a CPU, generate with the large weights in float16, see `tts.nn.fp16`.
        prior: (token_lengths, decoder_lengths, (T_dec, T_text)) -> a constraint on the attention in training, or None.
        constraints: constraints on the attention in generation, by name, applied in order.
        stop_rule: decides when an utterance ends; None lets the stop token decide alone.
    """

    reduction_factor: int
    max_reduction_factor: int | None
    prenet_dim: int
    prenet_layers: int
    prenet_dropout: float
    prenet_dropout_inference: float | None
    drop_frame_rate: float
    gate_threshold: float
    max_frames_offset: int
    max_frames_per_symbol: int
    fp16_generation: bool
    prior: PriorMaker | None
    constraints: Mapping[str, Constraint] | None
    stop_rule: StopRule | None


class AutoregressiveDecoder(nn.Module):
    """Predicts R frames per step; in generation its input is its own last frame.

    A subclass has one or more attentions, and sets ``projection`` and ``stop``, linear maps of the features of a step
    to R frames and to a stop logit.

    Args:
        n_mels: M.
        options: see `DecoderOptions`.
    """

    projection: nn.Linear
    stop: nn.Linear
    loops_in_training = False  # whether training without durations has a loop for `use_cuda_graphs`

    def __init__(self, n_mels: int, **options: Unpack[DecoderOptions]) -> None:
        super().__init__()
        self.n_mels = n_mels
        self.reduction = ReductionFactor(options["reduction_factor"], options["max_reduction_factor"])
        self.drop_frame_rate, self.gate_threshold = options["drop_frame_rate"], options["gate_threshold"]
        self.max_frames_offset = options["max_frames_offset"]
        self.max_frames_per_symbol = options["max_frames_per_symbol"]
        self.fp16_generation = options["fp16_generation"]
        self.prior, self.stop_rule = options["prior"], options["stop_rule"]
        self.constraints = dict(options["constraints"] or {})
        self.prenet = Prenet(
            n_mels,
            options["prenet_dim"],
            options["prenet_layers"],
            options["prenet_dropout"],
            options["prenet_dropout_inference"],
        )

    @property
    def reduction_factor(self) -> int:
        """R, frames per step."""
        return self.reduction.value

    @property
    def is_stochastic(self) -> bool:
        """Whether the seed changes the result of `generate`."""
        return self.prenet.prenet_dropout_inference > 0

    def set_step(self, step: int) -> None:
        """Set the number of optimizer steps so far; the prior fades with it."""
        if self.prior is not None:
            self.prior.set_step(step)

    @torch.no_grad()
    def set_reduction_factor(self, reduction_factor: int) -> None:
        """Set R, at most ``max_reduction_factor``, and recalibrate parameters that count decoder steps.

        The weights stay; the odds of stopping at a step scale with its length, and the attentions are rescaled.
        """
        ratio = reduction_factor / self.reduction.value
        self.reduction.value = reduction_factor
        self.stop.bias.add_(math.log(ratio))
        for attention in self.attentions:
            attention.rescale_time(ratio)

    @property
    @abstractmethod
    def attentions(self) -> list[Attention]:
        """The attentions, in the order of the layers."""

    @property
    @abstractmethod
    def head_names(self) -> list[str]:
        """Name of each of the H alignments."""

    @property
    @abstractmethod
    def supports_constraints(self) -> bool:
        """Whether `generate` accepts ``constraints``."""

    @property
    def heads(self) -> list[int] | None:
        """Which of the H heads are alignment heads; None is all."""
        return None

    @abstractmethod
    def start_generation(
        self, memory: Tensor, token_mask: Tensor, rules: Sequence[Constraint], num_steps: int
    ) -> tuple[Memory, Any]:
        """Prepare at most ``num_steps`` steps: the text (B, T_text, D) as `Memory`, the state of the first `step`."""

    @abstractmethod
    def step(self, x: Tensor, t: int, state: Any) -> tuple[Tensor, Tensor, Any]:
        """Step ``t`` of generation: x (B, prenet_dim) -> features (B, ...), weights (B, H, T_text), the next state."""

    @torch.inference_mode()
    def generate(
        self, memory: Tensor, token_mask: Tensor, seeds: list[int], constraints: Sequence[Constraint] = ()
    ) -> DecoderOutput:
        """Generate until every utterance has stopped or reached its limit; ``seeds`` set the prenet's dropout.

        ``constraints`` apply to this call, after the decoder's own.
        """
        R, heads = self.reduction_factor, self.heads
        limits = (self.max_frames_offset + self.max_frames_per_symbol * token_mask.sum(1)) // R  # (B,) steps
        num_steps = int(limits.max())
        text, state = self.start_generation(memory, token_mask, [*self.constraints.values(), *constraints], num_steps)
        endings = StopTracker(limits, self.gate_threshold, self.stop_rule, text)
        source = self.prenet.dropout_masks(seeds, memory.device)
        frame, outputs = memory.new_zeros(len(memory), self.n_mels), []
        for t in range(num_steps):
            if t % source.CHUNK == 0:
                masks = source.chunk()
            features, weights, state = self.step(self.prenet(frame, masks[t % source.CHUNK]), t, state)
            frames, stop_logit = self.projection(features)[:, : R * self.n_mels], self.stop(features).squeeze(1)
            outputs.append((frames, stop_logit, weights))
            frame = frames[:, -self.n_mels :]
            if endings.update(stop_logit, weights if heads is None else select_heads(weights, heads)):
                break
        frames, stop_logits, alignments = zip(*outputs)
        mel_before = split_frames(torch.stack(frames, 1), self.n_mels)
        alignment = torch.stack(alignments, 2)
        return DecoderOutput(mel_before, torch.stack(stop_logits, 1), alignment, endings.lengths, None, heads)

    @overload
    def _inference_module(self, module: SteppableLSTM, device: torch.device) -> SteppableLSTM | FP16LSTM: ...

    @overload
    def _inference_module(self, module: nn.Module, device: torch.device) -> nn.Module: ...

    def _inference_module(self, module: nn.Module, device: torch.device) -> nn.Module:
        """``module``, with float16 weights if `fp16_generation` is set and ``device`` is a CPU."""
        return with_fp16_weights(module) if self.fp16_generation and device.type == "cpu" else module

    def _project(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T_dec, ...) -> frames (B, M, T_dec * R) and stop logits (B, T_dec)."""
        frames = self.projection(features)[..., : self.reduction_factor * self.n_mels]  # (B, T_dec, R * M)
        return split_frames(frames, self.n_mels), self.stop(features).squeeze(-1)
