"""Discriminators that tell mels of recordings from predicted mels.

Differences from image discriminators (Isola et al. 2017, PatchGAN): the position of a band matters, so the number of
every band is an input besides its level.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from tts.nn.discriminator import DiscriminatorOutput, run_discriminator

SLOPE = 0.2  # of the leaky rectifiers


class MelDiscriminator(nn.Module):
    """Convolutions over bands and time that score each patch.

    Args:
        channels: of every layer.
        time_strides: stride in time of each layer; every layer halves the number of bands.
        kernel_size: bands and frames under a convolution, odd.
    """

    def __init__(
        self, channels: int = 32, time_strides: Sequence[int] = (1, 1, 2, 2), kernel_size: Sequence[int] = (5, 3)
    ) -> None:
        super().__init__()
        padding = (kernel_size[0] // 2, kernel_size[1] // 2)
        widths = [2] + [channels] * len(time_strides)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(fan_in, fan_out, (kernel_size[0], kernel_size[1]), (2, stride), padding))
            for fan_in, fan_out, stride in zip(widths, widths[1:], time_strides)
        )
        self.last = weight_norm(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, mel: Tensor) -> DiscriminatorOutput:
        """(B, M, T_mel), normalized -> `DiscriminatorOutput`."""
        height = torch.linspace(-1, 1, mel.shape[1], device=mel.device, dtype=mel.dtype)
        x = torch.stack([mel, height.view(1, -1, 1).expand_as(mel)], 1)
        return run_discriminator(x, self.layers, self.last, SLOPE)


class MelDiscriminators(nn.Module):
    """Several discriminators with different time scales.

    Args:
        time_strides: of the layers of each discriminator.
        channels: of every layer.
        mel_mean: inside, mels are (mel - mel_mean) / mel_std.
        mel_std: see ``mel_mean``.
    """

    def __init__(
        self,
        time_strides: Sequence[Sequence[int]],
        channels: int,
        mel_mean: float,
        mel_std: float,
    ) -> None:
        super().__init__()
        self.judges = nn.ModuleList(MelDiscriminator(channels, strides) for strides in time_strides)
        self.mel_mean, self.mel_std = mel_mean, mel_std

    def forward(self, mel: Tensor) -> list[DiscriminatorOutput]:
        """(B, M, T_mel) natural-log mel -> one `DiscriminatorOutput` each."""
        mel = (mel - self.mel_mean) / self.mel_std
        return [each(mel) for each in self.judges]
