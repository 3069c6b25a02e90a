"""Static int8 quantization: scales of weights per output channel, ranges of activations measured at export.

A dynamic range would depend on the frames that are computed together, so a stream would sound different from the whole.
A static range is the same for every chunk and costs nothing at run time.

Matrix products with constant weights become ``MatMulIntegerToFloat`` of onnxruntime, and convolutions become such
products over neighboring frames. Weights use 7 of 8 bits, because sums of two 8-bit products overflow 16 bits on
processors without VNNI.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, NodeProto, helper, numpy_helper

Feeds = Mapping[str, np.ndarray]
MAX_WEIGHT = 63  # 7 bits with a sign
MIN_SIZE = 4096  # elements; smaller weights stay float32, because they are fast enough
TAIL = 1e-4  # fraction of the values of an activation that may be clipped at each end


class Product(NamedTuple):
    """A node that multiplies by a constant matrix, and the bias that is added."""

    node: NodeProto
    output: str  # output name, after the bias
    weight: np.ndarray  # (K, N)
    bias: np.ndarray | None  # (N,)
    taps: int  # frames under a convolution; 1 for a plain product


def quantize(source: Path, target: Path, feeds: Sequence[Feeds], keep: Iterable[str] = ()) -> Path:
    """Write ``source`` with int8 products to ``target``.

    Args:
        source: a float32 graph.
        target: the file to write; may be ``source``.
        feeds: typical inputs.
        keep: nodes whose names contain one of these strings stay float32.
    """
    model = onnx.load(str(source))
    products = [p for p in _products(model.graph) if not any(part in p.node.name for part in keep)]
    if not products:
        if source != target:
            shutil.copyfile(source, target)
        return target
    ranges = _ranges(model, {p.node.input[0] for p in products}, feeds)
    by_name = {p.node.output[0]: p for p in products}
    added = {p.output for p in products} - set(by_name)
    nodes: list[NodeProto] = []
    in_bytes: set[str] = set()  # activations that are already quantized
    for node in model.graph.node:
        product = by_name.get(node.output[0])
        if product is not None:
            nodes += _quantized(model.graph, product, *ranges[product.node.input[0]], in_bytes)
        elif node.output[0] not in added:
            nodes.append(_with_tanh(node) if node.op_type == "Gelu" else node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _drop_unused(model.graph)
    if not any(opset.domain == "com.microsoft" for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(target))
    return target


def _with_tanh(gelu: NodeProto) -> NodeProto:
    """``gelu`` by its tanh approximation: a quarter less time, an error of 5e-4, while a step of 8 bits is 2e-2."""
    return helper.make_node("Gelu", gelu.input, gelu.output, name=gelu.name, approximate="tanh")


def _products(graph: GraphProto) -> list[Product]:
    constants = {tensor.name: tensor for tensor in graph.initializer}
    readers = _readers(graph)
    found = []
    for node in graph.node:
        if node.op_type not in ("MatMul", "Gemm", "Conv") or node.input[1] not in constants:
            continue
        weight = numpy_helper.to_array(constants[node.input[1]])
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        bias = numpy_helper.to_array(constants[node.input[2]]) if len(node.input) > 2 else None
        taps = 1
        if node.op_type == "Gemm":
            weight = weight.T if attributes.get("transB") else weight
        if node.op_type == "Conv":
            taps = weight.shape[-1]
            plain = attributes.get("group", 1) == 1 and set(attributes.get("strides", [1])) == {1}
            same = list(attributes.get("pads", [])) == [taps // 2] * 2 and set(attributes.get("dilations", [1])) == {1}
            if weight.ndim != 3 or not plain or not same:
                continue
            weight = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])  # (taps * C_in, C_out)
        if weight.ndim == 2 and weight.size >= MIN_SIZE and weight.dtype == np.float32:
            output = node.output[0]
            if bias is None:
                output, bias = _added(node, weight.shape[1], constants, readers)
            found.append(Product(node, output, weight, bias, taps))
    return found


def _readers(graph: GraphProto) -> dict[str, list[NodeProto]]:
    """The nodes that read a tensor, by its name. An output of the graph counts as one more reader."""
    readers: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    for value in graph.output:
        readers.setdefault(value.name, []).append(NodeProto())
    return readers


def _added(
    node: NodeProto, width: int, constants: Mapping[str, onnx.TensorProto], readers: Mapping[str, list[NodeProto]]
) -> tuple[str, np.ndarray | None]:
    """The output and the vector of the addition that is the only reader of a product, or its own output and None."""
    after = readers.get(node.output[0], [])
    if len(after) == 1 and after[0].op_type == "Add":
        other = [constants[name] for name in after[0].input if name in constants]
        if other and list(other[0].dims) == [width]:
            return after[0].output[0], numpy_helper.to_array(other[0])
    return node.output[0], None


def _ranges(model: onnx.ModelProto, names: set[str], feeds: Sequence[Feeds]) -> dict[str, tuple[float, float]]:
    """The smallest and largest value of each tensor, without the tails."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    outputs = sorted(names)
    inputs = {value.name for value in probe.graph.input}
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in outputs if name not in inputs)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(probe.SerializeToString(), options)
    ranges: dict[str, tuple[float, float]] = {}
    for feed in feeds:
        seen = dict(zip([value.name for value in probe.graph.output], session.run(None, dict(feed))))
        for name in outputs:
            values = feed[name] if name in inputs else seen[name]
            low, high = (
                np.quantile(values, [TAIL, 1 - TAIL]) if values.size > 1 / TAIL else (values.min(), values.max())
            )
            before = ranges.get(name, (0.0, 0.0))
            ranges[name] = min(before[0], float(low)), max(before[1], float(high))
    return ranges


def _quantized(graph: GraphProto, product: Product, low: float, high: float, in_bytes: set[str]) -> list[NodeProto]:
    """The nodes that replace ``product``, whose input lies between ``low`` and ``high``."""
    node, name = product.node, product.output
    step = max((high - low) / 255, 1e-9)
    zero = int(np.clip(round(-low / step), 0, 255))
    weight_steps = np.maximum(np.abs(product.weight).max(0) / MAX_WEIGHT, 1e-12).astype(np.float32)
    weight = np.round(product.weight / weight_steps).astype(np.int8)

    def constant(suffix: str, value: np.ndarray) -> str:
        graph.initializer.append(numpy_helper.from_array(value, f"{name}.{suffix}"))
        return f"{name}.{suffix}"

    names = {
        "step": constant("step", np.float32(step)),
        "zero": constant("zero", np.uint8(zero)),
        "weight": constant("weight", weight),
        "weight_steps": constant("weight_steps", weight_steps),
    }
    nodes, x = [], node.input[0]
    convolution = node.op_type == "Conv"
    if convolution:
        nodes.append(helper.make_node("Transpose", [x], [f"{name}.rows"], perm=[0, 2, 1]))
        x = f"{name}.rows"
    if node.op_type == "Gemm" and any(a.name == "transA" and a.i for a in node.attribute):
        nodes.append(helper.make_node("Transpose", [x], [f"{name}.rows"], perm=[1, 0]))
        x = f"{name}.rows"
    if f"{x}.bytes" not in in_bytes:
        nodes.append(helper.make_node("QuantizeLinear", [x, names["step"], names["zero"]], [f"{x}.bytes"]))
        in_bytes.add(f"{x}.bytes")
    x = f"{x}.bytes"
    if product.taps > 1:
        x = _neighbors(nodes, constant, name, x, product.taps, names["zero"])
    inputs = [x, names["weight"], names["step"], names["weight_steps"], names["zero"]]
    if product.bias is not None:
        inputs += ["", constant("bias", product.bias)]
    output = f"{name}.product" if convolution else name
    nodes.append(helper.make_node("MatMulIntegerToFloat", inputs, [output], domain="com.microsoft", name=node.name))
    if convolution:
        nodes.append(helper.make_node("Transpose", [output], [name], perm=[0, 2, 1]))
    return nodes


def _neighbors(nodes: list[NodeProto], constant, name: str, x: str, taps: int, zero: str) -> str:
    """Add nodes that concatenate ``taps`` frames: (1, T, C) bytes -> (1, T, taps * C). Returns the output name."""
    side = taps // 2
    pads = constant("pads", np.array([0, side, 0, 0, side, 0], dtype=np.int64))
    nodes.append(helper.make_node("Pad", [x, pads, zero], [f"{name}.padded"]))
    axis = constant("axis", np.array([1], dtype=np.int64))
    parts = []
    for tap in range(taps):
        end = tap - taps + 1 or np.iinfo(np.int64).max
        bounds = [constant(f"bound{tap}{key}", np.array([at], dtype=np.int64)) for key, at in (("a", tap), ("b", end))]
        nodes.append(helper.make_node("Slice", [f"{name}.padded", *bounds, axis], [f"{name}.tap{tap}"]))
        parts.append(f"{name}.tap{tap}")
    nodes.append(helper.make_node("Concat", parts, [f"{name}.neighbors"], axis=2))
    return f"{name}.neighbors"


def _drop_unused(graph: GraphProto) -> None:
    used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
