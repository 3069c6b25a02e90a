"""onnxruntime sessions, set up for small graphs on few cores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from tts.voices.finding import VoiceError

Run = Callable[..., list[np.ndarray]]  # inputs by name -> outputs in order


def open_graph(path: Path, threads: int) -> Run:
    """A graph as a function.

    Raises:
        VoiceError: the file is missing or damaged.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.enable_mem_pattern = False  # lengths differ from call to call
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own have no common base
        reason = str(error).splitlines()[0]
        raise VoiceError(f"{path} cannot be loaded ({reason}). Copy or export the voice again.") from error
    return lambda **inputs: session.run(None, inputs)
