"""The report of an evaluation: ``report.html`` with audio and pictures, ``report.md`` with tables, ``results.json``.

The page contains all of its data: every sentence of the voice with alignment, mel, stop curve and audio, and the audio
of the other systems for the same text.
"""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm

from tts.alignment import html_report as page
from tts.core.files import atomic_write
from tts.evaluation.scores import table
from tts.evaluation.systems import System
from tts.evaluation.test_texts import EvaluationText

MAX_LISTED = 8  # missing texts in a line


class VoiceEvaluation(NamedTuple):
    """The results of an evaluation."""

    about: dict[str, Any]  # voice, seed, recognizer ...: plain values
    passages: Sequence[EvaluationText]
    readings: Mapping[str, Any]  # by id, see tts.evaluation.runs
    measured: Mapping[str, Mapping[str, Any]]  # by label and id, see tts.evaluation.systems
    scores: Mapping[str, Mapping[str, Mapping[str, float]]]  # by category and label, see tts.evaluation.scores
    missing: Mapping[str, Sequence[str]]  # by label


def write_metadata(path: Path, passages: Sequence[EvaluationText]) -> None:
    """Write ``id|text`` lines, from which another system can synthesize the wave files for ``--system``."""
    lines = (f"{passage.id}|{' '.join(passage.text.split())}\n" for passage in passages)
    atomic_write(path, "".join(lines))


def write_results(path: Path, evaluation: VoiceEvaluation) -> None:
    """Write all numbers as JSON; a value that could not be measured is null."""
    texts = []
    for passage in evaluation.passages:
        reading = evaluation.readings[passage.id]
        sentences = [{k: v for k, v in one.items() if k != "page"} for one in reading["sentences"]]
        systems = {label: row[passage.id] for label, row in evaluation.measured.items() if passage.id in row}
        texts.append({**passage._asdict(), **reading, "sentences": sentences, "systems": systems})
    content = {**evaluation.about, "scores": evaluation.scores, "missing": evaluation.missing, "texts": texts}
    atomic_write(path, json.dumps(_without_nan(content), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_markdown(path: Path, evaluation: VoiceEvaluation) -> None:
    """Write the table, the faults, and the missing results."""
    heading, *rows = table(evaluation.scores)
    lines = [f"# {evaluation.about['voice']}", "", _about(evaluation.about), ""]
    lines += [f"| {' | '.join(row)} |" for row in (heading, ["---"] * len(heading), *rows)]
    lines += [
        "",
        *(f"- {line}" for line in missing_warnings(evaluation.missing)),
        "",
        "## Sentences with errors at the first try",
        "",
    ]
    lines += [f"- {one['name']}: {_first(one)}: {one['text']}" for one in _wrong(evaluation)] or ["None."]
    atomic_write(path, "\n".join(lines) + "\n")


def write_page(path: Path, evaluation: VoiceEvaluation, others: Sequence[System], sample_rate: int) -> None:
    """Write `tts.alignment.html_report` with the table on top and the audio of ``others`` beside each reading."""
    readings = []
    for passage in tqdm(evaluation.passages, desc="writing the page", unit="text", leave=False):
        first, *rest = (sentence["page"] for sentence in evaluation.readings[passage.id]["sentences"])
        sounds = [(other.label, other.find(passage.id)) for other in others]
        audio = [
            {"name": label, "audio": page.audio_data_url(wav, sample_rate)} for label, wav in sounds if wav is not None
        ]
        readings += [{**first, "others": audio}, *rest]
    path.unlink(missing_ok=True)  # the page appends to an existing file
    page.add_readings(path, readings, f"{evaluation.about['voice']}: how it reads", _preface(evaluation))


def missing_warnings(missing: Mapping[str, Sequence[str]]) -> list[str]:
    """One line for each system with missing texts."""
    lines = []
    for label, ids in missing.items():
        more = f" and {len(ids) - MAX_LISTED} more" if len(ids) > MAX_LISTED else ""
        lines.append(f"{label} has no wave file for {', '.join(ids[:MAX_LISTED])}{more}; its row leaves them out")
    return lines


def _about(about: Mapping[str, Any]) -> str:
    heard = f"heard by {about['asr']}" if about["asr"] else "not heard by any recognizer"
    rated = f", rated by {about['mos']}" if about["mos"] else ""
    repair = "with repair" if about["repair"] else "first tries"
    times = f"Times are of the processor, {about['threads']} thread(s)"
    return f"Seed {about['seed']}, {repair}, {heard}{rated}. {times}; ± is half of the 95 % confidence interval."


def _wrong(evaluation: VoiceEvaluation) -> list[dict[str, Any]]:
    """The sentences whose first attempt had faults."""
    sentences = [one for passage in evaluation.passages for one in evaluation.readings[passage.id]["sentences"]]
    return [one for one in sentences if one["attempts"][0]["strategy"] == "first" and not one["attempts"][0]["healthy"]]


def _first(sentence: Mapping[str, Any]) -> str:
    return sentence["attempts"][0]["verdict"]


def _preface(evaluation: VoiceEvaluation) -> str:
    """Table, curves, faults and transcripts as HTML."""
    heading, *rows = table(evaluation.scores)
    parts = [f"<p>{html.escape(_about(evaluation.about))}</p>", _html_table(heading, rows)]
    parts += [f"<p>{html.escape(line)}.</p>" for line in missing_warnings(evaluation.missing)]
    parts += [
        "<h2>Curves</h2>",
        f'<img alt="seconds against letters, and error rates" src="{_picture(_curves(evaluation))}">',
    ]
    wrong = [f"<li>{_link(one['name'])}: {html.escape(_first(one))}</li>" for one in _wrong(evaluation)]
    parts += [
        "<h2>Sentences with errors at the first try</h2>",
        f"<ul>{''.join(wrong)}</ul>" if wrong else "<p>None.</p>",
    ]
    if evaluation.about["asr"]:
        parts += ["<details><summary>What was heard</summary>", _heard(evaluation), "</details>"]
    return "\n".join([*parts, "<h2>Every sentence</h2>", ""])


def _heard(evaluation: VoiceEvaluation) -> str:
    rows = []
    for passage in evaluation.passages:
        name = evaluation.readings[passage.id]["sentences"][0]["name"]
        lines = [f"<b>{html.escape(passage.text)}</b>"]
        lines += [
            f"{html.escape(label)}: {html.escape(row[passage.id]['heard'])}"
            for label, row in evaluation.measured.items()
            if passage.id in row
        ]
        rows.append(f'<tr><td>{_link(name)}</td><td class="text">{"<br>".join(lines)}</td></tr>')
    return f"<table>{''.join(rows)}</table>"


def _html_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"<tr>{''.join(f'<th>{html.escape(cell)}</th>' for cell in heading)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _link(name: str) -> str:
    return f'<a href="#sentence={quote(name)}">{html.escape(name)}</a>'


def _curves(evaluation: VoiceEvaluation) -> Figure:
    """Plot seconds over letters, where early ends and stalls are outliers, and sorted error rates."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for label, row in evaluation.measured.items():
        letters = [evaluation.readings[name]["symbols"] for name in row]
        left.scatter(letters, [one["seconds"] for one in row.values()], s=8, label=label, alpha=0.6)
        rates = [100 * one["character_errors"] / one["characters"] for one in row.values() if one.get("characters")]
        if rates:
            right.plot(np.linspace(0, 100, len(rates)), sorted(rates), label=label)
    left.set(xlabel="letters", ylabel="seconds", xscale="log", yscale="log")
    right.set(xlabel="% of the texts", ylabel="character errors % at most")
    left.legend(fontsize=8)
    return figure


def _picture(figure: Figure) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
