"""HiFi-GAN's generator: upsampling in the time domain; it loads the official weights.

Transposed convolutions stretch the frames to samples; after each, the mean of residual blocks with several kernels and
dilations. Source: Kong et al. 2020, HiFi-GAN. Names of the parameters are those of the authors' code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from tts.audio.mel import MelSpectrogram
from tts.core.interfaces import VocoderOutput
from tts.vocoder.streaming import ContextStream

SLOPE = 0.1  # of the leaky rectifiers, except the last
LAST_SLOPE = 0.01


class ResBlock1(nn.Module):
    """V1 and V2: a dilated and a plain convolution inside every residual step.

    Args:
        channels: of all layers.
        kernel_size: samples under a convolution, odd.
        dilations: one residual step each.
    """

    def __init__(self, channels: int, kernel_size: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_convolution(channels, kernel_size, dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(_convolution(channels, kernel_size, 1) for _ in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, T) -> the same shape."""
        for first, second in zip(self.convs1, self.convs2):
            x = x + second(F.leaky_relu(first(F.leaky_relu(x, SLOPE)), SLOPE))
        return x


class ResBlock2(nn.Module):
    """V3: one dilated convolution inside every residual step; arguments as `ResBlock1`."""

    def __init__(self, channels: int, kernel_size: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(_convolution(channels, kernel_size, dilation) for dilation in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, T) -> the same shape."""
        for layer in self.convs:
            x = x + layer(F.leaky_relu(x, SLOPE))
        return x


class HiFiGAN(nn.Module):
    """Mel to waveform.

    Args:
        mel: the definition of the input mels.
        double_blocks: V1 and V2 have `ResBlock1`, V3 `ResBlock2` (the authors' ``resblock`` 1 and 2).
        upsample_rates: samples per step of each stage; their product is the mel's hop.
        upsample_kernel_sizes: of the transposed convolutions.
        upsample_initial_channel: channels before the first; every stage halves them.
        resblock_kernel_sizes: one block each.
        resblock_dilation_sizes: of each block.
        normalize_weights: weight norm, for training; folded weights do not need it.

    Raises:
        ValueError: the stages do not multiply to the mel's hop.
    """

    def __init__(
        self,
        mel: MelSpectrogram,
        double_blocks: bool,
        upsample_rates: Sequence[int],
        upsample_kernel_sizes: Sequence[int],
        upsample_initial_channel: int,
        resblock_kernel_sizes: Sequence[int],
        resblock_dilation_sizes: Sequence[Sequence[int]],
        normalize_weights: bool = True,
    ) -> None:
        super().__init__()
        if math.prod(upsample_rates) != mel.hop_length:
            raise ValueError(
                f"upsample_rates {list(upsample_rates)} make {math.prod(upsample_rates)} samples of a frame, "
                f"but the mel's hop_length is {mel.hop_length}"
            )
        self.mel = mel
        widths = [upsample_initial_channel // 2**stage for stage in range(len(upsample_rates) + 1)]
        self.conv_pre = nn.Conv1d(mel.n_mels, widths[0], 7, padding=3)
        self.ups = nn.ModuleList(
            nn.ConvTranspose1d(wide, narrow, kernel, rate, padding=(kernel - rate) // 2)
            for wide, narrow, rate, kernel in zip(widths, widths[1:], upsample_rates, upsample_kernel_sizes)
        )
        block = ResBlock1 if double_blocks else ResBlock2
        self.resblocks = nn.ModuleList(
            block(width, kernel, dilations)
            for width in widths[1:]
            for kernel, dilations in zip(resblock_kernel_sizes, resblock_dilation_sizes)
        )
        self.conv_post = nn.Conv1d(widths[-1], 1, 7, padding=3)
        self.num_kernels = len(resblock_kernel_sizes)
        self.context_frames = _reach(
            upsample_rates, upsample_kernel_sizes, resblock_kernel_sizes, resblock_dilation_sizes, double_blocks
        )
        self._initialize()
        if normalize_weights:
            for module in [module for module in self.modules() if isinstance(module, (nn.Conv1d, nn.ConvTranspose1d))]:
                weight_norm(module)

    @property
    def mel_spec(self) -> dict[str, object]:
        """The mel contract that this vocoder expects."""
        return self.mel.mel_spec

    def forward(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel), natural logarithm -> (B, T_wav) with T_wav = T_mel * hop_length."""
        x = self.conv_pre(mel)
        for stage, up in enumerate(self.ups):
            x = up(F.leaky_relu(x, SLOPE))
            blocks = self.resblocks[stage * self.num_kernels : (stage + 1) * self.num_kernels]
            x = torch.stack([block(x) for block in blocks]).mean(0)
        return torch.tanh(self.conv_post(F.leaky_relu(x, LAST_SLOPE)))[:, 0]

    def stream(self) -> ContextStream:
        """Chunks of mel in, chunks of waveform out."""
        return ContextStream(self, self.context_frames, self.mel.hop_length)

    def training_forward(self, mel: Tensor, wav: Tensor) -> VocoderOutput:
        """The waveform of ``mel``, without losses of its own."""
        return VocoderOutput(self(mel), {})

    def _initialize(self) -> None:
        for module in [*self.ups, *self.resblocks.modules(), self.conv_post]:
            if isinstance(module, (nn.Conv1d, nn.ConvTranspose1d)):
                nn.init.normal_(module.weight, std=0.01)


def _convolution(channels: int, kernel_size: int, dilation: int) -> nn.Module:
    padding = dilation * (kernel_size - 1) // 2
    return nn.Conv1d(channels, channels, kernel_size, dilation=dilation, padding=padding)


def _reach(
    rates: Sequence[int],
    up_kernels: Sequence[int],
    kernels: Sequence[int],
    dilations: Sequence[Sequence[int]],
    double_blocks: bool,
) -> int:
    """Frames of context on either side that a sample depends on, rounded up."""
    block = max(
        sum((size - 1) // 2 * (dilation + double_blocks) for dilation in steps)
        for size, steps in zip(kernels, dilations)
    )
    frames, samples_per_frame = 3.0, 1
    for rate, kernel in zip(rates, up_kernels):
        samples_per_frame *= rate
        frames += (kernel + block) / samples_per_frame
    return math.ceil(frames + 3 / samples_per_frame)
