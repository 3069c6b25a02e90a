"""ONNX models on one thread, with inner values made visible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tts.data.engines.base import EngineError, require


def open_session(model: str | Path | bytes, visible: str) -> Any:
    """An ``onnxruntime.InferenceSession`` of ``model`` (a file or its bytes).

    Args:
        model: the ONNX model.
        visible: name of an inner float32 value that becomes the last output.

    Raises:
        EngineError: onnx or onnxruntime is missing, or the model has no such value.
    """
    onnx = require("onnx", "pip install onnx onnxruntime")
    runtime = require("onnxruntime", "pip install onnx onnxruntime")
    loaded = onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(str(model))
    if visible not in {name for node in loaded.graph.node for name in node.output}:
        raise EngineError(f"The model has no '{visible}'. Install the version of the engine that the guide names.")
    loaded.graph.output.append(onnx.helper.make_tensor_value_info(visible, onnx.TensorProto.FLOAT, None))
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(loaded.SerializeToString(), options, providers=["CPUExecutionProvider"])
