"""See what a voice attends to while it reads a text.

    python -m tts.plot_attention runs/my_voice "The quick brown fox."                    attention.png
    python -m tts.plot_attention ljspeech_small "The quick brown fox." -o fox.html       with sound, to point at

Phonemes on one axis, frames on the other; a model with several layers or heads shows every one of them, and says which
of them read: go through the text from the first symbol to the last.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # torch is imported below: `--help` and a mistyped path answer at once
    import numpy as np

    from tts.alignment import AlignmentReport, HeadScore
    from tts.text.frontend import EncodedText
    from tts.voices.voice import Voice

IMAGE_SUFFIXES = (".png", ".svg", ".pdf")


class AttentionTrace(NamedTuple):
    """One sentence as it was read, with every head."""

    reading: EncodedText
    mel: np.ndarray  # (M, T_mel)
    heads: dict[str, np.ndarray]  # each (T_dec, T_text), by name; of several, first the one that is judged
    stop: np.ndarray  # (T_dec,)
    health: AlignmentReport
    scores: list[HeadScore]  # of every head; empty where there is one


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status: 0 drawn, 1 failed, 2 asked for something impossible."""
    arguments = _parser().parse_args(argv)
    path = arguments.output
    if path.suffix.lower() not in (*IMAGE_SUFFIXES, ".html"):
        return _fail(f"{path} must end in .html, {', '.join(IMAGE_SUFFIXES[:-1])} or {IMAGE_SUFFIXES[-1]}.", 2)
    from tts.core.config import UntrustedTargetError
    from tts.text.frontend import TextError
    from tts.voices.voice import VoiceError

    try:
        _run(arguments)
    except (VoiceError, TextError, UntrustedTargetError, OSError) as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    return 0


def _run(arguments: argparse.Namespace) -> None:
    import torch

    from tts.text.sentences import split_sentences
    from tts.voices.voice import load_voice

    torch.set_num_threads(1)
    voice = load_voice(arguments.voice).to(arguments.device)
    texts = [sentence.text for sentence in split_sentences(arguments.text)] or [arguments.text]
    inspected = [inspect(voice, text, arguments.seed, arguments.device) for text in texts]
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    draw = _write_page if arguments.output.suffix.lower() == ".html" else _write_pictures
    for path in draw(arguments.output, voice, inspected):
        print(path)
    for one in inspected:
        print(f"{one.reading.text}  {one.health.verdict}")
        for score in one.scores:
            does = "reads" if score.reads else ""
            numbers = f"path mass {score.path_mass:.2f}  coverage {score.coverage:.2f}  focus {score.focus:.2f}"
            print(f"  {score.name:20s} {numbers}  {does}".rstrip())


def inspect(voice: Voice, text: str, seed: int = 0, device: str = "cpu") -> AttentionTrace:
    """Read one sentence and keep the weights of every head. Raises `tts.text.frontend.TextError`."""
    import torch

    from tts.alignment import report, score_heads

    reading = voice.frontend(text)
    tokens = torch.tensor([reading.tokens], device=device)
    output = voice.acoustic.generate(tokens, torch.tensor([len(reading.tokens)], device=device), [seed])
    T_mel, T_dec = int(output.mel_lengths[0]), int(output.decoder_lengths[0])
    heads = output.alignments[0, :, :T_dec].float().cpu().numpy()  # (H, T_dec, T_text)
    step_seconds = T_mel * voice.mel.hop_length / voice.mel.sample_rate / T_dec
    names = list(voice.acoustic.head_names)
    read = output.alignment[0, :T_dec].float().cpu().numpy()  # (T_dec, T_text)
    return AttentionTrace(
        reading,
        mel=output.mel[0, :, :T_mel].float().cpu().numpy(),
        heads=({"alignment": read} if len(heads) > 1 else {}) | dict(zip(names, heads)),
        stop=torch.sigmoid(output.stop_logits[0, :T_dec].float()).cpu().numpy(),
        health=report(read, reading.symbols, reading.text, step_seconds=step_seconds),
        scores=score_heads(heads, names) if len(heads) > 1 else [],
    )


def _write_pictures(path: Path, voice: Voice, inspected: list[AttentionTrace]) -> list[Path]:
    """One for each sentence."""
    import numpy as np

    from tts.alignment import plot_heads, plot_utterance

    paths = [path] if len(inspected) == 1 else [path.with_stem(f"{path.stem}-{n + 1}") for n in range(len(inspected))]
    for one, where in zip(inspected, paths):
        title, symbols = f"{one.reading.text}\n{one.health.verdict}", one.reading.symbols
        if len(one.heads) == 1:
            figure = plot_utterance(one.mel, next(iter(one.heads.values())), one.stop, symbols, title)
        else:
            figure = plot_heads(np.stack(list(one.heads.values())), symbols, list(one.heads), title)
        figure.savefig(where)
    return paths


def _write_page(path: Path, voice: Voice, inspected: list[AttentionTrace]) -> list[Path]:
    import torch

    from tts.alignment import html_report as page

    device, readings = voice.mel.window.device, []
    for n, one in enumerate(inspected, 1):
        with torch.inference_mode():
            audio = voice.vocoder(torch.from_numpy(one.mel)[None].to(device))[0].cpu().numpy()
        name = f"{n}: {one.reading.text[:60]}"
        symbols, text = one.reading.symbols, one.reading.text
        readings.append(
            page.reading(
                name, None, text, symbols, one.health, one.mel, one.heads, one.stop, audio, voice.mel.sample_rate
            )
        )
    path.unlink(missing_ok=True)  # a page grows; this one begins anew
    return [page.add_readings(path, readings, f"{voice.name}: attention")]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tts.plot_attention", description="Draw what a voice attends to.")
    add = parser.add_argument
    add("voice", help="a training run, a voice folder, or a name of python -m tts.synthesize --list-voices")
    add("text", help="what to read; each sentence is drawn on its own")
    add("-o", "--output", type=Path, default=Path("attention.png"), metavar="PATH", help=".png, .svg, .pdf or .html")
    add("--seed", type=int, default=0, help="another seed, another reading (default: 0)")
    add("--device", default="cpu", help="cpu or cuda (default: cpu)")
    return parser


def _fail(message: Any, status: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
