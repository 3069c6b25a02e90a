"""Operators that torch's tracing exporter does not support."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch.onnx import register_custom_op_symbolic
from torch.onnx.symbolic_helper import _maybe_get_const as parse_value

OPSET = 20  # the first opset with Gelu


@functools.cache
def register_operators() -> None:
    """Register the operators with the exporter, once per process."""
    known: dict[str, Callable[..., Any]] = {
        "mT": _transpose,
        "squeeze": _squeeze,
        "diff": _difference,
        "special_ndtr": _normal_distribution,
        "unfold": _windows,
        "logcumsumexp": _log_cumulative_sum,
        "expm1": _exponential_minus_one,
    }
    for name, symbolic in known.items():
        register_custom_op_symbolic(f"aten::{name}", symbolic, OPSET)


def _transpose(graph: Any, x: Any) -> Any:
    rank = x.type().dim()
    return graph.op("Transpose", x, perm_i=[*range(rank - 2), rank - 1, rank - 2])


def _squeeze(graph: Any, x: Any, axis: Any) -> Any:
    """Remove an axis of length one. torch's exporter adds a test of the length if it does not know the shape."""
    return graph.op("Squeeze", x, graph.op("Constant", value_t=torch.tensor([parse_value(axis, "i")])))


def _difference(graph: Any, x: Any, order: Any, axis: Any, *ends: Any) -> Any:
    """``torch.diff`` of order 1 along the last axis, the only form in use."""
    last = x.type().dim() - 1
    later = _slice(graph, x, last, 1, torch.iinfo(torch.int64).max)
    return graph.op("Sub", later, _slice(graph, x, last, 0, -1))


def _log_cumulative_sum(graph: Any, x: Any, axis: Any) -> Any:
    """``torch.logcumsumexp`` along the last axis as a sum over a triangle (T, T), exact for any range of ``x``."""

    def constant(*values: int) -> Any:
        return graph.op("Constant", value_t=torch.tensor(values if len(values) != 1 else values[0]))

    length = graph.op("Gather", graph.op("Shape", x), constant(-1))
    index = graph.op("Range", constant(0), length, constant(1))
    last, before_last = (graph.op("Constant", value_t=torch.tensor([value])) for value in (-1, -2))
    later = graph.op(
        "Less",
        graph.op("Unsqueeze", index, last),
        graph.op("Unsqueeze", index, graph.op("Constant", value_t=torch.tensor([0]))),
    )
    never = graph.op("CastLike", graph.op("Constant", value_t=torch.tensor(float("-inf"))), x)
    terms = graph.op("Where", later, never, graph.op("Unsqueeze", x, before_last))  # (..., T, T)
    return graph.op("ReduceLogSumExp", terms, last, keepdims_i=0)


def _exponential_minus_one(graph: Any, x: Any) -> Any:
    one = graph.op("CastLike", graph.op("Constant", value_t=torch.tensor(1.0)), x)
    return graph.op("Sub", graph.op("Exp", x), one)


def _windows(graph: Any, x: Any, axis: Any, size: Any, step: Any) -> Any:
    """``x.unfold(axis, size, 1)`` for an axis of variable length."""
    axis, size, step = (parse_value(value, "i") for value in (axis, size, step))
    if step != 1:
        raise ValueError(f"unfold with a step of {step} cannot be exported; only steps of 1 can")
    axis = axis % x.type().dim()
    ends = [*range(1 - size, 0), torch.iinfo(torch.int64).max]
    taps = [_slice(graph, x, axis, tap, end) for tap, end in enumerate(ends)]
    last = graph.op("Constant", value_t=torch.tensor([-1]))
    return graph.op("Concat", *(graph.op("Unsqueeze", tap, last) for tap in taps), axis_i=-1)


def _slice(graph: Any, x: Any, axis: int, start: int, end: int) -> Any:
    bounds = [graph.op("Constant", value_t=torch.tensor([value])) for value in (start, end, axis)]
    return graph.op("Slice", x, *bounds)


def _normal_distribution(graph: Any, x: Any) -> Any:
    def constant(value: float) -> Any:
        return graph.op("CastLike", graph.op("Constant", value_t=torch.tensor(value)), x)

    error = graph.op("Erf", graph.op("Mul", x, constant(math.sqrt(0.5))))
    return graph.op("Mul", graph.op("Add", error, constant(1.0)), constant(0.5))
