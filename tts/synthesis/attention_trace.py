"""Synthesizes a sentence, keeps the weights of every attention head, and plots them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from tts.alignment import AlignmentReport, HeadScore, plot_heads, plot_utterance, report, score_heads
from tts.alignment import html_report as page
from tts.core.files import replacing

if TYPE_CHECKING:
    from tts.text.frontend import EncodedText
    from tts.voices.voice import Voice


class AttentionTrace(NamedTuple):
    """One synthesized sentence with the weights of every head."""

    reading: EncodedText
    mel: np.ndarray  # (M, T_mel)
    heads: dict[
        str, np.ndarray
    ]  # name -> (T_dec, T_text); if there are several, the first one is the alignment of the report
    stop: np.ndarray  # (T_dec,)
    health: AlignmentReport
    scores: list[HeadScore]  # of every head; empty if there is only one


def trace_attention(voice: Voice, text: str, seed: int = 0, device: str = "cpu") -> AttentionTrace:
    """Synthesize one sentence and keep the weights of every head. Raises `tts.text.frontend.TextError`."""
    reading = voice.frontend(text)
    tokens = torch.tensor([reading.tokens], device=device)
    output = voice.acoustic.generate(tokens, torch.tensor([len(reading.tokens)], device=device), [seed])
    found, names = output.utterance(0, len(reading.tokens)), list(voice.acoustic.head_names)
    heads, read = found.heads, found.alignment
    return AttentionTrace(
        reading,
        mel=found.mel,
        heads=({"alignment": read} if len(heads) > 1 else {}) | dict(zip(names, heads)),
        stop=found.stop,
        health=report(read, reading.symbols, reading.text, step_seconds=voice.step_seconds),
        scores=score_heads(heads, names) if len(heads) > 1 else [],
    )


def write_pictures(path: Path, inspected: list[AttentionTrace]) -> list[Path]:
    """Draw one figure for each sentence; returns the paths."""
    paths = [path] if len(inspected) == 1 else [path.with_stem(f"{path.stem}-{n + 1}") for n in range(len(inspected))]
    for one, where in zip(inspected, paths):
        title, symbols = f"{one.reading.text}\n{one.health.verdict}", one.reading.symbols
        if len(one.heads) == 1:
            figure = plot_utterance(one.mel, next(iter(one.heads.values())), one.stop, symbols, title)
        else:
            figure = plot_heads(np.stack(list(one.heads.values())), symbols, list(one.heads), title)
        with replacing(where) as temporary:
            figure.savefig(temporary)
    return paths


def write_page(path: Path, voice: Voice, inspected: list[AttentionTrace]) -> list[Path]:
    """Write one HTML page with the audio of every sentence."""
    device, readings = voice.mel.window.device, []
    for n, one in enumerate(inspected, 1):
        with torch.inference_mode():
            audio = voice.vocoder(torch.from_numpy(one.mel)[None].to(device))[0].cpu().numpy()
        name = f"{n}: {one.reading.text[:60]}"
        symbols, text = one.reading.symbols, one.reading.text
        readings.append(
            page.page_entry(
                name, None, text, symbols, one.health, one.mel, one.heads, one.stop, audio, voice.mel.sample_rate
            )
        )
    path.unlink(missing_ok=True)  # the page appends to an existing file
    return [page.add_readings(path, readings, f"{voice.name}: attention")]
