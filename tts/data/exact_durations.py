"""Exact durations of a synthetic corpus, in mel frames, from the times that its engine gave. They need no aligner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tts.data.synthetic import read_records

LAST_SOUND = 0.2  # seconds of the last phoneme that trimming must keep: a final t is silence and then a faint burst


def exact_durations(
    source: Path, items: Sequence[Mapping[str, Any]], config: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """Mel frames per symbol (T_text,) by id, for items whose engine gave the times of exactly their symbols.

    Args:
        source: a folder that `tts.data.synthetic.make_corpus` wrote; another folder gives an empty result.
        items: the utterances of the prepared corpus.
        config: the configuration of the prepared corpus.
    """
    records, symbols, durations = read_records(source), config["text"]["symbols"], {}
    for item in items:
        record = records.get(item["id"], {})
        if record.get("symbols") == "".join(symbols[token] for token in item["tokens"]):
            durations[item["id"]] = frames_per_symbol(record["ends"], item, config["audio"])
    return durations


def spoken_spans(source: Path) -> dict[str, tuple[float, float]]:
    """Start and end of the speech in each recording in seconds, by id, from the times of the engine, if it gave any.

    Trimming by level alone would remove the last phoneme of one clip in sixteen, and a model would learn to skip it.
    """
    spans = {}
    for name, record in read_records(source).items():
        letters = [index for index, symbol in enumerate(record.get("symbols", "")) if symbol.isalpha()]
        if letters:
            starts = [0.0, *record["ends"]]
            last = min(starts[letters[-1]] + LAST_SOUND, starts[letters[-1] + 1])
            spans[name] = (starts[letters[0]], last)
    return spans


def frames_per_symbol(ends: Sequence[float], item: Mapping[str, Any], audio: Mapping[str, Any]) -> np.ndarray:
    """Mel frames per symbol (T_text,) of an item, from the times in seconds at which its symbols end."""
    start, num_frames = item["trim"][0], item["frames"][1]
    edges = (np.asarray(ends) * audio["sample_rate"] - start) / audio["hop_length"]
    edges = np.round(edges).clip(0, num_frames).astype(np.int32)
    edges[-1] = num_frames
    return np.diff(edges, prepend=0)
