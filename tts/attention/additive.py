r"""Additive, content-based attention (Bahdanau et al. 2015, "Neural Machine Translation by Jointly Learning to Align
and Translate", eq. 6 and appendix A.1.2).

.. math:: e_{t,j} = v^\top \tanh(W q_t + V h_j + b), \qquad \alpha_t = \mathrm{softmax}_j(e_t)

============  ======================
``W``         ``query_projection``
``V``, ``b``  ``key_projection``
``v``         ``score``
============  ======================

Only content determines the weights, so repeated words and texts longer than in training confuse it. It is the baseline.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from tts.attention.base import Attention, State, chunk_steps, context_of, masked_softmax
from tts.core.interfaces import Memory


class AdditiveState(NamedTuple):
    """Empty: the weights depend only on the present query."""


class Additive(Attention):
    """Content-based attention with a one-layer network as its score.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A, width of the score's hidden layer.
    """

    parallel: ClassVar[bool] = True
    key_projection: nn.Linear | None  # None in a subclass that does not compare the text

    def __init__(self, query_dim: int, memory_dim: int, attention_dim: int) -> None:
        super().__init__(query_dim, memory_dim)
        self.query_projection = nn.Linear(query_dim, attention_dim, bias=False)
        self.key_projection = key_projection = nn.Linear(memory_dim, attention_dim)
        self.score = nn.Linear(attention_dim, 1, bias=False)
        for layer in (self.query_projection, key_projection):
            nn.init.xavier_uniform_(layer.weight, gain=nn.init.calculate_gain("tanh"))
        nn.init.zeros_(key_projection.bias)

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, A); of width 0 if the text is not compared."""
        return values[..., :0] if self.key_projection is None else self.key_projection(values)

    def initial_state(self, memory: Memory) -> State:
        """Return the empty state."""
        return AdditiveState()

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        """(B, ..., D_q) against (B, T_text, A), both broadcast to (B, ..., T_text, A) -> (B, ..., T_text)."""
        projected = self.query_projection(query).unsqueeze(-2)
        return self.score(torch.tanh(projected + keys)).squeeze(-1)

    def step(self, query: Tensor, memory: Memory, state: State) -> tuple[Tensor, Tensor, State]:
        """One decoder step."""
        weights = masked_softmax(self.energies(query, memory.keys), memory.mask).unsqueeze(1)  # (B, 1, T_text)
        return context_of(weights, memory), weights, state

    def update_state(self, weights: Tensor, state: State) -> State:
        """Return the state unchanged."""
        return state

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps at once, in chunks of time that bound the (B, T, T_text, A) intermediate."""
        B, T_text, A = memory.keys.shape
        chunk = chunk_steps(B * T_text * A, memory.keys.device)
        keys, mask = memory.keys.unsqueeze(1), memory.mask.unsqueeze(1)
        weights = [masked_softmax(self.energies(part, keys), mask) for part in queries.split(chunk, 1)]
        alignments = torch.cat(weights, 1)  # (B, T_dec, T_text)
        contexts = torch.bmm(alignments.to(memory.values.dtype), memory.values)
        return contexts, alignments.unsqueeze(1)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """The weights do not depend on earlier weights, so they are those of `forward`."""
        return self(queries, memory)[1]
