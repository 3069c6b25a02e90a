"""Metrics of every system and category, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tts.evaluation.error_rates import error_rates
from tts.evaluation.intervals import mean_interval
from tts.evaluation.test_texts import EvaluationText

Scores = dict[str, dict[str, float]]  # system label -> metrics, for one category

MEASURES = {  # measure -> heading, digits
    "texts": ("texts", 0),
    "errors": ("errors ↓", 0),
    "errors_kept": ("repaired ↓", 0),
    "coverage": ("coverage ↑", 4),
    "wer": ("WER % ↓", 1),
    "cer": ("CER % ↓", 1),
    "mos": ("MOS ↑", 2),
    "mcd": ("MCD dB ↓", 2),
    "f0_cents": ("F0 cents ↓", 0),
    "f0_spread": ("F0 spread", 2),
    "voiced_ratio": ("voiced", 2),
    "duration_ratio": ("duration", 3),
    "rate": ("sounds/s", 1),
    "rtf": ("RTF ↓", 4),
    "first_audio": ("first s ↓", 3),
}
MEANS = ("mcd", "f0_cents", "f0_hz", "voicing", "f0_spread", "voiced_ratio", "duration_ratio")


def score(
    passages: Sequence[EvaluationText],
    readings: Mapping[str, Any],
    measured: Mapping[str, Mapping[str, Any]],
    voice: str,
) -> dict[str, Scores]:
    """The metrics by category and system label, with categories in the order of their texts.

    Args:
        passages: all texts.
        readings: results of the voice by id, from `tts.evaluation.runs.synthesize_all`.
        measured: results by label and id, from `tts.evaluation.systems.measure_all`.
        voice: the label of the voice.
    """
    found: dict[str, Scores] = {}
    for category in dict.fromkeys(passage.category for passage in passages):
        chosen = [passage for passage in passages if passage.category == category]
        rows = {label: [passage for passage in chosen if passage.id in row] for label, row in measured.items()}
        found[category] = {
            label: _audio_metrics(texts, readings, measured[label])
            | (_synthesis_metrics([readings[text.id] for text in texts]) if label == voice else {})
            for label, texts in rows.items()
            if texts
        }
    return found


def _audio_metrics(
    texts: Sequence[EvaluationText], readings: Mapping[str, Any], row: Mapping[str, Any]
) -> dict[str, float]:
    """Metrics of any audio. Letters per second count the phonemes of the evaluated voice, for every system."""
    measured = [row[text.id] for text in texts]
    seconds, symbols = sum(one["seconds"] for one in measured), sum(readings[text.id]["symbols"] for text in texts)
    found = {"texts": len(texts), "seconds": seconds, "rate": symbols / seconds}
    for name in MEANS:
        values = [one[name] for one in measured if one.get(name) is not None and not np.isnan(one[name])]
        found |= {name: float(np.mean(values))} if values else {}
    if all("heard" in one for one in measured):
        found |= error_rates(measured)
    if all("mos" in one for one in measured):
        ratings = [one["mos"] for one in measured]
        found |= {"mos": float(np.mean(ratings)), "mos_interval": mean_interval(ratings)}
    return found


def _synthesis_metrics(readings: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Metrics of synthesized speech with alignment reports; times are medians."""
    sentences = [sentence for reading in readings for sentence in reading["sentences"]]
    letters = [sentence["letters"] for sentence in sentences]
    coverage = [sentence["report"]["coverage"] for sentence in sentences]
    repaired = any(len(sentence["attempts"]) > 1 for sentence in sentences)
    return {
        "sentences": sum(reading["tried"] for reading in readings),
        "errors": sum(reading["errors"] for reading in readings),
        **({"errors_kept": sum(reading["errors_kept"] for reading in readings)} if repaired else {}),
        "coverage": float(np.average(coverage, weights=np.maximum(letters, 1))),
        "rtf": float(np.median([reading["synthesis"] / reading["seconds"] for reading in readings])),
        "first_audio": float(np.median([reading["first_audio"] for reading in readings])),
    }


def table(scores: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[list[str]]:
    """A heading, then one row for each category and system; columns without any value are left out.

    The number after ± is half of the 95 % confidence interval over texts.
    """
    rows = [(category, label, values) for category, labels in scores.items() for label, values in labels.items()]
    known = [name for name in MEASURES if any(name in values for *_, values in rows)]
    return [
        ["category", "system", *(MEASURES[name][0] for name in known)],
        *([category, label, *(_cell(name, values) for name in known)] for category, label, values in rows),
    ]


def _cell(name: str, values: Mapping[str, float]) -> str:
    value = values.get(name)
    if value is None or np.isnan(value):
        return ""
    if name == "errors":
        return f"{value} of {values['sentences']}"
    digits, interval = MEASURES[name][1], values.get(f"{name}_interval")
    within = "" if interval is None or np.isnan(interval) else f" ±{interval:.{digits}f}"
    return f"{value:.{digits}f}{within}"
