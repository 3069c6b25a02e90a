"""Limit the size of a voice's modules by the size of its weight files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

from tts.core.files import check_readable
from tts.voices.finding import VoiceError

#: Extra numbers that modules may hold in tables, and how often a weight may be created again.
TABLES, RENEWALS = 32_000_000, 3
#: Extra tensors that modules may have.
EXTRA_TENSORS = 2000


def weight_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes from the header of a safetensors file. Empty if the file does not exist.

    Raises:
        VoiceError: the file is damaged or is not a regular file.
    """
    if not path.exists():
        return {}
    if not path.is_file():
        raise VoiceError(f"{path} is not a regular file. Copy the voice again.")
    check_readable(path)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise VoiceError(f"{path} is truncated or damaged ({error}). Copy the voice again.") from error


@contextmanager
def sized_by(*files: Path) -> Iterator[None]:
    """While a voice is built, raise `VoiceError` once its modules are much larger than the weights in ``files``."""
    shapes = [shape for path in files for shape in weight_shapes(path).values()]
    most = RENEWALS * sum(map(prod, shapes)) + TABLES
    most_tensors = RENEWALS * len(shapes) + EXTRA_TENSORS
    thread, seen = threading.get_ident(), {"numbers": 0, "tensors": 0}

    def count(module: Any, name: str, tensor: Any) -> None:
        if tensor is None or threading.get_ident() != thread:  # another thread may build another voice
            return
        seen["numbers"] += tensor.numel()
        seen["tensors"] += 1
        if seen["numbers"] > most or seen["tensors"] > most_tensors:
            raise VoiceError(
                f"The config describes a model of more than {seen['numbers']:,} numbers in {seen['tensors']} tensors; "
                f"the weights have {sum(map(prod, shapes)):,}. config.yaml and weights must come from the same export."
            )

    hooks = [
        register_module_parameter_registration_hook(count),
        register_module_buffer_registration_hook(count),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
