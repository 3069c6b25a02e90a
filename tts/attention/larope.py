r"""Length-aware rotary positions (Kim et al. 2025, "Length-aware rotary position embedding for text-speech alignment",
arXiv 2509.11084, used in Supertonic).

.. math:: p_m = \gamma \frac{m}{L_q}, \qquad q_n = \gamma \frac{n}{L_k}

Positions are shares of the whole, so the attention prefers the diagonal for all lengths.

=====================  ==========================================
``m / L_q``            ``timing.shares``
``L_k``                ``timing.token_lengths``
``\gamma``             ``scale``
=====================  ==========================================

Differences from the paper: ``L_q`` is the sum of the durations, fractions of a step included; the projections have no
bias.
"""

from __future__ import annotations

from torch import Tensor

from tts.attention.parallel import Timing
from tts.attention.rotary import progress_positions
from tts.attention.rotary_multi_head import RotaryMultiHead


class LARoPE(RotaryMultiHead):
    """Rotary multi-head attention over shares of the utterance and of the text.

    Args:
        query_dim: D_q.
        memory_dim: D, a multiple of ``num_heads``.
        num_heads: H.
        base: ratio of the highest to the lowest frequency of rotation.
        scale: length of the whole utterance in positions.
    """

    def __init__(self, query_dim: int, memory_dim: int, num_heads: int, base: float, scale: float) -> None:
        super().__init__(query_dim, memory_dim, num_heads, base)
        self.scale = scale

    def positions(self, timing: Timing, num_symbols: int) -> tuple[Tensor, Tensor]:
        """Shares of the whole, times ``scale``."""
        return (
            timing.shares * self.scale,
            progress_positions(num_symbols, timing.token_lengths, self.scale),
        )
