"""Segments of recordings that are cut on the training device, see `tts.data.resident`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from tts.data.resident import Packed, pack, send

if TYPE_CHECKING:  # avoids a circular import
    from tts.data.segments import SegmentBatch, Segments, SegmentSampler


class ResidentSegments:
    """The batches of `Segments`, cut on the device.

    Args:
        segments: the stream of segments.
        device: the training device.
    """

    def __init__(self, segments: Segments, device: torch.device) -> None:
        self._segments, self._device = segments, device
        corpus, indices = segments.corpus, range(len(segments.corpus))
        self._mels = pack([corpus.stored_mel(index) for index in indices], device, corpus)
        self._audio = pack([corpus.stored_audio(index) for index in indices], device, corpus)

    @property
    def num_bytes(self) -> int:
        """Memory of mels and samples in bytes."""
        return self._mels.num_bytes + self._audio.num_bytes

    def __getitem__(self, number: int) -> SegmentBatch:
        segments, hop = self._segments, self._segments.hop
        where, offsets = segments.choose(number)
        chosen, places = send(np.stack((where, offsets)), self._device).unbind()
        mel = self._cut(self._mels, chosen, places, segments.frames, segments.silence)
        wav = self._cut(self._audio, chosen, hop * places, hop * segments.frames, 0.0) / 32768.0
        return segments.batch(where, mel.transpose(1, 2).contiguous(), wav)

    def _cut(self, packed: Packed, chosen: Tensor, places: Tensor, length: int, value: float) -> Tensor:
        starts, lengths = packed.starts_at(chosen)
        return packed.window(starts + places, lengths - places, length, value, torch.float32)


class ResidentSegmentLoader:
    """Yields `ResidentSegments`, like `tts.data.segments.SegmentLoader`.

    Args:
        segments: the segments.
        stream: the numbers of the batches.
        order: fingerprint of everything that determines the stream.
    """

    def __init__(self, segments: ResidentSegments, stream: SegmentSampler, order: int) -> None:
        self.segments, self.stream, self._order = segments, stream, order

    def __len__(self) -> int:
        return len(self.stream)

    def __iter__(self) -> Iterator[SegmentBatch]:
        for number in self.stream:
            batch = self.segments[number]
            self.stream.position += 1
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """See `tts.data.segments.SegmentLoader`."""
        return self.stream.state(self._order)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration continues after the last batch of ``state``."""
        self.stream.load(state, self._order)
