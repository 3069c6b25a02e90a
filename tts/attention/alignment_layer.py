r"""The alignment layer of Very Attentive Tacotron (Battenberg et al. 2024, section 3.2): one position in the text for
all layers of a Transformer decoder, moved by a recurrent layer below them.

.. math:: c_t = \sum_j \mathrm{softmax}_j\bigl(\mathrm{bias}(j - p_{t-1})\bigr)\, W h_j, \qquad
          z_t = \mathrm{LSTM}([x_t; c_t]), \qquad p_t = p_{t-1} + \mathrm{softplus}(w^\top z_t + b)

========  =============================================
``bias``  ``position_bias`` (`RelativePositionBias`)
``W``     ``value_projection``
``w, b``  ``advance``
========  =============================================

The context depends on the position alone, not on content. The layers above receive x_t plus a projection of z_t.

Differences from the paper: x_t is normalized by its mean too (LayerNorm), and the table starts as a narrow bell curve.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.attention.base import contexts_of, masked_softmax, state_dtype
from tts.core.interfaces import Memory
from tts.nn.cuda_graphs import ScanGraphs
from tts.nn.position import RelativePositionBias
from tts.nn.recurrent import CellState, SteppableLSTM
from tts.nn.softplus import inverse_softplus

Recurrence = Callable[[Tensor, CellState], CellState]  # context (B, D), last state of the LSTM -> the next


class AlignmentState(NamedTuple):
    """The position in the text and the state of the LSTM."""

    position: Tensor  # (B,), symbols
    hidden: Tensor  # (B, D)
    cell: Tensor  # (B, D)


class AlignmentLayer(nn.Module):
    """Computes the position of every decoder step.

    Args:
        input_dim: width of the decoder's layers.
        memory_dim: D, a multiple of the heads of ``position_bias``; also the width of the LSTM and of its context.
        step: symbols per decoder step at the start of training.
        position_bias: its starting values.
    """

    def __init__(self, input_dim: int, memory_dim: int, step: float, position_bias: RelativePositionBias) -> None:
        super().__init__()
        self.start = -step
        self.norm = nn.LayerNorm(input_dim)
        self.value_projection = nn.Linear(memory_dim, memory_dim, bias=False)
        self.position_bias = position_bias
        self.rnn = SteppableLSTM(input_dim + memory_dim, memory_dim)
        self.advance = nn.Linear(memory_dim, 1)
        self.output = nn.Linear(memory_dim, input_dim)
        nn.init.zeros_(self.advance.weight)
        nn.init.constant_(self.advance.bias, inverse_softplus(step).item())
        self._graphs: ScanGraphs | None = None

    def prepare(self, memory: Tensor, token_mask: Tensor) -> Memory:
        """Project the values of ``memory`` (B, T_text, D), once per utterance; padding is zero."""
        values = self.value_projection(memory.masked_fill(~token_mask.unsqueeze(-1), 0.0))
        return Memory(values, values, token_mask)

    def initial_state(self, memory: Memory) -> AlignmentState:
        """A step before the first symbol."""
        position = memory.values.new_full((memory.mask.shape[0],), self.start, dtype=state_dtype(memory))
        return AlignmentState(position, *self.rnn.initial_state(position))

    def step(self, x: Tensor, memory: Memory, state: AlignmentState) -> tuple[Tensor, Tensor, AlignmentState]:
        """One decoder step: (B, input_dim) -> the same shape, the position (B,), the next state."""
        known = self.norm(x)
        state = self._move(memory, state, lambda context, cells: self.rnn.step(torch.cat((known, context), 1), cells))
        return x + self.output(state.hidden.to(x.dtype)), state.position, state

    def forward(self, x: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """All steps, one after the other: (B, T_dec, input_dim) -> the same shape, positions (B, T_dec)."""
        known, scanned = self.norm(x), None
        if self._graphs is not None and self.training and torch.is_grad_enabled():
            scanned = self._graphs(known, memory)
        hidden, positions = self._scan(known, memory) if scanned is None else scanned
        return x + self.output(hidden.to(x.dtype)), positions

    def forward_along(self, x: Tensor, memory: Memory, path: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, if each step starts from the last symbol of ``path`` (B, T_dec); nothing loops over time."""
        start = self.initial_state(memory).position.unsqueeze(1)
        before = torch.cat((start, path[:, :-1].to(start.dtype)), 1)
        contexts = self._contexts(before, memory)
        hidden = self.rnn(torch.cat((self.norm(x), contexts.to(x.dtype)), 2))[0]
        return x + self.output(hidden), before + self._advances(hidden)

    def use_cuda_graphs(self) -> None:
        """Replay the loop of training as CUDA graphs, one for each shape of a batch."""
        for part in (self.rnn, self.position_bias, self.advance):
            for parameter in part.parameters():
                parameter.register_hook(torch.clone)  # a graph reuses the memory of its gradients
        self._graphs = ScanGraphs(lambda: _Scan(self))

    def rescale_time(self, ratio: float) -> None:
        """See `Attention.rescale_time`."""
        rescale_advance(self.advance.bias, ratio)

    def _scan(self, known: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Hidden states (B, T_dec, D) and positions (B, T_dec)."""
        lstm, state, states = self.rnn.unrolled(known), self.initial_state(memory), []
        with torch.autocast(known.device.type, enabled=False):
            for t in range(known.shape[1]):
                state = self._move(memory, state, partial(lstm.step, t))
                states.append(state)
        return torch.stack([each.hidden for each in states], 1), torch.stack([each.position for each in states], 1)

    def _move(self, memory: Memory, state: AlignmentState, recurrence: Recurrence) -> AlignmentState:
        context = self._contexts(state.position.unsqueeze(1), memory).squeeze(1)
        hidden, cell = recurrence(context, (state.hidden, state.cell))
        return AlignmentState(state.position + self._advances(hidden), hidden, cell)

    def _contexts(self, positions: Tensor, memory: Memory) -> Tensor:
        """(B, T) -> (B, T, D)."""
        energies = position_energies(self.position_bias, positions, memory.mask)
        return contexts_of(masked_softmax(energies, memory.mask[:, None, None]), memory)

    def _advances(self, hidden: Tensor) -> Tensor:
        """(..., D) -> (...), symbols, positive; at least float32."""
        with torch.autocast(hidden.device.type, enabled=False):
            return F.softplus(self.advance(hidden.to(self.advance.weight.dtype))).squeeze(-1)


def position_energies(bias: RelativePositionBias, positions: Tensor, mask: Tensor) -> Tensor:
    """The bias of every symbol of ``mask`` (B, T_text) around ``positions`` (B, T): (B, H, T, T_text), float32.

    Far behind the end, all symbols get the same penalty for each step further, which a softmax cancels.
    """
    index = torch.arange(mask.shape[1], device=positions.device, dtype=positions.dtype)
    return bias(index - positions.unsqueeze(2)).permute(0, 3, 1, 2)


@torch.no_grad()
def rescale_advance(bias: Tensor, ratio: float) -> None:
    """Change ``bias`` so that softplus(bias), the mean advance of a step, becomes ``ratio`` times as large."""
    advance = ratio * F.softplus(bias)
    bias.copy_(inverse_softplus(advance))


class _Scan(nn.Module):
    """The loop of a layer with its weights, in the form that CUDA graphs need: tensors in, tensors out."""

    def __init__(self, layer: AlignmentLayer) -> None:
        super().__init__()
        self.rnn, self.position_bias, self.advance = layer.rnn, layer.position_bias, layer.advance
        self._scan = layer._scan

    def forward(self, known: Tensor, values: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return self._scan(known, Memory(values, keys, mask))
