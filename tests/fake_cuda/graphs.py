"""Simulate CUDA graphs: operations are recorded once and repeated on the same tensors without Python code.

``with fake_graphs():`` torch.cuda.CUDAGraph, torch.cuda.graph and streams are played. As with CUDA, a capture refuses
host waits and copies from the host, a replay reads and writes the memory of the capture, and it is one launch. A
capture is also refused in the mode in which a call of any other thread would end it, as if a loader pinned memory all
the time. What is not played: that memory which a capture has freed is given to others, streams that run at once, and
the time that is saved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from fake_cuda.device import FakeCuda


class FakeGraph:
    """The replacement of torch.cuda.CUDAGraph."""

    def __init__(self) -> None:
        self.operations: list[tuple[Any, Any, Any, Any]] = []

    @torch.no_grad()
    def replay(self) -> None:
        """Repeat all operations and write to the output tensors of the capture."""
        device, FakeCuda.current = FakeCuda.current, None
        try:
            for function, args, kwargs, out in self.operations:
                again = function(*args, **kwargs)
                for old, new in zip(tree_leaves(out), tree_leaves(again), strict=True):
                    if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)
        finally:
            FakeCuda.current = device
        device.record.kernels["graph"] += 1


@contextlib.contextmanager
def _capture(graph: FakeGraph, pool: Any = None, capture_error_mode: str = "global") -> Iterator[None]:
    """Record a graph; the counters do not include the capture."""
    if capture_error_mode == "global":
        raise RuntimeError("operation not permitted when stream is capturing: another thread pins memory")
    device, before = FakeCuda.current, FakeCuda.current.record
    device.fresh()
    device.capture = graph.operations
    try:
        yield
    finally:
        device.capture, device.record = None, before


@contextlib.contextmanager
def fake_graphs() -> Iterator[None]:
    """Replace CUDA graphs as described in the module docstring."""
    parts = {
        "CUDAGraph": FakeGraph,
        "graph": _capture,
        "Stream": mock.MagicMock,
        "stream": lambda stream: contextlib.nullcontext(),
        "current_stream": mock.MagicMock(),
        "synchronize": lambda: None,
        "graph_pool_handle": lambda: None,
    }
    with contextlib.ExitStack() as stack:
        for name, part in parts.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, part))
        yield
