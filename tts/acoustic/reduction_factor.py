"""R, the frames per decoder step, which a schedule may lower during training."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class ReductionFactor(nn.Module):
    """The current R, and the largest R that the decoder supports.

    Args:
        value: R.
        largest: null for a fixed R; else the R to start with. Then R is stored with the weights, so that checkpoints,
            averages and voices use the R with which they were trained.
    """

    current: Tensor | None

    def __init__(self, value: int, largest: int | None = None) -> None:
        super().__init__()
        if largest is not None and largest < value:
            raise ValueError(f"max_reduction_factor is {largest}: use at least reduction_factor, {value}, or null")
        self.largest = value if largest is None else largest
        self._value = self.largest  # a number besides the buffer: reading a buffer waits for the GPU
        self.register_buffer("current", None if largest is None else torch.tensor(largest))

    @property
    def value(self) -> int:
        """The current R."""
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        if self.current is None:
            raise ValueError(
                "the reduction factor is fixed: give acoustic.decoder.max_reduction_factor, the R that the schedule "
                "starts from, when the model is built"
            )
        if not 1 <= value <= self.largest:
            raise ValueError(f"the reduction factor can be 1 to {self.largest} (max_reduction_factor), not {value}")
        self.current.fill_(value)
        self._value = int(value)

    def _load_from_state_dict(self, *arguments: Any) -> None:
        super()._load_from_state_dict(*arguments)
        if self.current is not None:
            self._value = int(self.current)
