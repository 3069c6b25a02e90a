"""The graphs of a vocoder, and the options and arrays that its engine needs.

In every graph the frames are the first axis: ``mel`` (T, M), as in a stream.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from tts.onnx_export.graphs import write_graph
from tts.onnx_export.single import SingleBackbone
from tts.vocoder.griffin_lim import GriffinLim
from tts.vocoder.harmonic_vocos import NOISE_FRAMES, POINT_SPACING, HarmonicVocos
from tts.vocoder.hifigan import HiFiGAN
from tts.vocoder.mel_adapter import MelAdapter
from tts.vocoder.vocos import MAX_MAGNITUDE, Vocos

EXAMPLE_FRAMES = 50


class VocoderExport(NamedTuple):
    """The result of an export besides the graphs."""

    options: dict[str, Any]  # options of the manifest
    arrays: dict[str, np.ndarray]  # content of ``arrays.npz``


def export_vocoder(vocoder: nn.Module, folder: Path) -> VocoderExport:
    """Write the graphs of ``vocoder`` into ``folder``.

    Raises:
        ValueError: the class of the vocoder has no export.
    """
    if isinstance(vocoder, MelAdapter):
        inner = export_vocoder(vocoder.vocoder, folder)
        scale = {"factor": vocoder.factor, "floor": vocoder.least}
        scale |= {name: getattr(vocoder, name).flatten().tolist() for name in ("mean", "std")}
        return inner._replace(options={**inner.options, "scale": scale})
    if isinstance(vocoder, HarmonicVocos):
        return _export_harmonic(vocoder, folder)
    if isinstance(vocoder, Vocos):
        return _export_vocos(vocoder, folder)
    if isinstance(vocoder, GriffinLim):
        options = {"kind": "griffin_lim", "iterations": vocoder.iterations, "momentum": vocoder.momentum}
        filterbank = vocoder.mel.filterbank.numpy()
        return VocoderExport({**options, "seed": vocoder.seed}, {"filterbank": filterbank})
    return _export_waveform(cast(HiFiGAN, vocoder), folder)  # or another vocoder that is a single network


class PitchGraph(nn.Module):
    """mel (T, M) -> frequency (T,) in Hz, periodicity (T,)."""

    def __init__(self, vocoder: HarmonicVocos) -> None:
        super().__init__()
        self.pitch = vocoder.pitch

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        estimate = self.pitch(mel.T.unsqueeze(0))
        return estimate.frequency[0], estimate.periodicity[0]


class HarmonicGraph(nn.Module):
    """The network of `HarmonicVocos`: mel (T, M), frequency (T,), periodicity (T,) -> smooth and free parts."""

    def __init__(self, vocoder: HarmonicVocos) -> None:
        super().__init__()
        self.backbone, self.head = SingleBackbone(vocoder.backbone), vocoder.head
        self.num_smooth = 4 * vocoder.num_points
        self.mel_mean, self.mel_std = vocoder.mel_mean, vocoder.mel_std

    def forward(self, mel: Tensor, frequency: Tensor, periodicity: Tensor) -> tuple[Tensor, Tensor]:
        """(T, 4 * points) and (T, 2 * bins), as the head returns them."""
        height = frequency.log() - 5.3
        levels = (mel - self.mel_mean) / self.mel_std
        features = torch.cat((levels, height.unsqueeze(1), 2 * periodicity.unsqueeze(1)), 1)
        hidden = self.backbone(features.unsqueeze(0))[0]
        weight, bias, count = self.head.weight, self.head.bias, self.num_smooth
        smooth = nn.functional.linear(hidden, weight[:count], bias[:count])
        return smooth, nn.functional.linear(hidden, weight[count:], bias[count:])


def _export_harmonic(vocoder: HarmonicVocos, folder: Path) -> VocoderExport:
    mel = vocoder.mel
    example = torch.randn(EXAMPLE_FRAMES, mel.n_mels) - 5
    frames = {0: "frames"}
    names = ["frequency", "periodicity"]
    write_graph(PitchGraph(vocoder), folder / "pitch.onnx", {"mel": example}, names, _all(frames, "mel", *names))
    flat = torch.rand(EXAMPLE_FRAMES)
    inputs = {"mel": example, "frequency": 100 + 100 * flat, "periodicity": flat}
    outputs = ["smooth", "free"]
    write_graph(HarmonicGraph(vocoder), folder / "vocoder.onnx", inputs, outputs, _all(frames, *inputs, *outputs))
    options = {
        "kind": "harmonic",
        "rounds": vocoder.refinement_steps,
        "overshoot": vocoder.overshoot,
        "seed": vocoder.seed,
        "noise_frames": NOISE_FRAMES,
        "context": vocoder.context_frames,
        "pitch_context": vocoder.pitch.context_frames,
        "point_spacing": POINT_SPACING,
    }
    arrays = {"filterbank": mel.filterbank, "gains": vocoder.gains, "spread": vocoder.spread}
    return VocoderExport(options, {name: array.numpy() for name, array in arrays.items()})


class VocosGraph(nn.Module):
    """`Vocos` without its inverse STFT: mel (T, M) -> real and imaginary parts (T, bins)."""

    def __init__(self, vocoder: Vocos) -> None:
        super().__init__()
        self.backbone, self.head = SingleBackbone(vocoder.backbone), vocoder.head.out

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        magnitude, phase = self.head(self.backbone(mel.unsqueeze(0)))[0].chunk(2, 1)
        magnitude = magnitude.exp().clamp(max=MAX_MAGNITUDE)
        return magnitude * torch.cos(phase), magnitude * torch.sin(phase)


def _export_vocos(vocoder: Vocos, folder: Path) -> VocoderExport:
    example, names = torch.randn(EXAMPLE_FRAMES, vocoder.mel.n_mels) - 5, ["real", "imaginary"]
    dynamic = _all({0: "frames"}, "mel", *names)
    write_graph(VocosGraph(vocoder), folder / "vocoder.onnx", {"mel": example}, names, dynamic)
    return VocoderExport({"kind": "spectrum", "trim": vocoder.head.margin, "context": vocoder.context_frames}, {})


class WaveformGraph(nn.Module):
    """A vocoder that is a single network: mel (T, M) -> wav (T * hop,)."""

    def __init__(self, vocoder: nn.Module) -> None:
        super().__init__()
        self.vocoder = vocoder

    def forward(self, mel: Tensor) -> Tensor:
        """See the class."""
        return self.vocoder(mel.T.unsqueeze(0))[0]


def _export_waveform(vocoder: HiFiGAN, folder: Path) -> VocoderExport:
    example = torch.randn(EXAMPLE_FRAMES, vocoder.mel.n_mels) - 5
    dynamic = {"mel": {0: "frames"}, "wav": {0: "samples"}}
    write_graph(WaveformGraph(vocoder), folder / "vocoder.onnx", {"mel": example}, ["wav"], dynamic)
    return VocoderExport({"kind": "waveform", "context": vocoder.context_frames}, {})


def _all(axes: dict[int, str], *names: str) -> dict[str, dict[int, str]]:
    return dict.fromkeys(names, axes)
