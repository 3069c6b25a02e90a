"""The output of mel decoders, groups of R frames, and teacher-forcing inputs."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from tts.acoustic.prenet import Prenet


class DecoderOutput(NamedTuple):
    """Output of a decoder for every step."""

    mel_before: Tensor  # (B, M, T_dec * R)
    stop_logits: Tensor  # (B, T_dec)
    alignments: Tensor  # (B, H, T_dec, T_text)
    decoder_lengths: Tensor  # (B,) int64
    path: Tensor | None  # (B, T_dec) int64
    heads: list[int] | None = None  # numbers of the alignment heads among the H; None is all
    self_fed: Tensor | None = None  # (B,) bool, utterances whose input was the decoder's own output
    log_likelihood: Tensor | None = None  # (B,) float64, summed over all alignments; if the decoder has one


def num_decoder_steps(mel_lengths: Tensor, reduction_factor: int) -> Tensor:
    """(B,) mel frames -> (B,) decoder steps; the last one may be incomplete."""
    return torch.div(mel_lengths + reduction_factor - 1, reduction_factor, rounding_mode="floor")


def max_decoder_steps(mel: Tensor, reduction_factor: int) -> int:
    """T_dec of a padded batch, mel (B, M, T_mel), from its shape; reading the lengths would wait for the GPU."""
    return -(-mel.shape[2] // reduction_factor)


def teacher_forcing_inputs(
    prenet: Prenet, mel: Tensor, reduction_factor: int, T_dec: int, drop_frame_rate: float
) -> Tensor:
    """Decoder inputs under teacher forcing: mel (B, M, T_mel) -> (B, T_dec, prenet_dim).

    The last frame of the previous group, through the prenet; zeros for the first step. In training a step is fed zeros
    with probability ``drop_frame_rate``; otherwise the prenet's masks are those of seed 0.
    """
    B, M, _ = mel.shape
    last_frames = mel[:, :, reduction_factor - 1 :: reduction_factor][:, :, : T_dec - 1].mT
    frames = torch.cat((mel.new_zeros(B, 1, M), last_frames), 1)  # (B, T_dec, M)
    if not prenet.training:
        return prenet(frames, prenet.dropout_masks([0], mel.device).take(T_dec).expand(-1, B, -1, -1))
    inputs = prenet(frames)
    if not drop_frame_rate:
        return inputs
    return inputs * (torch.rand(B, T_dec, 1, device=mel.device) >= drop_frame_rate)


def split_frames(frames: Tensor, n_mels: int) -> Tensor:
    """(B, T_dec, R * M) -> (B, M, T_dec * R)."""
    return frames.reshape(len(frames), -1, n_mels).mT


def at_least_float32(x: Tensor) -> Tensor:
    """At least float32."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
