"""Vocos with a harmonic source: an inverse-STFT vocoder with the frequencies and phases of the harmonics as input.

At frame t and bin k, whose frequency is f_k, with the pitch f0 and the phase φ of the fundamental at the frame's center
and h = round(f_k / f0):

    X = A · w(f_k − h·f0) · exp(j(h·φ + δ))  +  N · ε  +  R · exp(j(ψ + θ))

    φ_t = φ_{t−1} + 2π · hop / sr · mean f0

=========  ==========================================================================================
``A, δ``   harmonics: amplitude, and phase relative to the fundamental's (network)
``w``      main lobe of the Hann window's transform, so that a bin has the value that a sinusoid gives it
``N, ε``   noise: amplitude (network), complex normal numbers from a fixed table
``R, ψ``   the rest, free as in Vocos (network): bursts, irregular periods; ``θ`` is random, one for each frame, because
           the same phase in every frame would sound like a tone at the frame rate
=========  ==========================================================================================

Then, ``refinement_steps`` times, the waveform is analyzed and each band of its spectrum is scaled to its level in the
mel:

    y = STFT⁻¹(X)        X ← STFT(y) · G (mel / F|STFT(y)|)        G: bands to bins

and in all steps but the last G is raised to the power ``overshoot``. It is hard for a network over frames to continue a
phase from frame to frame; the sum in φ does this, and the network only has to do regression. In training f0 and φ
follow the recording, so that waveforms can be compared; at inference f0 is predicted from the mel.

Source: Siuzdak 2023, Vocos; Wang et al. 2019, neural source-filter models; Li et al. 2023, HiFTNet.

Differences from these papers: the source is written directly as a spectrum, there is no waveform before the inverse
STFT; the phase follows the recording's in training; the refinement is that of Griffin and Lim (1984) with gains for
bands.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.audio.mel import MelSpectrogram
from tts.audio.pitch import Pitch, PitchTracker
from tts.core.interfaces import VocoderOutput
from tts.nn.convnext import ConvNeXtBackbone
from tts.vocoder.inverse_stft import InverseSTFT
from tts.vocoder.pitch_predictor import PitchPredictor
from tts.vocoder.streaming import ContextStream

NOISE_FRAMES = 509  # six seconds until the noise repeats; prime
STEADY_FRAMES = 7  # on either side, for smoothing a measured phase; 80 ms
POINT_SPACING = 4  # bins between the points of smooth spectra


class NetworkOutput(NamedTuple):
    """Output of the network for every frame; levels are logarithms relative to the mel's."""

    amplitudes: Tensor  # (B, T_mel, 2, points): of the harmonics, of the noise
    delta: Tensor  # (B, T_mel, 2, points): the harmonics' phase as a vector of any length
    magnitude: Tensor  # (B, T_mel, bins) of the free part
    psi: Tensor  # (B, T_mel, bins), phase of the free part

    def direction(self) -> Tensor:
        """The harmonics' phase as a unit vector, (B, T_mel, 2, points)."""
        return self.delta * (self.delta.square().sum(2, keepdim=True) + 1e-6).rsqrt()

    def residual(self) -> Tensor:
        """The free part as complex numbers, (B, T_mel, bins)."""
        return torch.polar(self.magnitude.clamp(max=6).exp(), self.psi)


class HarmonicVocos(nn.Module):
    """Mel to waveform; the same mel always gives the same waveform.

    Args:
        mel: the definition of the input mels.
        dim: channels of the backbone.
        hidden_dim: channels inside its blocks.
        num_layers: number of its blocks.
        pitch_dim: channels of the pitch estimator.
        f_min: lowest pitch in Hz.
        f_max: highest pitch in Hz.
        refinement_steps: number of level corrections; the first one matters most.
        overshoot: exponent of the gains in all steps but the last; above 1, fewer steps have the same effect.
        mel_mean: mean of the log mels that normalizes the input of the networks, and
        mel_std: their standard deviation.
        seed: of the noise.

    Raises:
        ValueError: frames of the mel are centered.
    """

    noise: Tensor
    spread: Tensor
    gains: Tensor

    def __init__(
        self,
        mel: MelSpectrogram,
        dim: int,
        hidden_dim: int,
        num_layers: int,
        pitch_dim: int,
        f_min: float,
        f_max: float,
        refinement_steps: int,
        overshoot: float,
        mel_mean: float,
        mel_std: float,
        seed: int,
    ) -> None:
        super().__init__()
        if mel.framing != "hifigan":
            raise ValueError(f"this vocoder needs a mel with HiFi-GAN's framing, not '{mel.framing}'")
        self.mel, self.refinement_steps, self.overshoot, self.seed = mel, refinement_steps, overshoot, seed
        self.mel_mean, self.mel_std = mel_mean, mel_std
        self.tracker = PitchTracker(mel.sample_rate, mel.hop_length, mel.win_length, f_min, f_max)
        self.pitch = PitchPredictor(mel.n_mels, pitch_dim, self.tracker, mel_mean, mel_std)
        self.backbone = ConvNeXtBackbone(mel.n_mels + 2, dim, hidden_dim, num_layers)
        self.num_bins, self.num_points = mel.n_fft // 2 + 1, mel.n_fft // (2 * POINT_SPACING) + 1
        self.head = nn.Linear(dim, 4 * self.num_points + 2 * self.num_bins)
        _initialize_head(self.head, self.num_points, self.num_bins)
        self.inverse = InverseSTFT(mel.n_fft, mel.hop_length, mel.win_length)
        self.context_frames = self.backbone.context_frames + self.inverse.context_frames * (1 + 2 * refinement_steps)
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(NOISE_FRAMES, self.num_bins, dtype=torch.complex64, generator=generator)
        self.register_buffer("noise", torch.view_as_real(noise), persistent=False)  # gloo has no complex numbers
        self.register_buffer("gains", _bands_to_bins(mel.filterbank), persistent=False)
        self.register_buffer("spread", _mel_to_spectrum(mel.filterbank)[::POINT_SPACING].clone(), persistent=False)

    @property
    def mel_spec(self) -> dict[str, object]:
        """The mel contract that this vocoder expects."""
        return self.mel.mel_spec

    def forward(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel), natural logarithm -> (B, T_wav) with T_wav = T_mel * hop_length."""
        estimate = self.pitch(mel.double())
        phase = self.accumulate_phase(estimate.frequency)
        spectrum = self.spectrum(mel, Pitch(estimate.frequency, estimate.periodicity, phase))
        return self.match_levels(spectrum, mel).clamp(-1, 1)

    def stream(self) -> HarmonicStream:
        """Chunks of mel in, chunks of waveform out."""
        return HarmonicStream(self)

    def training_forward(self, mel: Tensor, wav: Tensor, first_frame: int = 0) -> VocoderOutput:
        """The waveform made of ``mel`` (B, M, T_mel) with the pitch of ``wav`` (B, T_wav), and losses of its own."""
        pitch = self.tracker(wav)
        spectrum = self.spectrum(mel, pitch._replace(phase=self.smooth_phase(pitch)), first_frame)
        return VocoderOutput(self.match_levels(spectrum, mel), {"pitch": self.pitch.loss(self.pitch(mel), pitch)})

    def accumulate_phase(self, frequency: Tensor, last: Tensor | None = None, start: Tensor | float = 0.0) -> Tensor:
        """Phase of the fundamental at the frames' centers, (B, T_mel) float64, by the trapezoidal rule.

        ``last`` (B, 1) is the frequency of the frame before and ``start`` its phase.
        """
        frequency = frequency.double()
        before = torch.cat([frequency[:, :1] if last is None else last, frequency[:, :-1]], 1)
        step = math.pi * self.mel.hop_length / self.mel.sample_rate * (before + frequency)
        return (torch.cumsum(step, 1) + start) % (2 * math.pi)

    def smooth_phase(self, pitch: Pitch) -> Tensor:
        """The integrated phase (B, T_mel), corrected toward the measured one where the speech has a period.

        Without a period, a measured phase jumps from frame to frame. In training, harmonics with such a phase would
        replace noise, which is impossible at inference.
        """
        summed = self.accumulate_phase(pitch.frequency)
        apart = torch.polar(pitch.periodicity.double().square(), pitch.phase - summed)
        window = torch.hann_window(2 * STEADY_FRAMES + 3, periodic=False, dtype=torch.float64, device=summed.device)[
            1:-1
        ]
        real, imaginary = (
            F.conv1d(x[:, None], window[None, None], padding=STEADY_FRAMES) for x in (apart.real, apart.imag)
        )
        return summed + torch.atan2(imaginary, real)[:, 0]

    def spectrum(self, mel: Tensor, pitch: Pitch, first_frame: int = 0) -> Tensor:
        """(B, M, T_mel), `Pitch` -> (B, T_mel, n_fft/2+1) complex."""
        output = self.network(mel, pitch)
        with torch.autocast(mel.device.type, enabled=False):
            return self._compose(output, mel.float(), pitch, first_frame)

    def network(self, mel: Tensor, pitch: Pitch) -> NetworkOutput:
        """Output of backbone and head for a mel (B, M, T_mel), before the spectrum is composed."""
        height = (pitch.frequency.log() - 5.3)[:, None]
        levels = (mel - self.mel_mean) / self.mel_std
        features = torch.cat([levels, height.to(mel), 2 * pitch.periodicity[:, None].to(mel)], 1)
        hidden = self.backbone(features)
        with torch.autocast(mel.device.type, enabled=False):
            smooth, free = self.head(hidden.float()).split([4 * self.num_points, 2 * self.num_bins], 2)
        return NetworkOutput(*smooth.unflatten(2, (4, -1)).split(2, 2), *free.chunk(2, 2))

    def match_levels(self, spectrum: Tensor, mel: Tensor) -> Tensor:
        """(B, T_mel, n_fft/2+1) complex, (B, M, T_mel) -> (B, T_wav), after the refinement steps."""
        with torch.autocast(mel.device.type, enabled=False):
            wanted = mel.float().exp().transpose(1, 2)  # (B, T_mel, M)
            wav = self.inverse(spectrum, self.mel.margin)
            for left in reversed(range(self.refinement_steps)):
                analyzed = self.forward_transform(wav)
                magnitude = (analyzed.real.square() + analyzed.imag.square() + 1e-9).sqrt()
                bands = (wanted / (magnitude @ self.mel.filterbank.T + 1e-5)).clamp(0.1, 10)
                bands = bands**self.overshoot if left else bands
                wav = self.inverse(analyzed * (bands @ self.gains), self.mel.margin)
        return wav

    def forward_transform(self, wav: Tensor) -> Tensor:
        """(B, T_wav) -> (B, T_mel, n_fft/2+1) complex, framed as the mel is; silence beyond the ends."""
        extended = F.pad(wav, (self.mel.margin, self.mel.margin))
        return torch.fft.rfft(extended.unfold(1, self.mel.n_fft, self.mel.hop_length) * self.inverse.window)

    def _compose(self, output: NetworkOutput, mel: Tensor, pitch: Pitch, first_frame: int) -> Tensor:
        envelope = (self.spread @ mel.exp()).clamp(min=1e-5).log().transpose(1, 2)[:, :, None]  # (B, T_mel, 1, points)
        amplitudes = (output.amplitudes + envelope).clamp(max=6).exp()
        parts = torch.cat([amplitudes[:, :, :1] * output.direction(), amplitudes[:, :, 1:], envelope], 2)
        real, imaginary, noise, floor = _interpolate(parts, POINT_SPACING).unbind(2)  # (B, T_mel, bins) each
        random = self._noise(first_frame, mel)
        rest = torch.polar((output.magnitude + floor).clamp(max=6).exp(), output.psi + random[..., :1].angle())
        return torch.complex(real, imaginary) * self._lobes(pitch) + noise * random + rest

    def _lobes(self, pitch: Pitch) -> Tensor:
        """w · exp(jhφ) about the frame's beginning, (B, T_mel, bins) complex."""
        bins = torch.arange(self.num_bins, device=pitch.frequency.device)
        spacing = pitch.frequency[..., None].float() * self.mel.n_fft / self.mel.sample_rate  # in bins
        number = torch.round(bins / spacing)
        distance = ((bins - number * spacing) * self.mel.win_length / self.mel.n_fft).abs()
        lobe = torch.sinc(distance) / (1 - distance.square() + 1e-6)
        lobe = torch.where((distance - 1).abs() < 1e-2, 0.5, lobe) * ((distance < 2) & (number > 0))
        angle = number * (pitch.phase % (2 * math.pi))[..., None].float()
        sign = 1 - 2 * (bins % 2)  # the frame's beginning is n_fft / 2 samples before its center
        return torch.polar(lobe * sign, angle)

    def _noise(self, first_frame: int, mel: Tensor) -> Tensor:
        """(1, T_mel, bins) complex; in training every item of a batch has different noise."""
        places = torch.arange(mel.shape[2], device=mel.device) + first_frame
        if self.training:
            places = places + torch.randint(NOISE_FRAMES, (mel.shape[0], 1), device=mel.device)
            return torch.view_as_complex(self.noise[places % NOISE_FRAMES])
        return torch.view_as_complex(self.noise[places % NOISE_FRAMES])[None]


class HarmonicStream:
    """`HarmonicVocos` in chunks: pitch, sum of the phase, spectrum; the output equals that of the whole mel.

    Args:
        vocoder: what to run.
    """

    def __init__(self, vocoder: HarmonicVocos) -> None:
        self._vocoder = vocoder
        self._pitch = ContextStream(self._estimate, vocoder.pitch.context_frames, channels=(2,))
        self._spectrum = ContextStream(self._render, vocoder.context_frames, vocoder.mel.hop_length)
        self._waiting: Tensor | None = None  # mel whose pitch still depends on later frames
        self._last: Tensor | None = None
        self._phase: Tensor | float = 0.0

    def push(self, mel: Tensor) -> Tensor:
        """(B, M, T), T >= 0 new frames -> (B, samples) that no longer depend on later frames; may be empty."""
        self._waiting = mel if self._waiting is None else torch.cat([self._waiting, mel], 2)
        return self._spectrum.push(self._features(self._pitch.push(mel))).float()

    def finish(self) -> Tensor:
        """The rest of the waveform. Raises ValueError if nothing was pushed."""
        features = self._features(self._pitch.finish())
        return torch.cat([self._spectrum.push(features), self._spectrum.finish()], 1).float()

    def _estimate(self, mel: Tensor) -> Tensor:
        estimate = self._vocoder.pitch(mel.double())
        return torch.stack([estimate.frequency, estimate.periodicity], 1)

    def _features(self, estimate: Tensor) -> Tensor:
        """(B, 2, T) frequency and periodicity -> (B, M + 3, T) float64: mel, these two, and the phase."""
        count = estimate.shape[2]
        assert self._waiting is not None, "`push` sets it"
        mel, self._waiting = self._waiting[:, :, :count], self._waiting[:, :, count:]
        phase = self._vocoder.accumulate_phase(estimate[:, 0], self._last, self._phase)
        if count:
            self._last, self._phase = estimate[:, 0, -1:], phase[:, -1:]
        return torch.cat([mel.double(), estimate, phase[:, None]], 1)

    def _render(self, features: Tensor) -> Tensor:
        mel, pitch = features[:, :-3].float(), Pitch(*features[:, -3:].unbind(1))
        spectrum = self._vocoder.spectrum(mel, pitch, self._spectrum.first)
        return self._vocoder.match_levels(spectrum, mel).clamp(-1, 1)


def _interpolate(points: Tensor, spacing: int) -> Tensor:
    """(..., points) -> (..., (points - 1) * spacing + 1), straight lines between the points."""
    shares = torch.arange(spacing, device=points.device) / spacing
    start, step = points[..., :-1, None], points.diff(dim=-1)[..., None]
    return torch.cat([(start + step * shares).flatten(-2), points[..., -1:]], -1)


def _mel_to_spectrum(filterbank: Tensor) -> Tensor:
    """(bins, M): a smooth linear spectrum of a mel, the mean magnitude of the bands at each bin."""
    M, num_bins = filterbank.shape
    centers = (filterbank * torch.arange(num_bins)).sum(1) / filterbank.sum(1)
    bins = torch.arange(num_bins).clamp(centers[0], centers[-1])
    right = torch.searchsorted(centers, bins).clamp(1, M - 1)
    share = (bins - centers[right - 1]) / (centers[right] - centers[right - 1])
    spread = torch.zeros(num_bins, M)
    spread[torch.arange(num_bins), right - 1] = 1 - share
    spread[torch.arange(num_bins), right] = share
    return spread / filterbank.sum(1)


def _bands_to_bins(filterbank: Tensor) -> Tensor:
    """(M, bins) weights of the bands' gains for each bin, sum 1; bins outside the bands use the nearest one."""
    gains = filterbank / filterbank.sum(1, keepdim=True)
    gains = gains / gains.sum(0).clamp(min=1e-8)
    inside = torch.nonzero(gains.sum(0)).flatten()
    gains[0, : inside[0]] = 1.0
    gains[-1, inside[-1] + 1 :] = 1.0
    return gains


def _initialize_head(head: nn.Linear, num_points: int, num_bins: int) -> None:
    """Initialize the head: harmonics and little noise at first."""
    nn.init.trunc_normal_(head.weight, std=0.02)
    starts = [(0.5, num_points), (-1.0, num_points), (1.0, num_points), (0.0, num_points), (-3.0, num_bins)]
    with torch.no_grad():
        head.bias.zero_()
        head.bias[: 4 * num_points + num_bins] = torch.cat([torch.full((count,), value) for value, count in starts])
