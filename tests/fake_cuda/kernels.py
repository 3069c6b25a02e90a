"""CPU versions of kernels that torch has only for CUDA."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def _lstm_cell(
    input_gates: Tensor,
    hidden_gates: Tensor,
    cell: Tensor,
    input_bias: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    gates = input_gates + hidden_gates
    if input_bias is not None:
        gates = gates + input_bias + bias
    i, f, g, o = gates.chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    cell = f * cell + i * g
    return o * cell.tanh(), cell, torch.cat((i, f, g, o), 1)


def _lstm_cell_backward(
    grad_hidden: Tensor | None,
    grad_cell: Tensor | None,
    before: Tensor,
    cell: Tensor,
    workspace: Tensor,
    has_bias: bool,
) -> tuple[Tensor, Tensor, Tensor | None]:
    i, f, g, o = workspace.chunk(4, 1)
    grad_hidden = torch.zeros_like(before) if grad_hidden is None else grad_hidden
    grad_cell = torch.zeros_like(before) if grad_cell is None else grad_cell
    squashed = cell.tanh()
    inner = grad_hidden * o * (1 - squashed * squashed) + grad_cell
    parts = (inner * g * i * (1 - i), inner * before * f * (1 - f), inner * i * (1 - g * g))
    gates = torch.cat((*parts, grad_hidden * squashed * o * (1 - o)), 1)
    return gates, inner * f, gates.sum(0) if has_bias else None


KERNELS = {"_thnn_fused_lstm_cell": _lstm_cell, "_thnn_fused_lstm_cell_backward_impl": _lstm_cell_backward}


class Lstm(torch.autograd.Function):
    """An LSTM over a whole sequence, as one call forward and one backward."""

    @staticmethod
    def forward(ctx: Any, device: Any, wrap: Any, options: Any, *parts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``parts`` are the input, both states and the weights."""
        ctx.device, ctx.wrap, ctx.dtype = device, wrap, parts[0].dtype
        inner = [part.inner.detach().float().requires_grad_() for part in parts]
        with torch.enable_grad():
            out = torch.lstm(inner[0], tuple(inner[1:3]), inner[3:], *options)
        ctx.parts, ctx.out = inner, out
        _count(device, "_cudnn_rnn")
        return tuple(wrap(value.detach().to(ctx.dtype)) for value in out)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Any, ...]:
        """Gradients of all ``parts``."""
        _count(ctx.device, "_cudnn_rnn_backward")
        found = torch.autograd.grad(ctx.out, ctx.parts, [slope.inner.float() for slope in slopes])
        asked = ctx.needs_input_grad[3:]
        return None, None, None, *(ctx.wrap(x.to(ctx.dtype)) if wanted else None for x, wanted in zip(found, asked))


def _count(device: Any, name: str) -> None:
    if device.capture is not None:
        raise NotImplementedError("an LSTM over a sequence inside a graph of the fake device")
    device.record.kernels[name] += 1
