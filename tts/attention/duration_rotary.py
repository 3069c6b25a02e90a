r"""Rotary positions that follow the durations.

.. math:: p_m = s_m + \frac{m + 1/2 - b_{s_m}}{d_{s_m}}, \qquad q_n = n + \tfrac{1}{2}

The position of a step is the number of symbols that have passed at its middle: ``s`` is its symbol, ``b`` the start of
that symbol, ``d`` its duration. The attention then depends on distances in symbols, at any pace and in a text of any
length. The rotation is RoPE's (Su et al. 2021).

=====================  =======================================
``s``                  ``timing.symbols``
``p``                  ``timing.positions``
=====================  =======================================
"""

from __future__ import annotations

import torch
from torch import Tensor

from tts.attention.parallel import Timing
from tts.attention.rotary_multi_head import RotaryMultiHead


class DurationRotary(RotaryMultiHead):
    """Rotary multi-head attention over distances in symbols; arguments as `RotaryMultiHead`."""

    def positions(self, timing: Timing, num_symbols: int) -> tuple[Tensor, Tensor]:
        """Symbols that have passed, and the middle of every symbol."""
        marks = torch.arange(num_symbols, device=timing.symbols.device) + 0.5
        return timing.positions, marks.expand(len(timing.symbols), -1)
