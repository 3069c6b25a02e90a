"""Vocos: a ConvNeXt backbone at frame rate and an inverse STFT.

    X = exp(m) · exp(jp)        m, p = two halves of a linear layer on the backbone's output

Source: Siuzdak 2023, Vocos. Names of the parameters are those of the author's code.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.audio.mel import MelSpectrogram
from tts.core.interfaces import VocoderOutput
from tts.nn.convnext import ConvNeXtBackbone
from tts.vocoder.inverse_stft import InverseSTFT
from tts.vocoder.streaming import ContextStream

MAX_MAGNITUDE = 1e2  # magnitude of a bin


class SpectrumHead(nn.Module):
    """Frames to a waveform.

    Args:
        dim: channels of the input.
        mel: the definition of the mel, which gives the frames.
    """

    def __init__(self, dim: int, mel: MelSpectrogram) -> None:
        super().__init__()
        self.out = nn.Linear(dim, mel.n_fft + 2)
        self.istft = InverseSTFT(mel.n_fft, mel.hop_length, mel.win_length)
        self.margin = mel.margin

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, T_mel, dim) -> (B, T_mel * hop_length), one frame less if frames are centered."""
        magnitude, phase = self.out(hidden).chunk(2, 2)  # (B, T_mel, n_fft/2+1) each
        return self.istft(torch.polar(magnitude.exp().clamp(max=MAX_MAGNITUDE), phase), self.margin)


class Vocos(nn.Module):
    """Mel to waveform.

    Args:
        mel: the definition of the input mels.
        dim: channels of the backbone.
        hidden_dim: channels inside its blocks.
        num_layers: number of its blocks.
    """

    def __init__(self, mel: MelSpectrogram, dim: int, hidden_dim: int, num_layers: int) -> None:
        super().__init__()
        self.mel = mel
        self.backbone = ConvNeXtBackbone(mel.n_mels, dim, hidden_dim, num_layers)
        self.head = SpectrumHead(dim, mel)
        self.context_frames = self.backbone.context_frames + self.head.istft.context_frames
        nn.init.trunc_normal_(self.head.out.weight, std=0.02)
        nn.init.zeros_(self.head.out.bias)

    @property
    def mel_spec(self) -> dict[str, object]:
        """The mel contract that this vocoder expects."""
        return self.mel.mel_spec

    def forward(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel), natural logarithm -> (B, T_wav) with T_wav = T_mel * hop_length."""
        hidden = self.backbone(mel)
        with torch.autocast(mel.device.type, enabled=False):
            return self.head(hidden.float())

    def stream(self) -> ContextStream:
        """Chunks of mel in, chunks of waveform out."""
        return ContextStream(self, self.context_frames, self.mel.hop_length)

    def training_forward(self, mel: Tensor, wav: Tensor) -> VocoderOutput:
        """The waveform of ``mel``; ``wav`` is not used."""
        return VocoderOutput(self(mel), {})
