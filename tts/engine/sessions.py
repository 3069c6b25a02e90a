"""onnxruntime sessions, set up for small graphs on few cores."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from tts.core.files import read_regular
from tts.voices.finding import VoiceError

Run = Callable[..., list[np.ndarray]]  # inputs by name -> outputs in order

MAX_BYTES = 2_000_000_000  # ONNX's own limit
#: A tensor with external data names its file in an entry with the key "location": field 1, eight bytes, in every
#: encoding of these two numbers that protobuf allows. Versions of onnxruntime differ in the paths that they accept.
_ELSEWHERE = re.compile(rb"(?:\x0a|\x8a\x80{0,8}\x00)(?:\x08|\x88\x80{0,8}\x00)location")
_FLATBUFFER = slice(4, 8), b"ORTM"  # onnxruntime's other format, which is refused


def open_graph(path: Path, threads: int) -> Run:
    """Open a graph as a function from inputs to outputs. The function raises `VoiceError` if the computation fails.

    Raises:
        VoiceError: the file is missing or damaged, or names other files.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.enable_mem_pattern = False  # lengths differ from call to call
    options.log_severity_level = 4  # errors are raised, not logged
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(_content(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the errors of onnxruntime have no common base class
        raise VoiceError(f"{path} cannot be loaded ({_reason(error)}). Copy or export the voice again.") from error

    def run(**inputs: np.ndarray) -> list[np.ndarray]:
        try:
            return session.run(None, inputs)
        except Exception as error:
            raise VoiceError(f"{path} cannot be computed ({_reason(error)}). Export the voice again.") from error

    return run


def _content(path: Path) -> bytes:
    content = read_regular(path, MAX_BYTES)
    place, mark = _FLATBUFFER
    if content[place] == mark:
        raise ValueError("it is no ONNX file")
    if b"location" in content and _ELSEWHERE.search(content):
        raise ValueError("it keeps numbers in another file")
    return content


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
