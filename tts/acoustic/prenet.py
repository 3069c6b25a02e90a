"""The prenet for the previous frame of a decoder (Wang et al. 2017, Shen et al. 2018): dropout is always active."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Prenet(nn.Module):
    """Fully connected layers with ReLU, and dropout that can also be active in generation.

    In training the dropout is ordinary. Otherwise its masks are drawn from one generator per utterance, so that the
    same seed gives the same speech, alone or in any batch, on any device.

    Args:
        in_dim: width of a frame, M.
        hidden_dim: width of every layer.
        num_layers: number of layers.
        dropout: probability; 0 disables it.
        prenet_dropout_inference: probability outside of training; None is ``dropout``.
    """

    def __init__(
        self,
        in_dim: int,
        hidden_dim: int = 256,
        num_layers: int = 2,
        dropout: float = 0.5,
        prenet_dropout_inference: float | None = None,
    ) -> None:
        super().__init__()
        widths = [in_dim] + [hidden_dim] * num_layers
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in pairwise(widths))
        self.hidden_dim, self.dropout = hidden_dim, dropout
        self.prenet_dropout_inference = dropout if prenet_dropout_inference is None else prenet_dropout_inference

    def forward(self, frames: Tensor, masks: Tensor | None = None) -> Tensor:
        """(..., M) -> (..., hidden_dim).

        ``masks`` (num_layers, ..., hidden_dim) come from `DropoutMasks` outside of training.
        """
        x = frames
        for i, layer in enumerate(self.layers):
            x = F.relu(layer(x))
            if masks is not None:
                x = x * masks[i]
            elif self.training:
                x = F.dropout(x, self.dropout)
        return x

    def dropout_masks(self, seeds: list[int], device: torch.device) -> DropoutMasks:
        """The dropout masks of a batch of utterances, one seed each."""
        return DropoutMasks(seeds, len(self.layers), self.hidden_dim, self.prenet_dropout_inference, device)


class DropoutMasks:
    """Scaled dropout masks, one random stream per utterance, drawn on the CPU for every device."""

    CHUNK = 128  # steps drawn at a time; another number changes the result of a seed

    def __init__(self, seeds: list[int], num_layers: int, dim: int, dropout: float, device: torch.device) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._shape, self._keep, self._device = (self.CHUNK, num_layers, dim), 1.0 - dropout, device

    def chunk(self) -> Tensor:
        """The next CHUNK steps: (CHUNK, num_layers, B, dim)."""
        draws = [torch.rand(self._shape, generator=generator) for generator in self._generators]
        return ((torch.stack(draws, 2) < self._keep) / self._keep).to(self._device)

    def take(self, num_steps: int) -> Tensor:
        """The next ``num_steps`` steps at once: (num_layers, B, num_steps, dim)."""
        chunks = [self.chunk() for _ in range(-(-num_steps // self.CHUNK))]
        return torch.cat(chunks)[:num_steps].permute(1, 2, 0, 3)
