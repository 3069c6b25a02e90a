"""Phase from magnitudes: fast Griffin-Lim (Perraudin, Balazs & Søndergaard 2013), and linear magnitudes from mel.

    t_n = P_C(c_{n-1})              the closest spectrum that some waveform has (synthesize, then analyze)
    c_n = |S| · phase(t_n + α (t_n - t_{n-1}))

Differences from the paper: the acceleration acts before the magnitudes are restored, as librosa has it, and a waveform
is mirrored at its ends before analysis, since that is what `tts.audio.mel` saw.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from tts.audio.mel import reflect


def griffin_lim(
    magnitude: Tensor, window: Tensor, hop_length: int, iterations: int, momentum: float, phase: Tensor
) -> Tensor:
    """Waveforms (B, T_mel * hop_length) whose spectrogram comes close to ``magnitude``.

    Args:
        magnitude: (B, n_fft/2+1, T_mel), linear.
        window: (n_fft,), the analysis window.
        hop_length: samples between frames.
        iterations: rounds of synthesis and analysis.
        momentum: α; 0 is the plain algorithm of Griffin & Lim (1984).
        phase: (B, n_fft/2+1, T_mel) in radians, where to start.
    """
    spectrum = torch.polar(magnitude, phase).transpose(1, 2)  # (B, T_mel, n_fft/2+1)
    magnitude = magnitude.transpose(1, 2)
    envelope = _overlap_add(window.square().expand(1, magnitude.shape[1], -1), hop_length)
    previous = torch.zeros_like(spectrum)
    for _ in range(iterations):
        consistent = _analyse(_synthesise(spectrum, window, hop_length, envelope), window, hop_length)
        spectrum = consistent + momentum * (consistent - previous)
        spectrum = magnitude * spectrum / spectrum.abs().clamp(min=1e-12)
        previous = consistent
    return _synthesise(spectrum, window, hop_length, envelope)


def linear_from_mel(mel: Tensor, filterbank: Tensor, iterations: int = 40) -> Tensor:
    """Non-negative linear magnitudes (B, n_fft/2+1, T_mel) whose bands are ``mel`` (B, M, T_mel), linear too.

    The multiplicative updates of Lee & Seung (2001) for |mel - F x|², started from the bands spread over their
    bins: of the many solutions they find a smooth one, at the price of a few small matrix products.
    """
    adjoint = filterbank.T
    spread = adjoint / filterbank.sum(1).clamp(min=1e-9) / adjoint.sum(1, keepdim=True).clamp(min=1e-9)
    magnitude = (spread @ mel).clamp(min=1e-9)
    target, gram = adjoint @ mel, adjoint @ filterbank
    for _ in range(iterations):
        magnitude = magnitude * target / (gram @ magnitude).clamp(min=1e-9)
    return magnitude


def _synthesise(spectrum: Tensor, window: Tensor, hop_length: int, envelope: Tensor) -> Tensor:
    """(B, T_mel, n_fft/2+1) -> (B, T_mel * hop_length), the least-squares inverse of `_analyse`."""
    frames = torch.fft.irfft(spectrum, n=window.shape[0]) * window  # (B, T_mel, n_fft)
    return _overlap_add(frames, hop_length) / envelope


def _analyse(wav: Tensor, window: Tensor, hop_length: int) -> Tensor:
    padded = reflect(wav, (window.shape[0] - hop_length) // 2)
    frames = padded.unfold(1, window.shape[0], hop_length)[:, : wav.shape[1] // hop_length]
    return torch.fft.rfft(frames * window)


def _overlap_add(frames: Tensor, hop_length: int) -> Tensor:
    """(B, T_mel, n_fft) -> (B, T_mel * hop_length), without the mirrored margins."""
    num_frames, size = frames.shape[1:]
    length, margin = size + (num_frames - 1) * hop_length, (size - hop_length) // 2
    wav = F.fold(frames.transpose(1, 2), (1, length), (1, size), stride=(1, hop_length))[:, 0, 0]
    return wav[:, margin : margin + num_frames * hop_length]
