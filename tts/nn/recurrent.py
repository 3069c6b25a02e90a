"""LSTMs: over sequences with padding, one step at a time, and step by step in training at a lower cost."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CellState = tuple[Tensor, Tensor]  # hidden, cell: (B, H) each


class BidirectionalLSTM(nn.Module):
    """A BiLSTM whose output does not depend on padding: (B, T, D_in) -> (B, T, 2 * hidden_dim)."""

    def __init__(self, in_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(in_dim, hidden_dim, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """``lengths`` (B,); the output is zero at padding."""
        if x.device.type != "cpu":
            return self._without_waiting(x, lengths)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=x.shape[1])[0]

    def _without_waiting(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The same without packing, which would synchronize with the GPU: each direction separately.

        Padding comes last in both directions, so that it does not change the output at real positions.
        """
        index = torch.arange(x.shape[1], device=x.device)
        valid = (index < lengths.unsqueeze(1)).unsqueeze(2)  # (B, T, 1)
        backward = (lengths.unsqueeze(1) - 1 - index).clamp_min(0).unsqueeze(2)  # of real positions
        x = x.masked_fill(~valid, 0.0)
        turned = x.gather(1, backward.expand_as(x))
        there, back = self._direction(x, ""), self._direction(turned, "_reverse")
        back = back.gather(1, backward.expand_as(back))
        return torch.cat((there, back), 2).masked_fill(~valid, 0.0)

    def _direction(self, x: Tensor, suffix: str) -> Tensor:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights: list[Tensor] = [self.lstm.get_parameter(f"{name}_l0{suffix}") for name in names]
        zeros = x.new_zeros(1, len(x), self.lstm.hidden_size)
        return torch.lstm(x, (zeros, zeros), weights, True, 1, 0.0, self.training, False, True)[0]


class SteppableLSTM(nn.LSTM):
    """A one-layer LSTM, batch first, that can also be run one step at a time with the same weights."""

    weight_ih_l0: nn.Parameter
    weight_hh_l0: nn.Parameter
    bias_ih_l0: nn.Parameter
    bias_hh_l0: nn.Parameter

    def __init__(self, in_dim: int, hidden_dim: int) -> None:
        super().__init__(in_dim, hidden_dim, batch_first=True)

    def initial_state(self, like: Tensor) -> CellState:
        """Zeros (B, H) on the device and in the type of ``like`` (B, ...)."""
        zeros = like.new_zeros(like.shape[0], self.hidden_size)
        return zeros, zeros

    def step(self, x: Tensor, state: CellState) -> CellState:
        """(B, D_in) -> the next (hidden, cell)."""
        return torch.lstm_cell(x, state, self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0)

    def unrolled(self, known: Tensor) -> UnrolledLSTM:
        """The steps for a loop in which a part of the input, ``known`` (B, T, D_known), is known before the loop."""
        return UnrolledLSTM(self, known)


class UnrolledLSTM:
    """The steps of a `SteppableLSTM` inside a training loop, arranged so that only what must be sequential is.

    The known part of the input is multiplied by its weights once, for all steps, before the loop; the gradient of the
    remaining weights is one matrix product after the loop instead of one per step. At the size of Tacotron 2, the usual
    backward pass spends most of its time on sums of 25 MB gradients.
    """

    def __init__(self, lstm: SteppableLSTM, known: Tensor) -> None:
        known_dim = known.shape[-1]
        bias = lstm.bias_ih_l0 + lstm.bias_hh_l0
        self._known_gates = F.linear(known, lstm.weight_ih_l0[:, :known_dim], bias).unbind(1)  # T x (B, 4H)
        self._tape: list[tuple[Tensor, Tensor]] = []
        recurrent = torch.cat((lstm.weight_ih_l0[:, known_dim:], lstm.weight_hh_l0), 1)  # (4H, D_rest + H)
        self._weight = _Collect.apply(recurrent.to(self._known_gates[0].dtype), self._tape)

    def step(self, t: int, rest: Tensor, state: CellState) -> CellState:
        """Step ``t`` with the remaining input ``rest`` (B, D_rest): the next (hidden, cell)."""
        hidden, cell = state
        x = torch.cat((rest.to(hidden.dtype), hidden), 1).to(self._weight.dtype)
        gates = self._known_gates[t] + _Product.apply(x, self._weight, self._tape)
        return lstm_cell(gates.to(cell.dtype).chunk(4, 1), cell)


def lstm_cell(gates: Sequence[Tensor], cell: Tensor) -> CellState:
    """Four gates (B, H) before their nonlinearities, in torch's order, and the old cell: the next (hidden, cell)."""
    i, f, g, o = gates
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


class _Collect(torch.autograd.Function):
    """Identity on a weight; computes its gradient from the tape that later `_Product`s write."""

    @staticmethod
    def forward(ctx, weight: Tensor, tape: list) -> Tensor:
        ctx.tape = tape
        return weight.view_as(weight)

    @staticmethod
    def backward(ctx, _: Tensor) -> tuple[Tensor, None]:
        inputs, gradients = zip(*ctx.tape)
        ctx.tape.clear()
        return torch.cat(gradients).T @ torch.cat(inputs), None


class _Product(torch.autograd.Function):
    """x @ weight.T; writes the inputs of the weight's gradient to the tape."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, tape: list) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.tape = tape
        return x @ weight.T

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        x, weight = ctx.saved_tensors
        ctx.tape.append((x, gradient))
        return gradient @ weight, None, None
