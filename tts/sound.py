"""From a mel to what is heard: in pieces, as early as each is certain, and without clicks at the ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

FIRST_FRAMES = 96  # that a stream is given at first, enough to be heard until the next are made, twice as many


def whole(vocoder: torch.nn.Module, mel: Tensor) -> Iterator[Tensor]:
    """The waveform (T_wav,) of ``mel`` (M, T_mel) as a single piece."""
    yield vocoder(mel.unsqueeze(0)).squeeze(0)


def in_pieces(vocoder: torch.nn.Module, mel: Tensor) -> Iterator[Tensor]:
    """The waveform of ``mel`` (M, T_mel) bit by bit, (T,) each; whole if the vocoder has no ``stream``."""
    if not hasattr(vocoder, "stream"):
        yield from whole(vocoder, mel)
        return
    stream, first, size = vocoder.stream(), 0, FIRST_FRAMES
    while first < mel.shape[1]:
        yield stream.push(mel[None, :, first : first + size]).squeeze(0)
        first, size = first + size, 2 * size
    yield stream.finish().squeeze(0)


def faded(pieces: Iterable[np.ndarray], length: int) -> Iterator[np.ndarray]:
    """The same sound, (T,) float32 in pieces, with a ramp of ``length`` samples at both ends.

    So many samples are held back until it is known whether they are the last. Sound that is shorter than two ramps has
    shorter ones.
    """
    held, begun = np.zeros(0, dtype=np.float32), False
    for piece in pieces:
        held = np.concatenate((held, piece))
        if not begun and len(held) < 2 * length:
            continue
        if not begun:
            held[:length] *= np.linspace(0.0, 1.0, length, dtype=np.float32)
            begun = True
        ready = len(held) - length
        yield held[:ready]
        held = held[ready:]
    length = length if begun else len(held) // 2
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    if not begun:
        held[:length] *= ramp
    held[len(held) - length :] *= ramp[::-1]
    yield held
