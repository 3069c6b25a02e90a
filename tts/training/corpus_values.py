"""What only the corpus knows and its configuration therefore leaves open: how its texts and its mels were made."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from omegaconf import DictConfig

from tts.core.config import instantiate


def fill_in(config: DictConfig, corpus: dict[str, Any], *sections: str) -> DictConfig:
    """A copy of ``config`` whose ``sections`` (``text``, ``audio``) are the corpus' own.

    Other values refer to them by interpolation. With ``text`` comes ``num_symbols``.

    Args:
        config: as composed.
        corpus: the configuration that the corpus was prepared with.
        sections: what to take over.
    """
    filled = deepcopy(config)
    for section in sections:
        filled[section] = corpus[section]
    if "text" in sections:
        filled.num_symbols = instantiate(corpus["text"], "text").num_symbols
    return filled
