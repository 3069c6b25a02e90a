"""Predictors of a parallel decoder: the duration of each symbol, and pitch and energy of each step.

Sources: Ren et al. 2020, FastSpeech 2 (variance predictors); Lancucki 2021, FastPitch.

Differences from the papers: pitch and energy are predicted per decoder step, after the text has been laid out in time,
by convolutions that see the durations; the pitch is regressed directly, and voicing has its own logit.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.nn.convnext import ConvNeXtBlock


class Prosody(NamedTuple):
    """Pitch and energy of every decoder step, normalized."""

    pitch: Tensor  # (B, T_dec), (ln Hz - mean) / std; meaningful where voiced
    voiced: Tensor  # (B, T_dec), probability or share of voiced frames, 0 to 1
    energy: Tensor  # (B, T_dec), mean over channels of the normalized mel

    def features(self) -> Tensor:
        """(B, T_dec, 3), the pitch is zero where there is none."""
        return torch.stack((self.pitch * self.voiced, self.voiced - 0.5, self.energy), 2)


class DurationPredictor(nn.Module):
    """Memory to log durations: convolutions over the symbols.

    Args:
        memory_dim: D.
        hidden_dim: channels.
        num_layers: convolutions.
        kernel_size: symbols, odd.
        dropout: after every convolution, in training.
    """

    def __init__(self, memory_dim: int, hidden_dim: int, num_layers: int, kernel_size: int, dropout: float) -> None:
        super().__init__()
        widths = [memory_dim] + [hidden_dim] * num_layers
        self.convolutions = nn.ModuleList(
            nn.Conv1d(fan_in, fan_out, kernel_size, padding=kernel_size // 2) for fan_in, fan_out in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(hidden_dim) for _ in range(num_layers))
        self.projection = nn.Linear(hidden_dim, 1)
        self.dropout = dropout

    def forward(self, memory: Tensor, token_mask: Tensor) -> Tensor:
        """(B, T_text, D), mask -> ln(1 + frames) (B, T_text), float32."""
        x, padding = memory, ~token_mask.unsqueeze(-1)
        for convolution, norm in zip(self.convolutions, self.norms):
            x = convolution(x.masked_fill(padding, 0.0).mT).mT
            x = F.dropout(F.relu(norm(x)), self.dropout, self.training)
        return self.projection(x).squeeze(-1).float()


class ProsodyPredictor(nn.Module):
    """Upsampled memory to pitch and energy of every decoder step: ConvNeXt blocks.

    Args:
        input_dim: width of the input.
        dim: channels.
        num_layers: blocks.
        kernel_size: steps under a block's convolution, odd.
    """

    def __init__(self, input_dim: int, dim: int, num_layers: int, kernel_size: int) -> None:
        super().__init__()
        self.input_projection = nn.Linear(input_dim, dim)
        self.blocks = nn.ModuleList(ConvNeXtBlock(dim, 2 * dim, 1 / num_layers, kernel_size) for _ in range(num_layers))
        self.norm = nn.LayerNorm(dim)
        self.projection = nn.Linear(dim, 3)
        self.context_steps = num_layers * (kernel_size // 2)  # on either side that a step depends on

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T_dec, input_dim), mask (B, T_dec) -> pitch, voicing logits, energy, (B, T_dec) float32 each."""
        x, valid = self.input_projection(x).mT, mask.unsqueeze(1)
        for block in self.blocks:
            x = block(x * valid)
        return self.projection(self.norm(x.mT)).float().unbind(2)


def step_means(values: Tensor, counted: Tensor, reduction_factor: int, num_steps: int) -> tuple[Tensor, Tensor]:
    """Means of frame-rate ``values`` (B, T_mel) over the frames of each decoder step that are ``counted`` (bool).

    Returns:
        (B, T_dec) means, zero where no frame counts, and (B, T_dec) shares of the R frames that count.
    """
    missing = num_steps * reduction_factor - values.shape[1]
    values, counted = (F.pad(x, (0, missing))[:, : num_steps * reduction_factor] for x in (values, counted.float()))
    values, counted = (x.unflatten(1, (num_steps, reduction_factor)) for x in (values, counted))
    count = counted.sum(2)
    return (values * counted).sum(2) / count.clamp_min(1.0), count / reduction_factor
