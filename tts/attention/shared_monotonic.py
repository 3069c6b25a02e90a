r"""One stepwise monotonic path for all heads of a Transformer's cross-attention (He et al. 2019 for the recurrence; Ma
et al. 2020, "Monotonic Multihead Attention", and Liang et al. 2020 for monotone heads in a Transformer).

.. math:: e_{t,j} = \frac1H \sum_h q_{t,h}^\top k_{j,h} / \sqrt{d}, \qquad p_{t,j} = \sigma(e_{t,j} + \rho)

is the probability of staying on symbol j, and the recurrence is that of `tts.attention.stepwise_base`.

========================  =====================================================
``q = W_q x``             ``query_projection``
``k = W_k h``             ``key_projection``
``W_v``                   ``value_projection``
``rho``                   ``stay_bias``
========================  =====================================================

Difference from both papers: independent monotonic heads drift apart, and the decoder has to wait for the slowest one.
Here the energies of the heads are averaged first, so there is one path. All heads have the same weights, so they share
one value vector.
"""

from __future__ import annotations

from torch import Tensor, nn
from typing_extensions import Unpack

from tts.attention.stepwise_base import StepwiseBase, StepwiseOptions
from tts.core.interfaces import Memory


class SharedMonotonic(StepwiseBase):
    """`StepwiseBase` whose energies are scaled products, averaged over heads.

    Args:
        query_dim: D_q.
        memory_dim: D, a multiple of ``num_heads``.
        num_heads: H, whose energies are averaged; the returned weights are those of one head.
        options: see `StepwiseOptions`.
    """

    def __init__(self, query_dim: int, memory_dim: int, num_heads: int, **options: Unpack[StepwiseOptions]) -> None:
        super().__init__(query_dim, memory_dim, **options)
        if memory_dim % num_heads:
            raise ValueError(f"{num_heads} heads do not divide a memory of width {memory_dim}: choose another number")
        self.scale = (memory_dim // num_heads) ** -0.5 / num_heads
        self.query_projection = nn.Linear(query_dim, memory_dim)
        self.key_projection = nn.Linear(memory_dim, memory_dim)
        self.value_projection = nn.Linear(memory_dim, memory_dim, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, D)."""
        return self.key_projection(values)

    def prepare(self, memory: Tensor, token_mask: Tensor, num_steps: Tensor | None = None) -> Memory:
        """As `Attention.prepare`, with the values projected too."""
        prepared = super().prepare(memory, token_mask, num_steps)
        return prepared._replace(values=self.value_projection(prepared.values))

    def energies(self, queries: Tensor, keys: Tensor) -> Tensor:
        """See `StepwiseBase.energies`."""
        return (self.query_projection(queries) * keys).sum(-1) * self.scale

    def all_energies(self, queries: Tensor, keys: Tensor) -> Tensor:
        """See `StepwiseBase.all_energies`."""
        return self.query_projection(queries) @ keys.mT * self.scale
