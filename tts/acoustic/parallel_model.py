"""Symbols to mel in one pass: an encoder, a duration predictor, and a parallel decoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tts.acoustic.parallel_decoder import ParallelDecoder, ParallelOutput
from tts.acoustic.prosody import DurationPredictor, Prosody, step_means
from tts.attention.base import Constraint
from tts.attention.parallel import Timing, timing
from tts.core.interfaces import AcousticOutput, Batch, ProsodyOutput
from tts.nn.masks import lengths_to_mask

MAX_FRAMES_PER_SYMBOL = 200  # 2.3 s; a longer prediction is an error of the predictor
STOP_LOGIT = 20.0  # the end is known, so the stop probability is 0 or 1


class Layout(NamedTuple):
    """Texts that have been encoded and laid out in time, before decoding."""

    memory: Tensor  # (B, T_text, D)
    token_mask: Tensor  # (B, T_text) bool
    timing: Timing
    mel_lengths: Tensor  # (B,) int64
    pitch_shift: Tensor  # (B, 1) or (1, 1), on the scale of the normalized pitch


class ParallelModel(nn.Module):
    """A parallel acoustic model: encoder, duration predictor, decoder; see `tts.core.interfaces.AcousticModel`.

    Args:
        encoder: tokens (B, T_text), lengths (B,) -> memory (B, T_text, D).
        durations: memory, mask -> ln(1 + frames) (B, T_text).
        decoder: memory and timing to mel and alignments.
        mel_mean: inside, mels are (mel - mel_mean) / mel_std.
        mel_std: see ``mel_mean``.
        pitch_mean: inside, pitch is (ln Hz - pitch_mean) / pitch_std.
        pitch_std: see ``pitch_mean``.
    """

    use_forced_alignment = needs_durations = True

    def __init__(
        self,
        encoder: nn.Module,
        durations: DurationPredictor,
        decoder: ParallelDecoder,
        mel_mean: float,
        mel_std: float,
        pitch_mean: float,
        pitch_std: float,
    ) -> None:
        super().__init__()
        self.encoder, self.durations, self.decoder = encoder, durations, decoder
        self.mel_mean, self.mel_std = mel_mean, mel_std
        self.pitch_mean, self.pitch_std = pitch_mean, pitch_std

    @property
    def reduction_factor(self) -> int:
        """R, frames per decoder step."""
        return self.decoder.reduction_factor

    @property
    def head_names(self) -> list[str]:
        """Name of each of the H alignments."""
        return self.decoder.head_names

    @property
    def attentions(self) -> list[nn.Module]:
        """Those of the decoder's layers, in order."""
        return list(self.decoder.attentions.values())

    @property
    def has_prosody(self) -> bool:
        """Whether the model predicts pitch and energy."""
        return self.decoder.prosody is not None

    supports_constraints = False  # the durations keep the order
    is_stochastic = False  # the seed does not change the result
    has_speed = True
    has_windows = True  # `mel_between` computes some frames without the rest

    @property
    def has_pitch(self) -> bool:
        """Whether `generate` can change the pitch."""
        return self.has_prosody

    def set_step(self, step: int) -> None:
        """Do nothing: nothing fades here."""

    def forward(self, batch: Batch) -> AcousticOutput:
        """Predict ``batch.mel`` from the text, laid out by ``batch.durations``, with its own pitch and energy.

        Raises ValueError if the batch has no durations, or no pitch where the decoder predicts it.
        """
        if batch.durations is None or (self.has_prosody and batch.pitch is None):
            raise ValueError("the corpus has no durations or no pitch: run python -m tts.align data.corpus=DIR first")
        token_mask = lengths_to_mask(batch.token_lengths, batch.tokens.shape[1])
        memory = self.encoder(batch.tokens, batch.token_lengths)
        log_durations = self.durations(memory, token_mask)
        place = self._timing(batch.durations, batch.token_lengths, batch.mel_lengths, batch.mel.shape[2])
        given = None
        if self.has_prosody and batch.pitch is not None:
            given = self._measured(batch, batch.pitch, place.symbols.shape[1])
        decoded = self.decoder(memory, token_mask, place, given)
        prosody = ProsodyOutput(log_durations, batch.durations, decoded.predicted, given)
        return self._output(decoded, batch.mel_lengths, place, batch.mel.shape[2], prosody)

    @torch.inference_mode()
    def generate(
        self,
        tokens: Tensor,
        token_lengths: Tensor,
        seeds: list[int],
        constraints: Sequence[Constraint] = (),
        speed: float | Sequence[float] = 1.0,
        pitch: float | Sequence[float] = 0.0,
    ) -> AcousticOutput:
        """Generate the mels of tokens (B, T_text), lengths (B,).

        Args:
            tokens: (B, T_text) int64.
            token_lengths: (B,) int64.
            seeds: one for each utterance; the seeds do not change the speech.
            constraints: must be empty.
            speed: factor of the speed, 2.0 is twice as fast; one number, or one for each utterance.
            pitch: shift in semitones; one number, or one for each utterance.
        """
        layout = self.lay_out(tokens, token_lengths, speed, pitch)
        decoded = self._decode(layout, layout.timing)
        return self._output(decoded, layout.mel_lengths, layout.timing, int(layout.mel_lengths.max()), None)

    def lay_out(
        self, tokens: Tensor, token_lengths: Tensor, speed: float | Sequence[float], pitch: float | Sequence[float]
    ) -> Layout:
        """Encode the texts and determine their durations; arguments as of `generate`."""
        token_mask = lengths_to_mask(token_lengths, tokens.shape[1])
        memory = self.encoder(tokens, token_lengths)
        frames = self.predict_durations(memory, token_mask)
        frames = frames / torch.as_tensor(speed, dtype=frames.dtype, device=frames.device).reshape(-1, 1)
        mel_lengths = frames.sum(1, dtype=torch.float64).round().long().clamp_min(self.reduction_factor)
        place = self._timing(frames, token_lengths, mel_lengths, int(mel_lengths.max()))
        shift = torch.as_tensor(pitch, dtype=frames.dtype, device=frames.device).reshape(-1, 1)
        return Layout(memory, token_mask, place, mel_lengths, shift * math.log(2) / 12 / self.pitch_std)

    def alignment(self, layout: Layout) -> Tensor:
        """The alignment of the texts of ``layout``, (B, T_dec, T_text), without decoding them."""
        return self.decoder.align(layout.memory, layout.token_mask, layout.timing)[1].mean(1)

    def mel_between(self, layout: Layout, first: int, end: int) -> Tensor:
        """The mel (B, M, end - first) of some frames, as `generate` makes them but for rounding.

        This decodes a window of steps that reaches ``decoder.context_steps`` beyond them.
        """
        R, context = self.reduction_factor, self.decoder.context_steps
        begin = max(0, first // R - context)
        place = layout.timing.window(begin, min(-(-end // R) + context, layout.timing.symbols.shape[1]))
        mel = self._decode(layout, place).mel[:, :, first - begin * R : end - begin * R]
        return mel * self.mel_std + self.mel_mean

    def _decode(self, layout: Layout, place: Timing) -> ParallelOutput:
        shift = layout.pitch_shift
        return self.decoder(layout.memory, layout.token_mask, place, None, lambda p: p._replace(pitch=p.pitch + shift))

    def predict_durations(self, memory: Tensor, token_mask: Tensor) -> Tensor:
        """(B, T_text, D) -> frames per symbol (B, T_text), fractions included, zero at padding."""
        frames = torch.expm1(self.durations(memory, token_mask)).clamp(0.0, MAX_FRAMES_PER_SYMBOL)
        return frames.masked_fill(~token_mask, 0.0)

    def _timing(self, durations: Tensor, token_lengths: Tensor, mel_lengths: Tensor, T_mel: int) -> Timing:
        R = self.reduction_factor
        steps = torch.div(mel_lengths + R - 1, R, rounding_mode="floor")
        return timing(durations, token_lengths, steps, R, -(-T_mel // R))

    def _measured(self, batch: Batch, log_pitch: Tensor, num_steps: int) -> Prosody:
        """Pitch and energy of the recording, per decoder step."""
        R, mask = self.reduction_factor, lengths_to_mask(batch.mel_lengths, batch.mel.shape[2])
        pitch, voiced = step_means((log_pitch - self.pitch_mean) / self.pitch_std, log_pitch > 0, R, num_steps)
        energy, _ = step_means(((batch.mel - self.mel_mean) / self.mel_std).mean(1), mask, R, num_steps)
        return Prosody(pitch, voiced, energy)

    def _output(
        self, decoded: ParallelOutput, mel_lengths: Tensor, place: Timing, T_mel: int, prosody: ProsodyOutput | None
    ) -> AcousticOutput:
        mask = lengths_to_mask(mel_lengths, T_mel).unsqueeze(1)
        mel = (decoded.mel[:, :, :T_mel] * mask) * self.mel_std + self.mel_mean
        last = torch.arange(place.symbols.shape[1], device=mel.device) == place.lengths.unsqueeze(1) - 1
        alignments = decoded.alignments
        if alignments is None:  # in training only the alignment from the durations is needed
            index = torch.arange(place.durations.shape[1], device=mel.device)
            alignments = (place.symbols.unsqueeze(2) == index).unsqueeze(1).to(mel.dtype)
        return AcousticOutput(
            mel=mel,
            mel_before=mel,
            mel_lengths=mel_lengths,
            stop_logits=torch.where(last, STOP_LOGIT, -STOP_LOGIT),
            alignments=alignments,
            decoder_lengths=place.lengths,
            heads=self.decoder.alignment_heads,
            prosody=prosody,
        )
