"""Phase from magnitudes by fast Griffin-Lim (Perraudin, Balazs & Søndergaard 2013), and linear magnitudes from mels.

    t_n = P_C(c_{n-1})              the closest spectrum of a waveform (synthesize, then analyze)
    c_n = |S| · phase(t_n + α (t_n - t_{n-1}))

Differences from the paper: the acceleration is applied before the magnitudes are restored, as in librosa, and the
waveform is reflected at its ends before analysis, as in `tts.audio.mel`.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from tts.audio.mel import reflect


def griffin_lim(
    magnitude: Tensor, window: Tensor, hop_length: int, iterations: int, momentum: float, phase: Tensor
) -> Tensor:
    """Waveforms (B, T_mel * hop_length) whose spectrograms approximate ``magnitude``.

    Args:
        magnitude: (B, n_fft/2+1, T_mel), linear.
        window: (n_fft,), the analysis window.
        hop_length: samples between frames.
        iterations: rounds of synthesis and analysis.
        momentum: α; 0 is the plain algorithm of Griffin & Lim (1984).
        phase: (B, n_fft/2+1, T_mel) in radians, the initial phase.
    """
    spectrum = torch.polar(magnitude, phase).transpose(1, 2)  # (B, T_mel, n_fft/2+1)
    magnitude = magnitude.transpose(1, 2)
    envelope = _overlap_add(window.square().expand(1, magnitude.shape[1], -1), hop_length)
    previous = torch.zeros_like(spectrum)
    for _ in range(iterations):
        consistent = _analyze(_synthesize(spectrum, window, hop_length, envelope), window, hop_length)
        spectrum = consistent + momentum * (consistent - previous)
        spectrum = magnitude * spectrum / spectrum.abs().clamp(min=1e-12)
        previous = consistent
    return _synthesize(spectrum, window, hop_length, envelope)


def linear_from_mel(mel: Tensor, filterbank: Tensor, iterations: int = 40) -> Tensor:
    """Non-negative linear magnitudes (B, n_fft/2+1, T_mel) whose mel bands are the linear ``mel`` (B, M, T_mel).

    The multiplicative updates of Lee & Seung (2001) minimize |mel - F x|². They start from the bands spread over their
    bins and find a smooth solution with a few small matrix products.
    """
    adjoint = filterbank.T
    spread = adjoint / filterbank.sum(1).clamp(min=1e-9) / adjoint.sum(1, keepdim=True).clamp(min=1e-9)
    magnitude = (spread @ mel).clamp(min=1e-9)
    target, gram = adjoint @ mel, adjoint @ filterbank
    for _ in range(iterations):
        magnitude = magnitude * target / (gram @ magnitude).clamp(min=1e-9)
    return magnitude


def _synthesize(spectrum: Tensor, window: Tensor, hop_length: int, envelope: Tensor) -> Tensor:
    """(B, T_mel, n_fft/2+1) -> (B, T_mel * hop_length), the least-squares inverse of `_analyze`."""
    frames = torch.fft.irfft(spectrum, n=window.shape[0]) * window  # (B, T_mel, n_fft)
    return _overlap_add(frames, hop_length) / envelope


def _analyze(wav: Tensor, window: Tensor, hop_length: int) -> Tensor:
    padded = reflect(wav, (window.shape[0] - hop_length) // 2)
    frames = padded.unfold(1, window.shape[0], hop_length)[:, : wav.shape[1] // hop_length]
    return torch.fft.rfft(frames * window)


def _overlap_add(frames: Tensor, hop_length: int) -> Tensor:
    """(B, T_mel, n_fft) -> (B, T_mel * hop_length), without the mirrored margins."""
    num_frames, size = frames.shape[1:]
    length, margin = size + (num_frames - 1) * hop_length, (size - hop_length) // 2
    wav = F.fold(frames.transpose(1, 2), (1, length), (1, size), stride=(1, hop_length))[:, 0, 0]
    return wav[:, margin : margin + num_frames * hop_length]
