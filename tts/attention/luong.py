r"""Multiplicative attention (Luong, Pham and Manning 2015, "Effective Approaches to Attention-based Neural Machine
Translation", section 3.1).

.. math:: e_{t,j} = q_t^\top h_j \;(\text{dot}), \qquad q_t^\top W h_j \;(\text{general}), \qquad
          v^\top \tanh(W [q_t; h_j]) \;(\text{concat})

===========  =============================================================
``W``        ``key_projection``; for concat also ``query_projection``
``v``        ``score``
===========  =============================================================

Differences from the paper: ``scale`` divides the energies by the square root of the width. Without it, energies grow
with the width and the softmax is nearly one-hot from the start. Only content determines the weights, as in
`tts.attention.additive`.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn

from tts.attention.additive import Additive
from tts.attention.base import Attention, context_of, masked_softmax, state_dtype
from tts.core.errors import check_choice
from tts.core.interfaces import Memory


class LuongState(NamedTuple):
    """Empty: the weights depend only on the present query."""


class Luong(Attention):
    """Product of query and memory.

    Args:
        query_dim: D_q.
        memory_dim: D, equal to D_q for "dot".
        score: "dot", or "general" with a learned map from memory to query.
        scale: divide by the square root of D_q.
    """

    parallel: ClassVar[bool] = True

    def __init__(self, query_dim: int, memory_dim: int, score: Literal["dot", "general"], scale: bool) -> None:
        super().__init__(query_dim, memory_dim)
        check_choice("score", score, "dot", "general")  # concat is the class LuongConcat
        if score == "dot" and query_dim != memory_dim:
            raise ValueError(
                f"score=dot compares a query of width {query_dim} with a memory of width {memory_dim}: make "
                "acoustic.decoder.attention_rnn_dim and acoustic.encoder.memory_dim equal, or use score=general"
            )
        self.factor = query_dim**-0.5 if scale else 1.0
        self.key_projection = nn.Linear(memory_dim, query_dim, bias=False) if score == "general" else nn.Identity()

    def project_keys(self, values: Tensor) -> Tensor:
        """(B, T_text, D) -> (B, T_text, D_q)."""
        return self.key_projection(values)

    def initial_state(self, memory: Memory) -> LuongState:
        """Return the empty state."""
        return LuongState()

    def step(self, query: Tensor, memory: Memory, state: LuongState) -> tuple[Tensor, Tensor, LuongState]:
        """One decoder step."""
        weights = self._weights(query.unsqueeze(1), memory)  # (B, 1, T_text)
        return context_of(weights, memory), weights, state

    def update_state(self, weights: Tensor, state: LuongState) -> LuongState:
        """Return the state unchanged."""
        return state

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps at once."""
        alignments = self._weights(queries, memory)  # (B, T_dec, T_text)
        return torch.bmm(alignments.to(memory.values.dtype), memory.values), alignments.unsqueeze(1)

    def alignments_along(self, queries: Tensor, memory: Memory, path: Tensor) -> Tensor:
        """The weights do not depend on earlier weights, so they are those of `forward`."""
        return self(queries, memory)[1]

    def _weights(self, queries: Tensor, memory: Memory) -> Tensor:
        with torch.autocast(queries.device.type, enabled=False):
            dtype = state_dtype(memory)
            energies = torch.bmm(queries.to(dtype) * self.factor, memory.keys.to(dtype).mT)  # (B, T_dec, T_text)
        return masked_softmax(energies, memory.mask.unsqueeze(1))


class LuongConcat(Additive):
    """`tts.attention.additive` without the bias.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A, width of the score's hidden layer.
    """

    def __init__(self, query_dim: int, memory_dim: int, attention_dim: int) -> None:
        super().__init__(query_dim, memory_dim, attention_dim)
        assert self.key_projection is not None
        self.key_projection.register_parameter("bias", None)
