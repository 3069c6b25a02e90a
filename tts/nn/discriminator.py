"""Output of a discriminator, and the forward pass of a stack of convolutions."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F


class DiscriminatorOutput(NamedTuple):
    """Output of a discriminator for a batch."""

    score: Tensor  # (B, patches), high for recordings
    features: list[Tensor]  # of every layer


def run_discriminator(x: Tensor, layers: nn.ModuleList, last: nn.Module, slope: float) -> DiscriminatorOutput:
    """``layers`` with leaky rectifiers of ``slope`` on (B, C, ...), and the scores of ``last``."""
    features = []
    for layer in layers:
        x = F.leaky_relu(layer(x), slope)
        features.append(x)
    return DiscriminatorOutput(last(x).flatten(1), features)
