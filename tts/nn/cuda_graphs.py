"""CUDA graphs: the kernels of a training step, recorded once and launched again as a whole.

A graph replays kernels at fixed addresses and sizes and runs no Python, so captured code must not wait for results from
the GPU or copy from the host, and its inputs must be tensors at fixed addresses.

A capture forbids unsafe calls of CUDA only to its own thread. In torch's default mode it forbids them to all threads,
and the thread of a data loader that pins memory would end training if it happened to pin a batch during a capture.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from tts.core.interfaces import Memory

WARM_UP = 3  # runs before a capture; libraries choose their kernels in them
MODE = "thread_local"  # see above


class Size(NamedTuple):
    """The shape of the batches of one graph."""

    batch: int
    steps: int
    symbols: int


class ScanGraphs:
    """A loop over decoder steps as CUDA graphs, forward and backward, one for each shape of a batch.

    A graph is captured when its shape first occurs, and keeps the memory of its loop. So training needs batches of few
    shapes (`tts.data.fixed_shapes`).

    Args:
        make: a new module (inputs, values, keys, mask[, num_steps]) -> outputs, for one graph.
    """

    def __init__(self, make: Callable[[], nn.Module]) -> None:
        self._make = make
        self._graphs: dict[Size, GraphedModule] = {}
        self._captures = True  # until a capture fails

    @property
    def captured(self) -> list[Size]:
        """The shapes whose graphs have been captured."""
        return list(self._graphs)

    def __call__(self, inputs: Tensor, memory: Memory) -> tuple[Tensor, ...] | None:
        """The outputs for ``inputs`` (B, T_dec, D_in), or None without a graph: then the loop runs as it is."""
        size = Size(inputs.shape[0], inputs.shape[1], memory.values.shape[1])
        given = (inputs, *(part for part in memory if part is not None))
        if size not in self._graphs and self._captures:
            self._capture(size, given)
        return self._graphs[size](*given) if size in self._graphs else None

    def _capture(self, size: Size, like: Sequence[Tensor]) -> None:
        samples = tuple(x.detach().clone().requires_grad_(x.requires_grad) for x in like)
        device = like[0].device.type
        dtype, enabled = torch.get_autocast_dtype(device), torch.is_autocast_enabled(device)
        try:
            with torch.autocast(device, dtype, enabled, cache_enabled=False):  # a replay must cast the weights again
                self._graphs[size] = GraphedModule(self._make(), samples)
        except RuntimeError as error:  # out of memory, or an operation that cannot be captured
            warnings.warn(f"no CUDA graph for {size} or for other new shapes from now on: {error}", stacklevel=2)
            self._captures = False


class GraphedModule:
    """A module whose forward and backward pass are CUDA graphs, for inputs of the shapes of ``samples``.

    Like `torch.cuda.make_graphed_callables`, which has no argument for the mode of a capture in torch 2.11.

    Args:
        module: inputs -> a tuple of tensors; only tensors, no hooks.
        samples: inputs, at whose addresses a replay reads its inputs.
    """

    def __init__(self, module: nn.Module, samples: tuple[Tensor, ...]) -> None:
        self.module, self.samples = module, samples
        self.sources = (*samples, *module.parameters())
        self.outputs: tuple[Tensor, ...] = ()
        self.output_gradients: list[Tensor] = []  # of the outputs that have one
        self.gradients: tuple[Tensor | None, ...] = ()  # of the sources that have one
        self.replays = [graph.replay for graph in capture([self._forward, self._backward])]

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The outputs for ``inputs``. The next call overwrites their memory."""
        return _Replay.apply(self, *inputs, *self.sources[len(inputs) :])

    def _forward(self) -> None:
        self.outputs = self.module(*self.samples)

    def _backward(self) -> None:
        outputs = [output for output in self.outputs if output.requires_grad]
        if not self.output_gradients:  # in the warm-up, so that the memory does not belong to a graph
            self.output_gradients = [torch.zeros_like(output) for output in outputs]
        sources = [source for source in self.sources if source.requires_grad]
        self.gradients = torch.autograd.grad(outputs, sources, self.output_gradients, allow_unused=True)


class _Replay(torch.autograd.Function):
    """Replays the graphs of a `GraphedModule`."""

    @staticmethod
    def forward(ctx: Any, graphed: GraphedModule, *sources: Tensor) -> tuple[Tensor, ...]:
        ctx.graphed = graphed
        for sample, given in zip(graphed.samples, sources):  # the parameters are where they were
            sample.copy_(given)
        graphed.replays[0]()
        outputs = tuple(output.detach() for output in graphed.outputs)
        ctx.mark_non_differentiable(*(x for x, kept in zip(outputs, graphed.outputs) if not kept.requires_grad))
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        graphed: GraphedModule = ctx.graphed
        given = [gradient for gradient, kept in zip(gradients, graphed.outputs) if kept.requires_grad]
        for kept, gradient in zip(graphed.output_gradients, given, strict=True):
            kept.copy_(gradient)
        graphed.replays[1]()
        found = iter(graphed.gradients)
        of_sources = [next(found) if source.requires_grad else None for source in graphed.sources]
        return (None, *(x if x is None else x.detach() for x in of_sources))


def capture(stages: Sequence[Callable[[], None]]) -> list[torch.cuda.CUDAGraph]:
    """A graph for each of ``stages``, which share memory and have to be replayed in this order."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            for stage in stages:
                stage()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()
    pool, graphs = torch.cuda.graph_pool_handle(), []
    for stage in stages:
        graphs.append(torch.cuda.CUDAGraph())
        with torch.cuda.graph(graphs[-1], pool=pool, capture_error_mode=MODE):
            stage()
    return graphs
