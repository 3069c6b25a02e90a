"""Products with float16 weights and all else in float32, for generation on a CPU.

One step of one utterance reads every weight once, and reading takes almost all of its time: half the bytes take half
the time. Every row of a batch is a separate product, whose result does not depend on the other rows, bit for bit.
"""

from __future__ import annotations

import copy
from typing import overload
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from tts.nn.recurrent import CellState, SteppableLSTM, lstm_cell

_HALVED: WeakKeyDictionary[nn.Module, tuple[list, nn.Module]] = WeakKeyDictionary()  # packing takes long


@overload
def with_fp16_weights(module: SteppableLSTM) -> FP16LSTM: ...


@overload
def with_fp16_weights(module: nn.Module) -> nn.Module: ...


def with_fp16_weights(module: nn.Module) -> nn.Module:
    """``module`` with float16 weights in its `torch.nn.Linear` and `SteppableLSTM`; made again when weights change."""
    version = [(weight.data_ptr(), weight._version) for weight in module.parameters()]
    if module not in _HALVED or _HALVED[module][0] != version:
        _HALVED[module] = version, _with_fp16_weights(module)
    return _HALVED[module][1]


def _with_fp16_weights(module: nn.Module) -> nn.Module:
    if isinstance(module, nn.Linear):
        half = FP16Linear(module.weight, module.bias)
        half.weight, half.bias = module.weight, module.bias  # for code that reads them
        return half
    if isinstance(module, SteppableLSTM):
        return FP16LSTM(module)
    twin = copy.copy(module)  # shares all parts that are not replaced here
    twin._modules = {name: child and _with_fp16_weights(child) for name, child in module._modules.items()}
    return twin


class FP16Linear(nn.Module):
    """x @ weight.T + bias with ``weight`` (D_out, D_in) rounded to float16; numbers above 65,504 are clipped to it."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        bias = weight.new_zeros(self.out_features) if bias is None else bias
        self._packed = None
        if torch.backends.quantized.engine in ("x86", "fbgemm"):  # these have kernels for this
            self._packed = torch.ops.quantized.linear_prepack_fp16(weight.float(), bias.float())
        else:
            self._weight, self._bias = weight.clamp(-65504, 65504).half(), bias.float()

    def forward(self, x: Tensor) -> Tensor:
        """(..., D_in) -> (..., D_out)."""
        if self._packed is not None:
            return torch.ops.quantized.linear_dynamic_fp16.default(x, self._packed)
        rows = [torch.mv(self._weight, row) for row in x.half().flatten(0, -2)]
        return torch.stack(rows).unflatten(0, x.shape[:-1]).float() + self._bias


class FP16LSTM(nn.Module):
    """The steps of a `SteppableLSTM`."""

    def __init__(self, lstm: SteppableLSTM) -> None:
        super().__init__()
        weight = torch.cat((lstm.weight_ih_l0, lstm.weight_hh_l0), 1)  # (4H, D_in + H)
        self._gates = FP16Linear(weight, lstm.bias_ih_l0 + lstm.bias_hh_l0)

    def step(self, x: Tensor, state: CellState) -> CellState:
        """(B, D_in) -> the next (hidden, cell)."""
        hidden, cell = state
        return lstm_cell(self._gates(torch.cat((x, hidden), 1)).chunk(4, 1), cell)
