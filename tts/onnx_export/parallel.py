"""The graphs of the parallel acoustic model; `tts.engine.parallel` runs them.

Both take one utterance without padding. What lies between them, the durations in decoder steps, stays outside: there
speed acts, and other runtimes may set durations of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tts.acoustic.parallel_model import ParallelModel
from tts.attention.parallel import Timing, timing
from tts.onnx_export.graphs import write_graph


class EncoderGraph(nn.Module):
    """tokens (T_text,) -> memory (T_text, D), frames (T_text,)."""

    def __init__(self, model: ParallelModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        tokens = tokens.unsqueeze(0)
        mask = torch.ones_like(tokens, dtype=torch.bool)
        memory = self.model.encoder(tokens, mask.sum(1))
        return memory[0], self.model.predict_durations(memory, mask)[0]


class DecoderGraph(nn.Module):
    """memory (T_text, D), pitch shift, timing -> mel (T_mel, M), alignment (T_dec, T_text)."""

    def __init__(self, model: ParallelModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, memory: Tensor, pitch_shift: Tensor, durations: Tensor, centers: Tensor, symbols: Tensor, progress: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        memory, symbols = memory.unsqueeze(0), symbols.unsqueeze(0)
        mask = torch.ones_like(memory[..., 0], dtype=torch.bool)
        place = Timing(
            durations.unsqueeze(0),
            centers.unsqueeze(0),
            symbols,
            progress.unsqueeze(0),
            torch.ones_like(symbols).sum(1),
            mask.sum(1),
        )
        decoded = self.model.decoder(
            memory, mask, place, None, lambda prosody: prosody._replace(pitch=prosody.pitch + pitch_shift)
        )
        alignment = decoded.alignments[0, self.model.decoder.alignment_heads].mean(0)
        return decoded.mel[0].T * self.model.mel_std + self.model.mel_mean, alignment


def export_parallel(model: ParallelModel, folder: Path) -> dict[str, Any]:
    """Write the graphs of ``model`` into ``folder``; returns the options of the manifest."""
    tokens = torch.arange(1, 24) % model.encoder.embedding.num_embeddings
    outputs = ["memory", "frames"]
    text = {"tokens": {0: "symbols"}, **{name: {0: "symbols"} for name in outputs}}
    encoder = EncoderGraph(model)
    write_graph(encoder, folder / "encoder.onnx", {"tokens": tokens}, outputs, text)
    R, lengths = model.reduction_factor, torch.tensor([len(tokens)])
    place = timing(torch.full((1, len(tokens)), 4.0), lengths, torch.tensor([len(tokens) * 4 // R]), R, 92 // R)
    with torch.inference_mode():
        memory, _ = encoder(tokens)
    inputs = {"memory": memory, "pitch_shift": torch.zeros(())}
    inputs |= {name: getattr(place, name)[0] for name in ("durations", "centers", "symbols", "progress")}
    dynamic = {name: {0: "symbols"} for name in ("memory", "durations", "centers")}
    dynamic |= {name: {0: "steps"} for name in ("symbols", "progress")}
    dynamic |= {"mel": {0: "frames"}, "alignment": {0: "steps", 1: "symbols"}}
    write_graph(DecoderGraph(model), folder / "decoder.onnx", inputs, ["mel", "alignment"], dynamic)
    return {"kind": "parallel", "reduction_factor": R, "pitch_std": model.pitch_std, "has_pitch": model.has_prosody}
