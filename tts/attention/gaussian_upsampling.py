r"""Gaussian upsampling (Donahue et al. 2021, "End-to-end adversarial text-to-speech", eq. 2; Shen et al. 2020,
"Non-Attentive Tacotron", section 3.2).

.. math:: \alpha_{t,n} = \mathrm{softmax}_n \Bigl(-\frac{(t - c_n)^2}{2 \sigma_n^2}\Bigr), \qquad
          c_n = \sum_{i \le n} d_i - \frac{d_n}{2}, \qquad
          \sigma_n = \Bigl(\frac{1}{4} + d_n\Bigr)\,\mathrm{softplus}(w^\top h_n + b)

=====================  =======================================
``d_n``, ``c_n``       ``timing.durations``, ``timing.centers``
``w``, ``b``           ``width``
=====================  =======================================

Differences from the papers: the width of a symbol is a learned multiple of its duration, instead of one number for all
(EATS) or a recurrent network's output (Non-Attentive Tacotron).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import contexts_of, masked_softmax
from tts.attention.parallel import ParallelAttention, Timing
from tts.core.interfaces import Memory
from tts.nn.softplus import inverse_softplus


class GaussianUpsampling(ParallelAttention):
    """One head whose weights depend only on the durations.

    Args:
        query_dim: D_q; the query is not used.
        memory_dim: D.
        initial_width: width of a symbol at the start of training, as a share of its duration.
    """

    def __init__(self, query_dim: int, memory_dim: int, initial_width: float) -> None:
        super().__init__(query_dim, memory_dim)
        self.width = nn.Linear(memory_dim, 1)
        nn.init.zeros_(self.width.weight)
        nn.init.constant_(self.width.bias, inverse_softplus(initial_width).item())

    def prepare(self, memory: Tensor, token_mask: Tensor) -> Memory:
        """The values are the memory itself; the keys are the relative widths (B, T_text, 1)."""
        values = memory.masked_fill(~token_mask.unsqueeze(-1), 0.0)
        return Memory(values, F.softplus(self.width(values)), token_mask)

    def forward(self, queries: Tensor, memory: Memory, timing: Timing) -> tuple[Tensor, Tensor]:
        """All steps at once."""
        with torch.autocast(queries.device.type, enabled=False):
            width = (0.25 + timing.durations) * memory.keys.squeeze(-1).float()  # (B, T_text)
            steps = torch.arange(timing.symbols.shape[1], device=queries.device) + 0.5
            distance = steps.unsqueeze(1) - timing.centers.unsqueeze(1)  # (B, T_dec, T_text)
            energies = -0.5 * (distance / width.unsqueeze(1).clamp_min(1e-2)).square()
        alignments = masked_softmax(energies.unsqueeze(1), memory.mask[:, None, None])
        return contexts_of(alignments, memory), alignments
