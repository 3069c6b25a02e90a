"""Complete a configuration with values of the corpus: its text and mel configuration and its mel statistics."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from omegaconf import DictConfig

from tts.core.config import instantiate
from tts.data.corpus import Corpus
from tts.voices.finding import find_voice
from tts.voices.voice import read_config

#: Maximum number of utterances for the statistics of the mels.
MAX_UTTERANCES = 200


def fill_in(config: DictConfig, corpus: dict[str, Any], *sections: str) -> DictConfig:
    """Return a copy of ``config`` with the ``sections`` (``text``, ``audio``) of the corpus.

    Other values refer to them by interpolation. The section ``text`` also sets ``num_symbols``.

    Args:
        config: the composed configuration.
        corpus: the configuration of the corpus.
        sections: the names of the sections to copy.
    """
    filled = deepcopy(config)
    for section in sections:
        filled[section] = corpus[section]
    if "text" in sections:
        filled.num_symbols = instantiate(corpus["text"], "text").num_symbols
    return filled


def fill_mel_statistics(config: DictConfig, corpus: Corpus) -> DictConfig:
    """Return a copy of ``config`` with values for ``mel_mean`` and ``mel_std``, if they are null.

    A run that starts from other weights (``init_from``) uses the values of that run, otherwise those of the corpus.
    """
    filled = deepcopy(config)
    if config.get("mel_mean") is None or config.get("mel_std") is None:
        source = config.get("init_from")
        known = read_config(find_voice(source)).acoustic if source else None
        filled.mel_mean, filled.mel_std = (known.mel_mean, known.mel_std) if known else mel_statistics(corpus)
    return filled


def mel_statistics(corpus: Corpus) -> tuple[float, float]:
    """Mean and standard deviation of the log mels of a corpus, from evenly spaced utterances."""
    chosen = np.unique(np.linspace(0, len(corpus) - 1, min(MAX_UTTERANCES, len(corpus))).astype(int))
    values = np.concatenate([corpus.mel(int(index)).ravel() for index in chosen])
    return round(float(values.mean()), 2), round(float(values.std()), 2)
