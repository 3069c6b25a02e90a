"""Training by batch size, beside torchaudio's Tacotron 2 with as many parameters: ``python -m benchmarks.training``.

    python -m benchmarks.training --precision bf16                             # one core
    python -m benchmarks.training --device cuda --precision bf16 --compile --batches 8 16 32 64   # with memory

Forward and backward of a batch of noise, mel frames per second. A recurrent decoder multiplies few rows at a time, as
many as there are utterances; a Transformer and a parallel decoder all their frames. Medians of interleaved repetitions.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor, nn
from torchaudio.models import Tacotron2

from benchmarks.acoustic import from_configuration, interleaved
from benchmarks.reference_tacotron2 import torchaudio_tacotron2
from tts.core.interfaces import Batch

PEER = "torchaudio Tacotron2"
SMALL = {"memory_dim": 256, "hidden": 384, "prenet_dim": 128}  # torchaudio's, of about our parameters
NUM_SYMBOLS = 40
OURS = {  # what to call it: acoustic model, attention, whether it follows durations
    "recurrent, location-sensitive": ("tacotron2_small", "location_sensitive", False),
    "recurrent, stepwise": ("tacotron2_small", "stepwise_monotonic", False),
    "recurrent, along durations": ("tacotron2_small", "stepwise_monotonic", True),
    "Transformer, multi-head": ("transformer_small", "multi_head", False),
    "parallel, along durations": ("parallel", None, True),
}
SMALLER = ["acoustic.decoder.hidden_dim=384", "acoustic.encoder.feedforward_dim=384"]  # of about our parameters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true", help="the models whose time is parallel")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8, 16], metavar="B")
    parser.add_argument("--frames", type=int, default=600, help="of every utterance")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    models = {name: model.to(arguments.device).train() for name, model in build(arguments.compile).items()}
    for name, model in models.items():
        print(f"{name:32s} {sum(weight.numel() for weight in model.parameters()) / 1e6:5.2f} M parameters")
    print(
        f"\nmel frames/s, how many times torchaudio's; {arguments.precision}, utterances of {arguments.frames} frames"
    )
    for B in arguments.batches:
        batch = synthetic_batch(B, arguments.frames).to(arguments.device)
        steps = {name: step_of(model, batch, arguments.precision) for name, model in models.items()}
        seconds = interleaved(steps, arguments.repeats)
        print(f"batch {B}")
        for name, step in steps.items():
            speed, ratio = B * arguments.frames / seconds[name], seconds[PEER] / seconds[name]
            print(f"  {name:32s} {speed:8.0f} {ratio:7.2f} x  {memory(step, arguments.device)}", flush=True)


def build(compiled: bool) -> dict[str, nn.Module]:
    """Theirs and ours, by name."""
    models: dict[str, nn.Module] = {PEER: torchaudio_tacotron2(**SMALL)}
    for name, (acoustic, attention, follows) in OURS.items():
        models[name] = from_configuration(acoustic, attention, *(SMALLER if acoustic == "parallel" else []))
        models[name].use_forced_alignment = follows
        if compiled and not acoustic.startswith("tacotron2"):
            models[name].compile(dynamic=False)
    return models


def synthetic_batch(B: int, T: int) -> Batch:
    """Noise of T frames for every one of B utterances, seven frames a symbol."""
    N = T // 7
    durations = torch.full((B, N), 7)
    durations[:, -1] += T - 7 * N
    tokens, mel = torch.randint(1, NUM_SYMBOLS, (B, N)), torch.randn(B, 80, T)
    pitch = torch.full((B, T), 5.3)
    return Batch(["-"] * B, tokens, torch.full((B,), N), mel, torch.full((B,), T), durations, pitch)


def step_of(model: nn.Module, batch: Batch, precision: str) -> Callable[[], None]:
    """Forward and backward, and nothing left to do on the device."""
    device = batch.mel.device.type

    def step() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            coarse, mel, *others = outputs(model, batch)
        losses = [(said.float() - batch.mel).square().mean() for said in (coarse, mel)]
        (sum(losses) + sum(said.float().square().mean() for said in others)).backward()
        if device == "cuda":
            torch.cuda.synchronize()

    return step


def outputs(model: nn.Module, batch: Batch) -> tuple[Tensor, ...]:
    """Mel before and after the post-net, stop logits; of a parallel model also durations, pitch, voicing, energy."""
    if isinstance(model, Tacotron2):
        return model(batch.tokens, batch.token_lengths, batch.mel, batch.mel_lengths)[:3]
    said = model(batch)
    prosody = () if said.prosody is None else (said.prosody.log_durations, *said.prosody.predicted)
    return said.mel_before, said.mel, said.stop_logits, *prosody


def memory(step: Callable[[], None], device: str) -> str:
    """What a step on a GPU needs beside weights and gradients."""
    if torch.device(device).type != "cuda":
        return ""
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()  # weights and gradients of all models
    step()
    return f"{(torch.cuda.max_memory_allocated() - before) / 2**20:7.0f} MiB"


if __name__ == "__main__":
    main()
