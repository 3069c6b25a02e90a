"""Copy synthesis of held-out recordings with several vocoders."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from tqdm import tqdm

from tts.audio.io import save_audio
from tts.evaluation.asr import resampled
from tts.evaluation.copy_metrics import NAMES, measure
from tts.evaluation.intervals import mean_interval
from tts.evaluation.mos import MOSPredictor

RECORDING = "recording"
MORE_NAMES = {"mos": ("MOS", 2, True), "rtf": ("real-time factor", 4, False)}


def compare(
    recordings: Mapping[str, tuple[np.ndarray, np.ndarray]],
    vocoders: Mapping[str, Any],
    mel: Any,
    folder: Path,
    predictor: MOSPredictor | None = None,
    examples: int = 3,
) -> dict[str, dict[str, float]]:
    """Copy every recording with every vocoder. Returns the mean of each metric by vocoder, the recording first.

    Leaves report.md, report.json with every clip, and audio and pictures of the first ``examples`` recordings.

    Args:
        recordings: (T_wav,) float32 at the mel's rate and the (M, T_mel) to copy it from, by id.
        vocoders: mel -> waveform, by name.
        mel: `tts.audio.mel.MelSpectrogram` that all of them expect.
        folder: where the report goes.
        predictor: adds ``mos``, its rating, and ``mos_interval``.
        examples: how many to leave to listen to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips: dict[str, list[dict[str, float]]] = {name: [] for name in (RECORDING, *vocoders)}
    bar = tqdm(recordings.items(), unit="clip")
    for number, (name, (wav, frames)) in enumerate(bar):
        recording = wav[: len(wav) // mel.hop_length * mel.hop_length]
        copies = {RECORDING: (recording, float("nan"))} | {
            label: _copy(vocoder, frames, recording, mel.sample_rate) for label, vocoder in vocoders.items()
        }
        for label, (copied, factor) in copies.items():
            rating = {"mos": predictor(resampled(copied, mel.sample_rate))} if predictor else {}
            clips[label].append(measure(recording, copied, mel) | rating | {"rtf": factor})
            if number < examples:
                save_audio(folder / f"{name}_{label}.wav", copied, mel.sample_rate)
        if number < examples:
            _draw({label: copied for label, (copied, _) in copies.items()}, mel.sample_rate).savefig(
                folder / f"{name}.png"
            )
    means = {label: _mean(rows) for label, rows in clips.items()}
    _write(
        folder,
        means,
        {label: dict(zip(recordings, rows)) for label, rows in clips.items()},
        list(recordings)[:examples],
    )
    return means


def table(means: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    """A heading with the vocoders, then one row for each metric."""
    rows = [["", *means]]
    for name, (heading, digits, more) in (NAMES | MORE_NAMES).items():
        if name in means[RECORDING]:
            values = [_cell(row[name], row.get(f"{name}_interval"), digits) for row in means.values()]
            rows.append([f"{heading} {'↑' if more else '↓'}", *values])
    return rows


def _cell(value: float, interval: float | None, digits: int) -> str:
    within = "" if interval is None or np.isnan(interval) else f" ±{interval:.{digits}f}"
    return "" if np.isnan(value) else f"{value:.{digits}f}{within}"


@torch.inference_mode()
def _copy(vocoder: Any, frames: np.ndarray, recording: np.ndarray, rate: int) -> tuple[np.ndarray, float]:
    """The copy made of ``frames`` (M, T_mel), as long as the recording, and its real-time factor."""
    begin = time.perf_counter()
    copied = vocoder(torch.from_numpy(frames)[None])[0].numpy()
    factor = (time.perf_counter() - begin) * rate / len(recording)
    copied = np.pad(copied, (0, max(0, len(recording) - len(copied))))[: len(recording)]
    return np.ascontiguousarray(copied, dtype=np.float32), factor


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means over the clips for which a metric has a value; the median of the real-time factor."""
    means = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0] if name != "rtf"}
    interval = {"mos_interval": mean_interval([row["mos"] for row in rows])} if "mos" in rows[0] else {}
    return means | interval | {"rtf": float(np.median([row["rtf"] for row in rows]))}


def _draw(waves: Mapping[str, np.ndarray], rate: int) -> Figure:
    figure = Figure(figsize=(10, 2.5 * len(waves)), layout="constrained")
    for panel, (label, wav) in zip(np.atleast_1d(figure.subplots(len(waves), 1, sharex=True)), waves.items()):
        panel.specgram(wav + 1e-7, NFFT=1024, Fs=rate, noverlap=768, vmin=-140, vmax=-30, cmap="magma")
        panel.set_ylabel(f"{label}\nHz")
    return figure


def _write(folder: Path, means: Mapping[str, Any], clips: Mapping[str, Any], shown: Sequence[str]) -> None:
    heading, *rows = table(means)
    lines = ["# Copy synthesis", "", f"{len(clips[RECORDING])} held-out recordings.", ""]
    lines += [f"| {' | '.join(row)} |" for row in (heading, ["---"] * len(heading), *rows)]
    for name in shown:
        links = ", ".join(f"[{label}]({name}_{label}.wav)" for label in means)
        lines += ["", f"{name}: {links}", "", f"![spectrograms]({name}.png)"]
    (folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "report.json").write_text(json.dumps({"means": means, "clips": clips}, indent=1), encoding="utf-8")
