"""Export a torch module to an ONNX file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from tts.onnx_export.operators import OPSET, register_operators


def write_graph(
    module: nn.Module,
    path: Path,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
) -> Path:
    """Trace ``module`` and write it to ``path``.

    Args:
        module: a module with positional inputs.
        path: the ``.onnx`` file.
        inputs: example inputs by name, in order.
        outputs: names of the outputs.
        dynamic: axes of variable length: name of input or output -> axis -> name of the length.
    """
    register_operators()
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracer warns about shapes that are fixed on purpose
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in dynamic.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    _drop_idle_casts(path)
    _drop_idle_masks(path)
    return path


def _drop_idle_masks(path: Path) -> None:
    """Remove masked fills whose mask is always True, because the graph creates the mask itself."""
    model = onnx.load(str(path))
    needed = {value.name for value in model.graph.output} | set(_inner_inputs(model.graph))
    known: dict[str, bool] = {}  # tensors with the same truth value everywhere
    same: dict[str, str] = {}  # output of a fill -> its unchanged input
    kept = []
    for node in model.graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
        if node.op_type == "ConstantOfShape" and node.attribute:
            value = onnx.numpy_helper.to_array(node.attribute[0].t)
            if value.dtype == bool:
                known[node.output[0]] = bool(value[0])
        elif node.op_type in ("Not", "Unsqueeze", "Expand") and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]] ^ (node.op_type == "Not")
        elif node.op_type == "Where" and known.get(node.input[0]) is False and node.output[0] not in needed:
            same[node.output[0]] = node.input[2]
            continue
        kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, str(path))


def _drop_idle_casts(path: Path) -> None:
    """Remove casts of a type to itself, with which onnxruntime's optimizer sometimes fails."""
    model = onnx.load(str(path))
    inferred = onnx.shape_inference.infer_shapes(model).graph
    values = [*inferred.value_info, *inferred.input, *inferred.output]
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    types |= {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    needed = {value.name for value in model.graph.output} | set(_inner_inputs(model.graph))
    same: dict[str, str] = {}  # output of a cast -> its input
    kept = []
    for node in model.graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
        idle = node.op_type == "Cast" and types.get(node.input[0]) == node.attribute[0].i
        if idle and node.output[0] not in needed:
            same[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, str(path))


def _inner_inputs(graph: onnx.GraphProto, depth: int = 0) -> Iterator[str]:
    """Names that subgraphs of nodes read."""
    for node in graph.node:
        if depth:
            yield from node.input
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _inner_inputs(attribute.g, depth + 1)
    if depth:
        yield from (value.name for value in graph.output)
