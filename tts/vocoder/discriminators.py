"""Discriminators that tell recordings from generated waveforms.

Each returns a score map and its intermediate features. Sources: Kong et al. 2020, HiFi-GAN (periods); Jang et al.
2021, UnivNet (resolutions).

Differences from the papers: widths are arguments, so that a CPU can train; the input of the resolution discriminators
is the square root of the magnitude, in which quiet bins stay visible, without real and imaginary parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from tts.nn.discriminator import DiscriminatorOutput, run_discriminator

SLOPE = 0.1  # of the leaky rectifiers


class PeriodDiscriminator(nn.Module):
    """Discriminator of every ``period``-th sample.

    Args:
        period: samples.
        channels: of the layers; all but the last reduce time by ``stride``.
        kernel_size: samples (of one phase) under a convolution, odd.
        stride: of the layers.
    """

    def __init__(
        self, period: int, channels: Sequence[int] = (32, 128, 512, 1024, 1024), kernel_size: int = 5, stride: int = 3
    ) -> None:
        super().__init__()
        self.period = period
        widths = [1, *channels]
        strides = [stride] * (len(channels) - 1) + [1]
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(fan_in, fan_out, (kernel_size, 1), (step, 1), (kernel_size // 2, 0)))
            for fan_in, fan_out, step in zip(widths, widths[1:], strides)
        )
        self.last = weight_norm(nn.Conv2d(widths[-1], 1, (3, 1), 1, (1, 0)))

    def forward(self, wav: Tensor) -> DiscriminatorOutput:
        """(B, T_wav) -> `DiscriminatorOutput`."""
        missing = -wav.shape[1] % self.period
        x = F.pad(wav[:, None], (0, missing), mode="reflect").unflatten(2, (-1, self.period))
        return run_discriminator(x, self.layers, self.last, SLOPE)


class ResolutionDiscriminator(nn.Module):
    """Discriminator of a spectrogram.

    Args:
        window: samples of the Hann window and of the transform; the hop is a quarter.
        channels: of every layer.
        num_layers: layers; all but the first and the last halve the frequencies.
    """

    window: Tensor

    def __init__(self, window: int, channels: int = 32, num_layers: int = 5) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(window), persistent=False)
        layers = [nn.Conv2d(1, channels, (9, 3), padding=(4, 1))]
        layers += [nn.Conv2d(channels, channels, (9, 3), (2, 1), (4, 1)) for _ in range(num_layers - 2)]
        layers += [nn.Conv2d(channels, channels, 3, padding=1)]
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)
        self.last = weight_norm(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, wav: Tensor) -> DiscriminatorOutput:
        """(B, T_wav) -> `DiscriminatorOutput`."""
        length = len(self.window)
        with torch.autocast(wav.device.type, enabled=False):
            spectrum = torch.stft(wav.float(), length, length // 4, length, self.window, return_complex=True)
            x = (spectrum.real.square() + spectrum.imag.square() + 1e-6) ** 0.25  # (B, window/2+1, frames)
        return run_discriminator(x[:, None], self.layers, self.last, SLOPE)


class Discriminators(nn.Module):
    """Several discriminators.

    Args:
        periods: of the period discriminators; may be empty.
        period_channels: of each of them.
        windows: of the resolution discriminators; may be empty.
        resolution_channels: of each of them.
    """

    def __init__(
        self,
        periods: Sequence[int],
        period_channels: Sequence[int],
        windows: Sequence[int],
        resolution_channels: int,
    ) -> None:
        super().__init__()
        judges: list[nn.Module] = [PeriodDiscriminator(period, period_channels) for period in periods]
        judges += [ResolutionDiscriminator(window, resolution_channels) for window in windows]
        if not judges:
            raise ValueError("name at least one of periods and windows, or train without an adversary")
        self.judges = nn.ModuleList(judges)

    def forward(self, wav: Tensor) -> list[DiscriminatorOutput]:
        """(B, T_wav) -> one `DiscriminatorOutput` each."""
        return [each(wav) for each in self.judges]
