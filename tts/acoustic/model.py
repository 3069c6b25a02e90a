"""Symbols to mel: an encoder, a decoder with its attention, a post-net."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tts.acoustic.decoder_base import AutoregressiveDecoder
from tts.acoustic.decoder_output import DecoderOutput
from tts.attention.base import Attention, Constraint
from tts.core.interfaces import AcousticOutput, Batch, SecondDecoder
from tts.nn.masks import lengths_to_mask


class SequenceToMel(nn.Module):
    """An attention-based acoustic model: encoder, decoder, post-net; see `tts.core.interfaces.AcousticModel`.

    Args:
        encoder: tokens (B, T_text), lengths (B,) -> memory (B, T_text, D).
        decoder: memory to coarse mel, stop logits and alignments; teacher forcing in ``forward``, free running in
            ``generate``.
        postnet: coarse mel (B, M, T_mel), mask -> mel.
        use_forced_alignment: train the attention along the durations of an aligned corpus; False lets it learn the
            alignment.
        mel_mean: inside, mels are (mel - mel_mean) / mel_std; outputs far from the data at the start would cost
            hundreds of steps.
        mel_std: see ``mel_mean``.
        second_decoder: of a larger R, used only in training; its gradients do not reach the memory
            (`tts.losses.double_decoder`).
    """

    needs_durations = False  # an attention can learn the alignment
    has_speed = has_pitch = False  # the attention determines the timing, the decoder the pitch

    def __init__(
        self,
        encoder: nn.Module,
        decoder: AutoregressiveDecoder,
        postnet: nn.Module,
        use_forced_alignment: bool,
        mel_mean: float,
        mel_std: float,
        second_decoder: AutoregressiveDecoder | None,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.postnet = encoder, decoder, postnet
        self.second_decoder = second_decoder
        self.use_forced_alignment = use_forced_alignment
        self.mel_mean, self.mel_std = mel_mean, mel_std

    @property
    def reduction_factor(self) -> int:
        """R, frames per decoder step."""
        return self.decoder.reduction_factor

    @property
    def head_names(self) -> list[str]:
        """Name of each of the H alignments."""
        return self.decoder.head_names

    @property
    def attentions(self) -> list[Attention]:
        """Those of the decoder, in order."""
        return self.decoder.attentions

    @property
    def supports_constraints(self) -> bool:
        """Whether `generate` accepts ``constraints``; False if the attention is monotonic by itself."""
        return self.decoder.supports_constraints

    @property
    def is_stochastic(self) -> bool:
        """Whether the seed changes the result of `generate`."""
        return self.decoder.is_stochastic

    has_windows = False  # a step depends on all steps before it

    def set_step(self, step: int) -> None:
        """See `tts.core.interfaces.AcousticModel`."""
        self.decoder.set_step(step)

    def set_reduction_factor(self, reduction_factor: int) -> None:
        """Change R, which needs a decoder with ``max_reduction_factor``; see `tts.acoustic.reduction_factor`."""
        self.decoder.set_reduction_factor(reduction_factor)

    def forward(self, batch: Batch) -> AcousticOutput:
        """Teacher forcing; along ``batch.durations`` if the model follows durations and the batch has them."""
        durations = batch.durations if self.use_forced_alignment else None
        token_mask = lengths_to_mask(batch.token_lengths, batch.tokens.shape[1])
        memory = self.encoder(batch.tokens, batch.token_lengths)
        mel = (batch.mel - self.mel_mean) / self.mel_std
        decoded = self.decoder(memory, token_mask, mel, batch.mel_lengths, durations)
        output = self._finish(decoded, batch.mel_lengths, batch.mel.shape[2])
        if self.second_decoder is None:
            return output
        slow = self.second_decoder(memory.detach(), token_mask, mel, batch.mel_lengths)
        ratio = self.second_decoder.reduction_factor / self.reduction_factor
        slow_mel = slow.mel_before[:, :, : batch.mel.shape[2]] * self.mel_std + self.mel_mean
        return output._replace(second=SecondDecoder(slow_mel, slow.alignments, slow.decoder_lengths, ratio))

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
        """Free running; see `tts.core.interfaces.AcousticModel`. Raises ValueError for another speed or pitch."""
        if speed != 1.0 or pitch != 0.0:
            raise ValueError("this model has no control of speed and pitch (has_speed, has_pitch)")
        memory = self.encoder(tokens, token_lengths)
        decoded = self.decoder.generate(memory, lengths_to_mask(token_lengths, tokens.shape[1]), seeds, constraints)
        mel_lengths = decoded.decoder_lengths * self.reduction_factor
        return self._finish(decoded, mel_lengths, int(mel_lengths.max()))

    def _finish(self, decoded: DecoderOutput, mel_lengths: Tensor, T_mel: int) -> AcousticOutput:
        mask = lengths_to_mask(mel_lengths, T_mel)
        mel_before = decoded.mel_before[:, :, :T_mel].masked_fill(~mask.unsqueeze(1), 0.0)
        mel = self.postnet(mel_before, mask)
        return AcousticOutput(
            mel=mel * self.mel_std + self.mel_mean,
            mel_before=mel_before * self.mel_std + self.mel_mean,
            mel_lengths=mel_lengths,
            stop_logits=decoded.stop_logits,
            alignments=decoded.alignments,
            decoder_lengths=decoded.decoder_lengths,
            path=decoded.path,
            heads=decoded.heads,
            self_fed=decoded.self_fed,
            log_likelihood=decoded.log_likelihood,
        )
