"""The mel spectrogram that data, training, vocoders and voices share.

    mel = ln(max(F · sqrt(re² + im² + 1e-9), floor))        F: slaney filterbank with slaney (area) normalization

Framing is HiFi-GAN's: the wave is reflected by (n_fft - hop_length) / 2 at both ends and frames are not centered, so
T_wav samples give exactly T_wav // hop_length frames. Source of the default values: Kong et al. 2020, HiFi-GAN, which
most vocoders follow. The other scales and framing are for vocoders of other projects.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchaudio.functional import melscale_fbanks

from tts.core.errors import AttuneError


class MelSpectrogram(nn.Module):
    """Waveform to natural-log mel spectrogram.

    Args:
        sample_rate: samples per second.
        n_fft: samples per Fourier transform.
        hop_length: samples between frames.
        win_length: samples under the Hann window, at most ``n_fft``.
        n_mels: M, the number of bands.
        f_min: lower edge of the lowest band in Hz.
        f_max: upper edge of the highest band in Hz.
        floor: smallest magnitude; silence and padding have its logarithm.
        mel_scale: ``slaney`` or ``htk``.
        norm: ``slaney`` for bands of equal area, or None for bands of equal height.
        framing: ``hifigan``, or ``centered``: the wave is reflected by n_fft / 2, with T_wav // hop_length + 1 frames.
    """

    window: Tensor
    filterbank: Tensor

    def __init__(
        self,
        sample_rate: int,
        n_fft: int,
        hop_length: int,
        win_length: int,
        n_mels: int,
        f_min: float,
        f_max: float,
        floor: float,
        mel_scale: str = "slaney",
        norm: str | None = "slaney",
        framing: str = "hifigan",
    ):
        super().__init__()
        self.sample_rate, self.n_fft, self.hop_length, self.win_length = sample_rate, n_fft, hop_length, win_length
        self.n_mels, self.f_min, self.f_max, self.floor = n_mels, f_min, f_max, floor
        if not 0 <= f_min < f_max <= sample_rate / 2:
            raise AttuneError(f"the mel bands span {f_min} to {f_max} Hz, but must lie in 0 to {sample_rate / 2} Hz")
        if framing not in ("hifigan", "centered"):
            raise AttuneError(f"framing is '{framing}': use hifigan or centered")
        self.mel_scale, self.norm, self.framing = mel_scale, norm, framing
        bank = melscale_fbanks(n_fft // 2 + 1, f_min, f_max, n_mels, sample_rate, norm=norm, mel_scale=mel_scale)
        # Not persistent: both are computed from the options, which a voice stores.
        self.register_buffer("filterbank", bank.T.contiguous(), persistent=False)  # (M, n_fft/2+1)
        self.register_buffer("window", torch.hann_window(win_length), persistent=False)

    @property
    def mel_spec(self) -> dict[str, object]:
        """The options that must be equal in two parts that exchange mels."""
        names = ("sample_rate", "n_fft", "hop_length", "win_length", "n_mels", "f_min", "f_max", "floor")
        scales = {
            "amplitude": "magnitude",
            "log": "natural",
            "mel_scale": self.mel_scale,
            "norm": self.norm,
            "framing": self.framing,
        }
        return {name: getattr(self, name) for name in names} | scales

    @property
    def log_floor(self) -> float:
        """The value of silence in the mel."""
        return math.log(self.floor)

    @property
    def margin(self) -> int:
        """Number of samples by which the wave is extended at each end."""
        return (self.n_fft if self.framing == "centered" else self.n_fft - self.hop_length) // 2

    def num_frames(self, num_samples: int) -> int:
        """The number of frames T_mel for T_wav samples."""
        return num_samples // self.hop_length + (self.framing == "centered")

    def forward(self, wav: Tensor) -> Tensor:
        """(B, T_wav) in [-1, 1] -> (B, M, T_mel) with T_mel = T_wav // hop_length, one more if centered."""
        return self.compress(self.filterbank @ self.magnitude(wav))

    def magnitude(self, wav: Tensor) -> Tensor:
        """(B, T_wav) -> linear magnitudes (B, n_fft/2+1, T_mel)."""
        num_frames = self.num_frames(wav.shape[1])
        spectrum = torch.stft(
            reflect(wav, self.margin),
            self.n_fft,
            self.hop_length,
            self.win_length,
            self.window,
            center=False,
            return_complex=True,
        )[..., :num_frames]
        return (
            spectrum.real.square() + spectrum.imag.square() + 1e-9
        ).sqrt()  # 1e-9: the gradient of the root is infinite at 0

    def compress(self, mel: Tensor) -> Tensor:
        """Linear to logarithmic mel."""
        return mel.clamp(min=self.floor).log()

    def expand(self, mel: Tensor) -> Tensor:
        """Logarithmic to linear mel, the inverse of `compress` above the floor."""
        return mel.exp()


def reflect(wav: Tensor, margin: int) -> Tensor:
    """(B, T_wav) -> (B, T_wav + 2 * margin), reflected at both ends. Zeros first extend a wave that is too short."""
    missing = max(0, margin + 1 - wav.shape[1])
    return F.pad(F.pad(wav, (0, missing))[:, None], (margin, margin), mode="reflect")[:, 0]
