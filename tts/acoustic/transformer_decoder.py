"""The mel decoder of Transformer TTS (Li et al. 2019, section 3) around any attention.

Causal self-attention over the frames so far makes the queries, every layer asks the text with an attention of its own,
and two linear maps make R frames and a stop logit. Where the attention is parallel in time, training is.

Differences from the paper: layers normalise what they read (pre-norm); with ``band`` there are no absolute positions
and a step sees the last ``band`` steps only, so that no utterance is longer than any seen and every step costs the
same; layers may differ in their attention, or have none; some heads may be chosen to carry the alignment, and guidance
and rules are for those.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.acoustic.decoding import DecoderOutput, steps_of, teacher_inputs, ungrouped
from tts.acoustic.path import durations_to_path
from tts.acoustic.reduction import ReductionFactor
from tts.acoustic.stopping import Endings, StopRule
from tts.acoustic.transformer_layers import DecoderLayer, Reader, choose_heads
from tts.attention.base import Attention, Constraint, Prior, attend_all
from tts.nn.half import halved
from tts.nn.position import ScaledPositionalEncoding
from tts.nn.prenet import Prenet
from tts.nn.self_attention import Cache


class TransformerDecoder(nn.Module):
    """Self-attention, cross-attention and feed-forward layers.

    Args:
        n_mels: M.
        memory_dim: D.
        attention: makes the attention of a layer from ``query_dim`` and ``memory_dim``.
        attention_by_layer: layers, numbered from 1, that have another one; None for a layer without.
        alignment_heads: [layer, head] pairs, from 1, that say where the text is being read: guided, held to rules and
            looked at. None is all.
        model_dim: D_q, width of the layers.
        num_layers: how many.
        num_heads: of the self-attention.
        feedforward_dim: inner width of the feed-forward networks.
        band: steps that self-attention looks back, itself included; None is all of them, with absolute positions.
        dropout: after the input and the sub-layers, in training.
        reduction_factor: R, frames per step.
        max_reduction_factor: R that a schedule starts from (`set_reduction_factor`); None keeps R fixed.
        prenet_dim: width of the prenet.
        prenet_layers: its depth.
        prenet_dropout: its dropout, on in training and in generation.
        frame_dropout: probability that a step of training is not fed the last frame.
        gate_threshold: stop probability at which an utterance ends.
        max_frames_base: the longest utterance has this many frames, and
        max_frames_per_symbol: so many more per symbol.
        half_generation: generate with the layers' weights in float16 when on a CPU, see `tts.nn.half`.
        prior: (token_lengths, decoder_lengths) -> a constraint on the alignment heads in training, or None.
        constraints: rules for the alignment heads in generation, by name, applied in order.
        stopping: decides when an utterance ends; None lets the stop token decide alone.
    """

    def __init__(
        self,
        n_mels: int,
        memory_dim: int,
        attention: Callable[..., Attention],
        attention_by_layer: Mapping[int, Callable[..., Attention] | None] | None = None,
        alignment_heads: Sequence[Sequence[int]] | None = None,
        model_dim: int = 512,
        num_layers: int = 6,
        num_heads: int = 8,
        feedforward_dim: int = 2048,
        band: int | None = None,
        dropout: float = 0.1,
        reduction_factor: int = 1,
        max_reduction_factor: int | None = None,
        prenet_dim: int = 256,
        prenet_layers: int = 2,
        prenet_dropout: float = 0.5,
        frame_dropout: float = 0.0,
        gate_threshold: float = 0.5,
        max_frames_base: int = 100,
        max_frames_per_symbol: int = 20,
        half_generation: bool = False,
        prior: Callable[[Tensor, Tensor], Prior | None] | None = None,
        constraints: Mapping[str, Constraint] | None = None,
        stopping: StopRule | None = None,
    ) -> None:
        super().__init__()
        self.n_mels, self.reduction = n_mels, ReductionFactor(reduction_factor, max_reduction_factor)
        self.frame_dropout, self.gate_threshold, self.dropout = frame_dropout, gate_threshold, dropout
        self.max_frames_base, self.max_frames_per_symbol = max_frames_base, max_frames_per_symbol
        self.half_generation = half_generation
        self.prior, self.constraints, self.stopping = prior, dict(constraints or {}), stopping
        self.prenet = Prenet(n_mels, prenet_dim, prenet_layers, prenet_dropout)
        self.projection_in = nn.Linear(prenet_dim, model_dim)
        self.position = ScaledPositionalEncoding(model_dim) if band is None else None
        makers = dict.fromkeys(range(1, num_layers + 1), attention)
        makers |= {int(number): maker for number, maker in (attention_by_layer or {}).items()}
        if set(makers) != set(range(1, num_layers + 1)) or not any(makers.values()):
            raise ValueError(f"attention_by_layer names layers {sorted(makers)}: use 1 to {num_layers}, not all null")
        self.layers = nn.ModuleList(
            DecoderLayer(model_dim, memory_dim, num_heads, feedforward_dim, makers[number], dropout, band)
            for number in range(1, num_layers + 1)
        )
        choose_heads(self.layers, alignment_heads)
        self.normalisation = nn.LayerNorm(model_dim)
        self.projection = nn.Linear(model_dim, self.reduction.largest * n_mels)
        self.stop = nn.Linear(model_dim, 1)

    @property
    def reduction_factor(self) -> int:
        """R, frames per step."""
        return self.reduction.value

    @property
    def reading(self) -> list[DecoderLayer]:
        """The layers that have an attention, in order."""
        return [layer for layer in self.layers if layer.attention is not None]

    @property
    def head_names(self) -> list[str]:
        """What to call each of the H alignments."""
        numbers = [number for number, layer in enumerate(self.layers, 1) if layer.attention is not None]
        counts = [layer.attention.num_heads for layer in self.reading]
        return [f"layer {n}, head {h}" for n, count in zip(numbers, counts) for h in range(1, count + 1)]

    @property
    def takes_constraints(self) -> bool:
        """Whether `generate` can be held to ``constraints``: not where the attention keeps order by itself."""
        return any(layer.can_be_held for layer in self.reading)

    @torch.no_grad()
    def set_reduction_factor(self, reduction_factor: int) -> None:
        """Make R another one, at most ``max_reduction_factor``, and keep calibrated what is counted in steps."""
        ratio = reduction_factor / self.reduction.value
        self.reduction.value = reduction_factor
        self.stop.bias += math.log(ratio)
        for layer in self.reading:
            layer.attention.rescale_time(ratio)

    # ---- teacher forcing ------------------------------------------------------------------------------------------

    def forward(
        self,
        memory: Tensor,
        token_mask: Tensor,
        mel: Tensor,
        mel_lengths: Tensor,
        durations: Tensor | None = None,
    ) -> DecoderOutput:
        """Predict ``mel`` (B, M, T_mel) from its own past and ``memory`` (B, T_text, D), all steps at once.

        With ``durations`` (B, T_text) the attentions are taught their path. In training only the alignments of layers
        with alignment heads are there: nobody looks at the others.
        """
        R = self.reduction_factor
        decoder_lengths = steps_of(mel_lengths, R)
        x = self._input(teacher_inputs(self.prenet, mel, R, int(decoder_lengths.max()), self.frame_dropout))
        path, prior = None, None
        if durations is not None:
            path = durations_to_path(durations, token_mask.sum(1), decoder_lengths, R)
        elif self.prior is not None:
            prior = self.prior(token_mask.sum(1), decoder_lengths)
        attend = partial(self._attend, memory=memory, token_mask=token_mask, path=path, prior=prior)
        alignments: list[Tensor] = []
        heads: list[int] = []
        for layer in self.layers:
            x, weights = layer(x, attend)
            if weights is not None:
                heads += [head + sum(before.shape[1] for before in alignments) for head in layer.heads]
                alignments.append(weights)
        coarse_mel, stop_logits = self._project(x)
        return DecoderOutput(coarse_mel, stop_logits, torch.cat(alignments, 1), decoder_lengths, path, heads)

    def _input(self, frames: Tensor) -> Tensor:
        x = self.projection_in(frames)
        x = x if self.position is None else self.position(x)
        return F.dropout(x, self.dropout, self.training)

    def _attend(
        self,
        layer: DecoderLayer,
        queries: Tensor,
        memory: Tensor,
        token_mask: Tensor,
        path: Tensor | None,
        prior: Prior | None,
    ) -> tuple[Tensor, Tensor | None]:
        """Contexts (B, T_dec, D) and, if they are wanted, alignments (B, H, T_dec, T_text) of one layer."""
        prepared = layer.attention.prepare(memory, token_mask)
        if path is not None:
            return layer.attention.teach(queries, prepared, path)
        if not layer.heads and self.training:
            return layer.attention.read(queries, prepared), None
        contexts, alignments = layer.attention(queries, prepared)
        if prior is None or not layer.heads:
            return contexts, alignments
        guided = torch.zeros(alignments.shape[1], 1, 1, dtype=torch.bool, device=queries.device)
        guided[layer.heads] = True
        alignments = torch.where(guided, prior.whole(alignments), alignments)
        return attend_all(alignments, prepared), alignments

    def _project(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.normalisation(x)
        frames = self.projection(features)[..., : self.reduction_factor * self.n_mels]
        return ungrouped(frames, self.n_mels), self.stop(features).squeeze(-1)

    # ---- free running ---------------------------------------------------------------------------------------------

    @torch.inference_mode()
    def generate(
        self, memory: Tensor, token_mask: Tensor, seeds: list[int], constraints: Sequence[Constraint] = ()
    ) -> DecoderOutput:
        """Speak until every utterance has stopped or reached its limit; ``seeds`` drive the prenet's dropout.

        ``constraints`` hold for this call, after the decoder's own.
        """
        R, B = self.reduction_factor, len(memory)
        limits = (self.max_frames_base + self.max_frames_per_symbol * token_mask.sum(1)) // R  # (B,) steps
        rules = [*self.constraints.values(), *constraints]
        layers = halved(self.layers) if self.half_generation and memory.device.type == "cpu" else self.layers
        readers = [layer.reader(memory, token_mask, rules) for layer in layers]
        text = next(reader.memory for reader in readers if reader is not None)
        endings = Endings(limits, self.gate_threshold, self.stopping, text)
        caches = [layer.self_attention.cache(B, int(limits.max()), memory) for layer in layers]
        source = self.prenet.mask_source(seeds, memory.device)
        frame, outputs = memory.new_zeros(B, self.n_mels), []
        heads = self._heads()
        for t in range(int(limits.max())):
            if t % source.CHUNK == 0:
                masks = source.chunk()
            x = self.projection_in(self.prenet(frame, masks[t % source.CHUNK]))
            x = x if self.position is None else self.position(x.unsqueeze(1), t).squeeze(1)
            x, weights = _step(x, layers, caches, readers)  # (B, model_dim), (B, H, T_text)
            features = self.normalisation(x)
            frames, stop_logit = self.projection(features)[:, : R * self.n_mels], self.stop(features).squeeze(1)
            outputs.append((frames, stop_logit, weights))
            frame = frames[:, -self.n_mels :]
            if endings.all(stop_logit, weights[:, heads]):
                break
        frames, stop_logits, alignments = zip(*outputs)
        coarse_mel, stop_logits = ungrouped(torch.stack(frames, 1), self.n_mels), torch.stack(stop_logits, 1)
        return DecoderOutput(coarse_mel, stop_logits, torch.stack(alignments, 2), endings.lengths, None, heads)

    def _heads(self) -> list[int]:
        """The alignment heads, counted over all layers."""
        heads, first = [], 0
        for layer in self.reading:
            heads += [first + head for head in layer.heads]
            first += layer.attention.num_heads
        return heads


def _step(
    x: Tensor, layers: Iterable[DecoderLayer], caches: list[Cache], readers: list[Reader | None]
) -> tuple[Tensor, Tensor]:
    """One step through all layers, (B, model_dim) -> (B, model_dim), weights (B, H, T_text); readers move on."""
    seen = []
    for number, (layer, cache) in enumerate(zip(layers, caches)):
        x, weights, readers[number] = layer.step(x, cache, readers[number])
        seen += [] if weights is None else [weights]
    return x, torch.cat(seen, 1)
