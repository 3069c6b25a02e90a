"""torch's CPU random numbers, computed by numpy, so that a seed gives the same result with both engines.

Source: ATen's ``uniform_real_distribution`` (24 bits of a Mersenne Twister's word) and ``normal_fill`` (Box and
Muller's transform on blocks of 16).
"""

from __future__ import annotations

import numpy as np


class Generator:
    """The stream of ``torch.Generator().manual_seed(seed)``.

    Args:
        seed: any integer; only its lowest 32 bits are used, as in torch.
    """

    def __init__(self, seed: int) -> None:
        self._words = np.random.RandomState(seed & 0xFFFFFFFF)._bit_generator

    def uniform(self, *shape: int) -> np.ndarray:
        """``torch.rand(shape)``, float32."""
        words = self._words.random_raw(int(np.prod(shape)))
        return ((words & 0xFFFFFF).astype(np.float32) * np.float32(2.0**-24)).reshape(shape)

    def normal(self, count: int) -> np.ndarray:
        """``torch.randn(count)`` for a count of at least 16, float32, except for rounding."""
        values = _box_muller(self.uniform(count)[: count // 16 * 16])
        if count % 16:  # torch draws the last 16 again
            values = np.concatenate((values, np.zeros(count % 16, dtype=np.float32)))
            values[-16:] = _box_muller(self.uniform(16))
        return values


def _box_muller(uniform: np.ndarray) -> np.ndarray:
    first, second = uniform.reshape(-1, 2, 8).swapaxes(0, 1)
    radius, angle = np.sqrt(-2 * np.log(1 - first)), np.float32(2 * np.pi) * second
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), 1).astype(np.float32).reshape(-1)
