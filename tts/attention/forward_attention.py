r"""Forward attention (Zhang, Ling and Dai 2018, "Forward Attention in Sequence-to-Sequence Acoustic Modeling for Speech
Synthesis", algorithms 1 and 2).

The attention reaches a symbol by staying on it, or by one step from the symbol before it:

.. math:: \hat\alpha_{t,j} \propto \bigl((1-u_{t-1})\,\hat\alpha_{t-1,j} + u_{t-1}\,\hat\alpha_{t-1,j-1}\bigr)\,
          \mathrm{softmax}_j(e_t), \qquad u_t = \sigma(\mathrm{DNN}([c_t; q_t]))

==================  ==================================================
``\hat\alpha``      ``previous``
``u``               ``sigmoid(move)``, the transition agent; else 1/2
``DNN``             ``agent``
``e``               as in `tts.attention.location_sensitive`
==================  ==================================================

Differences from the paper:

- The logarithm of the bracket is added to the energies, and the softmax covers only the symbols that can be reached.
  Published code multiplies instead and adds a small constant, so weight can appear anywhere, even at padding.
- The last frame is no separate input of the agent, because the query depends on it. The agent ``"query"`` depends only
  on the present query and needs no state; only this agent can be trained along a known path.
- ``speed`` is added to the agent's logit in generation: a positive value speaks faster. ``u`` is the probability to
  *move*.

The attention is not strictly monotonic: the softmax can move weight back to any symbol that still has some.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from tts.attention.base import context_of, initial_weights, masked_softmax
from tts.attention.location_sensitive import LocationOptions, LocationSensitive
from tts.core.errors import check_choice
from tts.core.interfaces import Memory

REACHABLE = 1e-30  # smallest weight that counts: its reciprocal, which is part of the gradient, is still finite
MAX_MOVE_LOGIT = 15.0  # logit; keeps some probability of staying, or no weight would be left at the end of the text


class ForwardState(NamedTuple):
    """Previous and cumulative weights, and the logit of moving."""

    previous: Tensor  # (B, T_text), weights of the last step
    cumulative: Tensor  # (B, T_text), sum of the weights of all steps
    move: Tensor  # (B,), logit of u; the agent of "context" only


class ForwardAttention(LocationSensitive):
    """Location-sensitive attention that can only stay or move on by one symbol.

    Args:
        query_dim: D_q.
        memory_dim: D.
        attention_dim: A.
        transition_agent: input of the agent: "context" (and query, as in the paper) or "query" (of the same step); None
            for no agent.
        agent_dim: width of the agent's hidden layer.
        speed: added to the agent's logit in generation.
        location: see `LocationOptions`.
    """

    max_advance: ClassVar[float] = 1

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        attention_dim: int,
        transition_agent: Literal["context", "query"] | None,
        agent_dim: int,
        speed: float,
        **location: Unpack[LocationOptions],
    ) -> None:
        super().__init__(
            query_dim, memory_dim, attention_dim, normalization="softmax", sharpening=1.0, start="first", **location
        )
        self.transition_agent, self.speed = transition_agent, speed
        self.learns_along_path = transition_agent != "context"  # it needs contexts, which a known path does not give
        if transition_agent is None:
            if speed:
                raise ValueError("speed needs a transition_agent: set it to context or query")
            return
        check_choice("transition_agent", transition_agent, "context", "query")
        agent_in = query_dim + (memory_dim if transition_agent == "context" else 0)
        self.agent = nn.Sequential(nn.Linear(agent_in, agent_dim), nn.Tanh(), nn.Linear(agent_dim, 1))

    def initial_state(self, memory: Memory) -> ForwardState:
        """All weight on the first symbol, the logit of moving is 0."""
        start = initial_weights(memory)
        return ForwardState(start, torch.zeros_like(start), start.new_zeros(start.shape[0]))

    def step(self, query: Tensor, memory: Memory, state: ForwardState) -> tuple[Tensor, Tensor, ForwardState]:
        """One decoder step."""
        prior = self._prior(query, state)  # (B, T_text)
        scores = self.scores(query, memory, state) + prior.clamp_min(REACHABLE).log()
        weights = masked_softmax(scores, memory.mask & (prior > REACHABLE)).unsqueeze(1)
        context = context_of(weights, memory)
        if self.transition_agent != "context":
            return context, weights, self.update_state(weights, state)
        row, move = weights.squeeze(1), self._move(torch.cat((context, query), 1), state.move)
        return context, weights, ForwardState(row, state.cumulative + row, move)

    def update_state(self, weights: Tensor, state: ForwardState) -> ForwardState:
        """Use ``weights`` as the previous weights. The agent's output for them is unknown: its logit is 0."""
        row = weights.squeeze(1)
        undecided = torch.zeros_like(state.move) if self.transition_agent == "context" else state.move
        return ForwardState(row, state.cumulative + row, undecided)

    def _prior(self, query: Tensor, state: ForwardState) -> Tensor:
        """Unnormalized probability of each symbol before the energies are used."""
        stayed, moved = state.previous, F.pad(state.previous[:, :-1], (1, 0))
        if self.transition_agent is None:
            return stayed + moved
        move = self._move(query, state.move) if self.transition_agent == "query" else state.move
        return torch.lerp(stayed, moved, torch.sigmoid(move).unsqueeze(1))

    def _move(self, inputs: Tensor, like: Tensor) -> Tensor:
        logit = self.agent(inputs).squeeze(1).to(like.dtype)
        logit = logit + self.speed if self.speed and not self.training else logit
        return logit.clamp(-MAX_MOVE_LOGIT, MAX_MOVE_LOGIT)
