"""Lightning callbacks of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import lightning

from tts.core.config import instantiate


def build_callbacks(
    config: Any, complete: Mapping[str, Callable[[Callable[..., lightning.Callback]], lightning.Callback]]
) -> list[lightning.Callback]:
    """The callbacks of ``config``.

    Args:
        config: the section ``callbacks`` of conf/train.yaml.
        complete: by name, what finishes a callback whose yaml says ``_partial_: true``, with parts of the run.
    """
    built = instantiate(config, "callbacks")
    return [complete[name](callback) if name in complete else callback for name, callback in built.items()]
