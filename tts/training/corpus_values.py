"""What only the corpus knows and its configuration therefore leaves open: how its texts and its mels were made."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from omegaconf import DictConfig

from tts.core.config import instantiate
from tts.data.corpus import Corpus
from tts.voices.finding import find_voice
from tts.voices.voice import read_config

#: Utterances in which the mels of a corpus are measured.
MEASURED = 200


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


def fill_mel_statistics(config: DictConfig, corpus: Corpus) -> DictConfig:
    """A copy of ``config`` with ``mel_mean`` and ``mel_std``, where they are null.

    A run that starts from the weights of another (``init_from``) has that one's; else they are those of the corpus.
    """
    filled = deepcopy(config)
    if config.get("mel_mean") is None or config.get("mel_std") is None:
        source = config.get("init_from")
        known = read_config(find_voice(source)).acoustic if source else None
        filled.mel_mean, filled.mel_std = (known.mel_mean, known.mel_std) if known else mel_statistics(corpus)
    return filled


def mel_statistics(corpus: Corpus) -> tuple[float, float]:
    """Mean and standard deviation of the log mels of a corpus, over utterances spread evenly over it."""
    chosen = np.unique(np.linspace(0, len(corpus) - 1, min(MEASURED, len(corpus))).astype(int))
    values = np.concatenate([corpus.mel(int(index)).ravel() for index in chosen])
    return round(float(values.mean()), 2), round(float(values.std()), 2)
