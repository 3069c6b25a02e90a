"""Griffin-Lim as a vocoder: no training, any mel, a slightly metallic sound."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.audio.griffin_lim import griffin_lim, linear_from_mel
from tts.audio.mel import MelSpectrogram
from tts.vocoder.streaming import WholeStream


class GriffinLim(nn.Module):
    """Mel to waveform by fast Griffin-Lim; the same mel always gives the same waveform.

    Args:
        mel: the definition of the input mels.
        iterations: rounds; quality saturates near 32.
        momentum: acceleration; 0 is plain Griffin-Lim.
        seed: of the initial phases.
    """

    def __init__(self, mel: MelSpectrogram, iterations: int, momentum: float, seed: int):
        super().__init__()
        self.mel, self.iterations, self.momentum, self.seed = mel, iterations, momentum, seed

    @property
    def mel_spec(self) -> dict[str, object]:
        """The mel contract that this vocoder expects."""
        return self.mel.mel_spec

    @torch.inference_mode()
    def stream(self) -> WholeStream:
        """The phases depend on every frame: the whole waveform comes at the end."""
        return WholeStream(self)

    def forward(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel), natural logarithm -> (B, T_wav) with T_wav = T_mel * hop_length."""
        num_items, _, num_frames = mel.shape
        if num_frames == 0:
            return mel.new_zeros(num_items, 0)
        magnitude = linear_from_mel(self.mel.expand(mel.float()), self.mel.filterbank)  # (B, n_fft/2+1, T_mel)
        phase = self._phase(num_frames, magnitude.shape[1]).to(mel.device)
        wav = griffin_lim(magnitude, self._window(), self.mel.hop_length, self.iterations, self.momentum, phase)
        return wav.clamp(-1, 1)

    def _phase(self, num_frames: int, num_bins: int) -> Tensor:
        """(1, n_fft/2+1, T_mel), the same on every device and for every item of a batch."""
        generator = torch.Generator().manual_seed(self.seed)
        return (2 * math.pi * torch.rand(1, num_frames, num_bins, generator=generator)).transpose(1, 2)

    def _window(self) -> Tensor:
        """The analysis window at the width of the transform, as `torch.stft` centers it."""
        missing = self.mel.n_fft - self.mel.win_length
        return F.pad(self.mel.window, (missing // 2, missing - missing // 2))
