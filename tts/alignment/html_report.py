"""An HTML report: alignment, mel, stop curve, sound and verdict of utterances, by training step.

The file contains everything that it shows, so it can be opened from a disk, sent by mail and archived. `add_readings`
appends new readings. A reading is a line of JSON in a ``<script>`` element: pictures as gray PNG, the sound as MP3,
about 60 kB for five seconds.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from tts.alignment.report import AlignmentReport
from tts.core.files import atomic_write

TEMPLATE = Path(__file__).with_name("html_report.html")
MARK, PREFACE = "<!-- readings -->\n", "<!-- preface -->\n"
LINE = '<script type="application/json" class="reading" data-key="{key}">{data}</script>\n'
KEY = re.compile(r'^<script type="application/json" class="reading" data-key="(.*?)">')
MEL_RANGE = (-11.5, 2.0)  # natural logarithm: from the floor to the loudest


def page_entry(
    name: str,
    step: int | None,
    text: str,
    symbols: Sequence[str],
    health: AlignmentReport,
    mel: np.ndarray,
    alignments: Mapping[str, np.ndarray],
    stop: np.ndarray,
    audio: np.ndarray,
    sample_rate: int,
) -> dict[str, Any]:
    """The data of one utterance for the page.

    Args:
        name: of the sentence; readings with the same name differ in the step.
        step: of the training; None outside of training.
        text: the text.
        symbols: T_text strings.
        health: report of its alignment.
        mel: (M, T_mel), natural logarithm.
        alignments: one or several (T_dec, T_text), by the name of the head.
        stop: (T_dec,) probabilities.
        audio: (T_wav,) in [-1, 1].
        sample_rate: in Hz.
    """
    low, high = MEL_RANGE
    numbers = {"focus": health.focus, "path mass": health.path_mass, "coverage": health.coverage}
    return {
        "name": name,
        "step": step,
        "text": text,
        "symbols": list(symbols),
        "verdict": health.verdict,
        "healthy": health.healthy,
        "numbers": {key: round(value, 4) for key, value in numbers.items()},
        "faults": [{"symbols": fault.symbols, "steps": fault.steps} for fault in health.faults],
        "seconds": len(audio) / sample_rate,
        "mel": _picture((mel - low) / (high - low)),
        "alignments": [{"name": head, "image": _picture(weights.T)} for head, weights in alignments.items()],
        "stop": np.round(100 * np.nan_to_num(stop)).astype(int).tolist(),
        "audio": audio_data_url(audio, sample_rate),
    }


def add_readings(path: str | Path, readings: Sequence[Mapping[str, Any]], title: str, preface: str = "") -> Path:
    """Add ``readings`` to the page at ``path``; a reading with the same name and step is replaced.

    A reading may have ``others``: the same text spoken by other systems, each a ``name`` and an ``audio`` of
    `audio_data_url`. ``preface`` is HTML under the title; the link ``#sentence=NAME`` in it shows a reading. The whole
    file is replaced at once, so that a reader sees either the old or the new file.
    """
    path = Path(path)
    lines = {f"{one['step']} {one['name']}": _line(one) for one in readings}
    keyed = [(KEY.match(line), line) for line in _lines(path)]
    kept = [line for key, line in keyed if key is not None and html.unescape(key[1]) not in lines]
    before, _, after = TEMPLATE.read_text(encoding="utf-8").partition(MARK)
    before = re.sub("<title>.*</title>", lambda _: f"<title>{html.escape(title)}</title>", before)
    before = before.replace(PREFACE, preface)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, "".join([before, *kept, *lines.values(), after]))
    return path


def _lines(path: Path) -> list[str]:
    """The JSON lines of the readings in a page; empty if there is no page."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [line for line in file if KEY.match(line)]


def _line(one: Mapping[str, Any]) -> str:
    data = json.dumps(one, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    key = html.escape(f"{one['step']} {one['name']}")
    return LINE.format(key=key, data=data.replace("<", "\\u003c"))  # no text can end the element


def _picture(values: np.ndarray) -> str:
    """(rows, columns) in [0, 1] as a gray PNG, a data URL; row 0 is the first line of the file."""
    gray = np.round(255 * np.clip(np.nan_to_num(values), 0.0, 1.0)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(gray)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def audio_data_url(audio: np.ndarray, sample_rate: int) -> str:
    """A data URL; MP3, which every browser plays, if libsndfile can write it."""
    format = "MP3" if "MP3" in soundfile.available_formats() else "FLAC"
    file = io.BytesIO()
    soundfile.write(file, np.clip(np.nan_to_num(audio), -1.0, 1.0), sample_rate, format=format)
    kind = {"MP3": "mpeg", "FLAC": "flac"}[format]
    return f"data:audio/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
