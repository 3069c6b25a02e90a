r"""A window around the predicted symbol (Xin et al. 2024, "RALL-E", section 3.3, arXiv 2404.03204).

.. math:: \alpha_{m,n} = 0 \quad\text{where}\quad |n - s_m| > k

A step may attend to the symbol ``s`` that the durations assign to it and to ``k`` symbols on either side.

=====================  =======================================
``s``                  ``timing.symbols``
``k``                  ``window``
=====================  =======================================

Differences from the paper: for a decoder that makes all frames at once, with the rotary positions of
`tts.attention.duration_rotary` inside the window.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tts.attention.duration_rotary import DurationRotary
from tts.attention.parallel import Timing


class DurationWindow(DurationRotary):
    """Rotary multi-head attention inside a window of symbols.

    Args:
        query_dim: D_q.
        memory_dim: D, a multiple of ``num_heads``.
        num_heads: H.
        base: ratio of the highest to the lowest frequency of rotation.
        window: k, symbols on either side.
    """

    def __init__(self, query_dim: int, memory_dim: int, num_heads: int, base: float, window: int) -> None:
        super().__init__(query_dim, memory_dim, num_heads, base)
        self.window = window

    def allowed(self, timing: Timing, mask: Tensor) -> Tensor:
        """(B, 1, T_dec, T_text) bool."""
        index = torch.arange(mask.shape[1], device=mask.device)
        near = (index - timing.symbols.unsqueeze(-1)).abs() <= self.window
        return (near & mask.unsqueeze(1)).unsqueeze(1)
