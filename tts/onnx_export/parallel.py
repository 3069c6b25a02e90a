"""The graphs of the parallel acoustic model; `tts.engine.parallel` runs them.

The graphs process one utterance without padding. The durations in decoder steps are computed between the graphs, where
the speed applies and where other runtimes may set their own durations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from tts.acoustic.parallel_decoder import CrossAttention, place_features
from tts.acoustic.parallel_model import MAX_FRAMES_PER_SYMBOL, ParallelModel
from tts.acoustic.prosody import Prosody, ProsodyPredictor
from tts.acoustic.transformer_encoder import TransformerEncoder
from tts.attention.parallel import ParallelAttention, Timing, timing
from tts.attention.rotary_multi_head import RotaryMultiHead
from tts.engine.parallel import ALIGNMENT_INPUTS
from tts.onnx_export.graphs import write_graph
from tts.onnx_export.single import SingleBlock, SingleDurations, SingleEncoder, SingleRotary, blocks_of


class EncoderGraph(nn.Module):
    """tokens (T_text,) -> memory (T_text, D), frames (T_text,)."""

    def __init__(self, model: ParallelModel) -> None:
        super().__init__()
        encoder = model.encoder
        self.encoder = SingleEncoder(encoder) if isinstance(encoder, TransformerEncoder) else _Unpadded(encoder)
        self.durations = SingleDurations(model.durations)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        memory = self.encoder(tokens)
        return memory[0], torch.expm1(self.durations(memory)).clamp(0.0, MAX_FRAMES_PER_SYMBOL)[0]


class _Unpadded(nn.Module):
    """Any encoder: tokens (T_text,) -> memory (1, T_text, D)."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: Tensor) -> Tensor:
        """See the class."""
        return self.encoder(tokens.unsqueeze(0), torch.ones_like(tokens).sum().unsqueeze(0))


class DecoderGraph(nn.Module):
    """memory (T_text, D), pitch shift, timing -> mel (T_mel, M), alignment (T_dec, T_text)."""

    def __init__(self, model: ParallelModel) -> None:
        super().__init__()
        decoder = model.decoder
        self.decoder, self.n_mels = decoder, decoder.n_mels
        self.blocks = nn.ModuleList(map(SingleBlock, blocks_of(decoder.blocks)))
        self.prosody = None if decoder.prosody is None else SingleProsody(decoder.prosody)
        self.readers = nn.ModuleDict(
            {number: _reader(cast(CrossAttention, layer)) for number, layer in decoder.attentions.items()}
        )
        self.projection = nn.Linear(decoder.projection.in_features, decoder.projection.out_features)
        with torch.no_grad():  # change the output to the scale of the voice
            self.projection.weight.copy_(decoder.projection.weight * model.mel_std)
            self.projection.bias.copy_(decoder.projection.bias * model.mel_std + model.mel_mean)

    def forward(
        self, memory: Tensor, pitch_shift: Tensor, durations: Tensor, centers: Tensor, symbols: Tensor, progress: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        decoder, memory, symbols = self.decoder, memory.unsqueeze(0), symbols.unsqueeze(0)
        mask = torch.ones_like(memory[..., 0], dtype=torch.bool)
        place = Timing(
            durations.unsqueeze(0),
            centers.unsqueeze(0),
            symbols,
            progress.unsqueeze(0),
            torch.ones_like(symbols).sum(1),
            mask.sum(1),
        )
        context, alignment = decoder.alignment(
            place.progress.unsqueeze(2), decoder.alignment.prepare(memory, mask), place
        )
        x = decoder.input_projection(torch.cat((context, place_features(place)), 2))
        if self.prosody is not None and decoder.prosody_projection is not None:
            pitch, voicing, energy = self.prosody(x)
            spoken = Prosody(pitch + pitch_shift, torch.sigmoid(voicing), energy)
            x = x + decoder.prosody_projection(spoken.features())
        for number, block in enumerate(self.blocks, 1):
            x = block(x)
            if str(number) in self.readers:
                layer = cast(CrossAttention, decoder.attentions[str(number)])
                x = x + layer.context(self.readers[str(number)](layer.norm(x), memory, place))
        return self.projection(decoder.norm(x)).reshape(-1, self.n_mels), alignment[0].mean(0)


def _reader(layer: CrossAttention) -> nn.Module:
    attention = layer.attention
    if isinstance(attention, RotaryMultiHead) and type(attention).allowed is RotaryMultiHead.allowed:
        return SingleRotary(attention)  # every step may attend to every symbol
    return _Reader(attention)


class _Reader(nn.Module):
    """Any attention without padding: (1, T_dec, D_q), (1, T_text, D) -> contexts (1, T_dec, D)."""

    def __init__(self, attention: ParallelAttention) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, queries: Tensor, memory: Tensor, place: Timing) -> Tensor:
        """See the class."""
        mask = torch.ones_like(memory[..., 0], dtype=torch.bool)
        return self.attention(queries, self.attention.prepare(memory, mask), place)[0]


class SingleProsody(nn.Module):
    """A `ProsodyPredictor`: (1, T_dec, input_dim) -> pitch, voicing logits, energy, (1, T_dec) each."""

    def __init__(self, predictor: ProsodyPredictor) -> None:
        super().__init__()
        self.input_projection, self.norm = predictor.input_projection, predictor.norm
        self.blocks, self.projection = (
            nn.Sequential(*map(SingleBlock, blocks_of(predictor.blocks))),
            predictor.projection,
        )

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """See the class."""
        return self.projection(self.norm(self.blocks(self.input_projection(x)))).unbind(2)


class AlignmentGraph(nn.Module):
    """memory (T_text, D), timing -> alignment (T_dec, T_text), before the mel is decoded."""

    def __init__(self, model: ParallelModel) -> None:
        super().__init__()
        self.decoder = model.decoder

    def forward(self, memory: Tensor, durations: Tensor, centers: Tensor, symbols: Tensor) -> Tensor:
        """See the class."""
        memory, durations, centers, symbols = (x.unsqueeze(0) for x in (memory, durations, centers, symbols))
        mask = torch.ones_like(memory[..., 0], dtype=torch.bool)
        progress = torch.zeros_like(symbols, dtype=torch.float32)  # only the other attentions use it
        place = Timing(durations, centers, symbols, progress, torch.ones_like(symbols).sum(1), mask.sum(1))
        return self.decoder.align(memory, mask, place)[1][0].mean(0)


def export_parallel(model: ParallelModel, folder: Path) -> dict[str, Any]:
    """Write the graphs of ``model`` into ``folder``. Returns the options of the manifest."""
    tokens = torch.arange(1, 24) % cast(nn.Embedding, model.encoder.embedding).num_embeddings
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
    options = {"kind": "parallel", "reduction_factor": R, "pitch_std": model.pitch_std, "has_pitch": model.has_prosody}
    inputs = {name: inputs[name] for name in ("memory", *ALIGNMENT_INPUTS)}
    write_graph(AlignmentGraph(model), folder / "alignment.onnx", inputs, ["alignment"], dynamic)
    return options | {"context_steps": model.decoder.context_steps}
