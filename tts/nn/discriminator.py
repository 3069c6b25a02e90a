"""What a discriminator says, and how a stack of convolutions comes to it."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F


class DiscriminatorOutput(NamedTuple):
    """What a discriminator says of a batch."""

    score: Tensor  # (B, patches), high for recordings
    features: list[Tensor]  # of every layer


def run_discriminator(x: Tensor, layers: nn.ModuleList, last: nn.Module, slope: float) -> DiscriminatorOutput:
    """``layers`` with leaky rectifiers of ``slope`` on (B, C, ...), and the scores of ``last``."""
    features = []
    for layer in layers:
        x = F.leaky_relu(layer(x), slope)
        features.append(x)
    return DiscriminatorOutput(last(x).flatten(1), features)
