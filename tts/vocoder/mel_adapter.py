"""A vocoder that was trained on another scale of the same bands: its mels are computed exactly from our mels.

    y = (s · max(mel, ln floor) − mean) / std        s: 1 natural, 1 / ln 10 for log10, 20 / ln 10 for decibel

``mel`` is the natural logarithm of magnitudes, as everywhere here; ``floor``, ``mean`` and ``std`` are those of the
vocoder. Another filterbank, framing or sample rate is not a scale and cannot be converted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from tts.audio.mel import MelSpectrogram
from tts.core.errors import check_choice
from tts.core.interfaces import TrainableVocoder, Vocoder, VocoderOutput

SCALES = {"natural": 1.0, "log10": 1 / math.log(10), "decibel": 20 / math.log(10)}


class MelAdapter(nn.Module):
    """Mel to waveform through a vocoder of another scale.

    Args:
        mel: the definition of the input mels.
        vocoder: makes the vocoder from ``mel``.
        log: scale of the vocoder's input: ``natural``, ``log10`` or ``decibel``.
        floor: smallest magnitude in the vocoder's training, at least that of the mel; None is that of the mel.
        mean: of every band, on the vocoder's scale; None subtracts nothing.
        std: of every band, on the vocoder's scale; None divides by nothing.

    Raises:
        ValueError: another scale, or a floor below that of the mel, which does not contain smaller values.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        mel: MelSpectrogram,
        vocoder: Callable[..., nn.Module],
        log: str = "natural",
        floor: float | None = None,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        check_choice("log", log, *SCALES)
        if floor is not None and floor < mel.floor:
            raise ValueError(f"the vocoder's floor is {floor}, but that of the mel is {mel.floor}: use at least that")
        self.mel, self.vocoder = mel, vocoder(mel=mel)
        self.factor, self.least = SCALES[log], math.log(mel.floor if floor is None else floor)
        for name, values, nothing in (("mean", mean, 0.0), ("std", std, 1.0)):
            bands = torch.full((mel.n_mels,), nothing) if values is None else torch.tensor(list(values))
            if bands.shape != (mel.n_mels,):
                raise ValueError(f"{name} has {len(bands)} values, but the mel has {mel.n_mels} bands")
            self.register_buffer(name, bands[:, None], persistent=False)  # they come from the configuration

    @property
    def mel_spec(self) -> dict[str, object]:
        """The mel contract that this vocoder expects."""
        return self.mel.mel_spec

    def adapt(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel), natural logarithm -> the same on the vocoder's scale."""
        return (self.factor * mel.clamp(min=self.least) - self.mean) / self.std

    def forward(self, mel: Tensor) -> Tensor:
        """(B, M, T_mel), natural logarithm -> (B, T_wav)."""
        return self.vocoder(self.adapt(mel))

    def stream(self) -> AdaptedStream:
        """Chunks of mel in, chunks of waveform out."""
        return AdaptedStream(self)

    def training_forward(self, mel: Tensor, wav: Tensor) -> VocoderOutput:
        """The vocoder's waveform of ``mel``, and its own losses."""
        return cast(TrainableVocoder, self.vocoder).training_forward(self.adapt(mel), wav)


class AdaptedStream:
    """`MelAdapter` in chunks.

    Args:
        adapted: what to run.
    """

    def __init__(self, adapted: MelAdapter) -> None:
        self._adapt, self._stream = adapted.adapt, cast(Vocoder, adapted.vocoder).stream()

    def push(self, mel: Tensor) -> Tensor:
        """(B, M, T), T >= 0 new frames -> (B, samples) that no longer depend on later frames; may be empty."""
        return self._stream.push(self._adapt(mel))

    def finish(self) -> Tensor:
        """The rest of the waveform. Raises ValueError if nothing was pushed."""
        return self._stream.finish()
