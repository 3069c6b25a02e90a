"""ONNX models on one thread, with an internal value as an additional output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tts.data.engines.base import EngineError, require


def open_session(model: str | Path | bytes, visible: str) -> Any:
    """Open an ``onnxruntime.InferenceSession``.

    Args:
        model: the ONNX model, a file or its bytes.
        visible: name of an internal float32 value that becomes the last output.

    Raises:
        EngineError: onnx or onnxruntime is not installed, or the model does not have the value.
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
