"""What a training step keeps in memory for its backward pass, counted on a CPU.

    python -m benchmarks.memory ljspeech/train ljspeech/parallel

Tensors are counted as autograd saves them under bfloat16 autocast, each storage once, weights apart. On a GPU libraries
need some room of their own beside that, padding takes its share, and generation of samples comes on top.
"""

from __future__ import annotations

import sys

import torch
from hydra import compose, initialize_config_dir
from torch import Tensor

import tts.train  # noqa: F401, tells Hydra where the recipes are
from tts.core.config import config_root, instantiate
from tts.core.interfaces import Batch

UTTERANCES, FRAMES_PER_SYMBOL, SYMBOLS = 2, 7, 82  # LJSpeech's mean utterance has 574 frames
GIB = 2**30


def main() -> None:
    """A line for each recipe."""
    for recipe in sys.argv[1:]:
        with initialize_config_dir(str(config_root() / "conf"), version_base="1.3"):
            config = compose("train", [f"experiment={recipe}", "num_symbols=100"])
        model = instantiate(config.acoustic, "acoustic").train()
        weights, frames = sum(x.numel() for x in model.parameters()), config.datamodule.frames_per_batch
        kept = saved(model) / (UTTERANCES * FRAMES_PER_SYMBOL * SYMBOLS)
        fixed = 20 * weights / GIB  # float32 weights, gradients, two moments, average
        print(
            f"{recipe}: {weights / 1e6:.1f} M weights, {fixed:.1f} GiB with all that belongs to them; "
            f"{kept:,.0f} bytes a frame, {kept * frames / GIB:.1f} GiB at {frames:,} frames",
            flush=True,
        )


def saved(model: torch.nn.Module) -> int:
    """Bytes that the backward pass of a batch needs."""
    weights = {x.untyped_storage().data_ptr() for x in model.parameters()}
    sizes: dict[int, int] = {}
    alive: list[Tensor] = []  # so that no address is used twice

    def note(x: Tensor) -> Tensor:
        alive.append(x)
        if (place := x.untyped_storage().data_ptr()) not in weights:
            sizes[place] = x.untyped_storage().nbytes()
        return x

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x), torch.autocast("cpu", torch.bfloat16):
        model(batch())
    return sum(sizes.values())


def batch() -> Batch:
    """Noise, as long as LJSpeech's mean utterance."""
    B, N, T = UTTERANCES, SYMBOLS, SYMBOLS * FRAMES_PER_SYMBOL
    symbols, frames = torch.full((B,), N), torch.full((B,), T)
    durations, pitch = torch.full((B, N), FRAMES_PER_SYMBOL), torch.full((B, T), 5.3)
    tokens, mel = torch.randint(1, 100, (B, N)), torch.randn(B, 80, T) * 2 - 5.5
    return Batch(["-"] * B, tokens, symbols, mel, frames, durations, pitch)


if __name__ == "__main__":
    main()
