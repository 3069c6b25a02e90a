r"""Stepwise monotonic attention (He et al. 2019, "Robust Sequence-to-Sequence Acoustic Modeling with Stepwise Monotonic
Attention for Neural TTS", eq. 7-9).

At every step the attention stays on its symbol with probability ``p`` or moves on by exactly one:

.. math:: e_{t,j} = g \frac{v^\top}{\lVert v\rVert} \tanh(W q_t + V h_j + b) + \rho, \qquad p_{t,j} = \sigma(e_{t,j})
.. math:: \alpha_{t,j} = \alpha_{t-1,j}\, p_{t,j} + \alpha_{t-1,j-1} (1 - p_{t,j-1})

============  ======================
``W``         ``query_projection``
``V``, ``b``  ``key_projection``
``v``         ``direction``
``g``         ``gain``
``rho``       ``stay_bias``
============  ======================

Differences from the paper:

- The last real symbol is absorbing (p = 1): without it weight leaks past the end, and in a batch into padding.
- ``gain`` starts at 1, not at A^-1/2: with so small a gain p stays far from 0 and 1 for a thousand steps of Adam.
- ``stay_bias`` starts at ln(d - 1) for a mean stay of d steps, so that the path reaches the end from the start of
  training.
- Three ways to generate: ``soft`` is the recurrence above. ``hard`` stays while p >= 1/2, as in the paper; it never
  leaves a symbol whose length is so uncertain that p stays above 1/2 throughout. ``median`` leaves a symbol when the
  probability of having stayed so long, the product of all p since it was entered, falls below 1/2: the median of the
  distribution of stays that the model has learned, for any shape; ``duration_quantile`` chooses another quantile
  than the median. Hard and median visit every symbol in order.
- ``max_duration`` bounds how long a symbol may last when generating: after so many steps on it the path moves on.
- A sequence along a known path (`alignments_along`) compares only the path's symbols, all steps at once. A sequence
  without one (`forward`) computes all energies at once and runs the recurrence in a loop with a custom gradient, three
  operations a step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from tts.attention.base import chunk_steps
from tts.attention.stepwise_base import StepwiseBase, StepwiseOptions


class StepwiseMonotonic(StepwiseBase):
    """`StepwiseBase` whose energies come from a one-layer network.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        options: see `StepwiseOptions`.
    """

    def __init__(self, query_dim: int, memory_dim: int, attention_dim: int, **options: Unpack[StepwiseOptions]) -> None:
        super().__init__(query_dim, memory_dim, **options)
        self.query_projection = nn.Linear(query_dim, attention_dim, bias=False)
        self.key_projection = nn.Linear(memory_dim, attention_dim)
        self.direction = nn.Parameter(torch.randn(attention_dim))
        self.gain = nn.Parameter(torch.tensor(1.0))

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, A)."""
        return self.key_projection(values)

    def energies(self, queries: Tensor, keys: Tensor) -> Tensor:
        """See `StepwiseBase.energies`."""
        hidden = torch.tanh(self.query_projection(queries) + keys)
        direction = self.gain * self.direction / self.direction.norm()
        return hidden @ direction.to(hidden.dtype)

    def all_energies(self, queries: Tensor, keys: Tensor) -> Tensor:
        """In chunks of time that bound the (B, T, T_text, A) intermediate."""
        chunk = chunk_steps(keys.numel(), keys.device)
        return torch.cat([self.energies(part.unsqueeze(2), keys.unsqueeze(1)) for part in queries.split(chunk, 1)], 1)
