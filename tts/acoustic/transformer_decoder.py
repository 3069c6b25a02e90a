"""The mel decoder of Transformer TTS (Li et al. 2019, section 3) around any attention.

Causal self-attention over the frames so far gives the queries, every layer has its own attention to the text, and two
linear maps give R frames and a stop logit. If the attention is parallel in time, so is training.

Differences from the paper: layers normalize their input (pre-norm). With ``attention_window`` there are no absolute
positions and a step sees only the last ``attention_window`` steps, so distances do not grow with the utterance and
every step costs the same. Layers may have different attentions, or none. Attentions that share a position get it from
a recurrent layer below all others (`tts.attention.alignment_layer`), and this layer alone loops over time in training.
In generation, an attention that would drift away from the other layers follows the median of all layers
(`tts.acoustic.transformer_layers.follow_median`). Some heads may be selected as alignment heads; guidance and rules
apply only to these. The input of some steps in training may be the decoder's own frames, from a first pass over the
recording (parallel scheduled sampling: Duckworth et al. 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from tts.acoustic.decoder_base import AutoregressiveDecoder, DecoderOptions
from tts.acoustic.decoder_output import DecoderOutput, max_decoder_steps, num_decoder_steps, teacher_forcing_inputs
from tts.acoustic.durations import durations_to_path
from tts.acoustic.transformer_layers import CrossAttentionState, DecoderLayer, follow_median, set_alignment_heads
from tts.attention.alignment_layer import AlignmentLayer, AlignmentState
from tts.attention.base import Attention, Constraint, Prior, contexts_of
from tts.core.interfaces import Memory
from tts.nn.position import ScaledPositionalEncoding
from tts.nn.self_attention import KVCache


class TransformerDecoder(AutoregressiveDecoder):
    """Self-attention, cross-attention and feed-forward layers.

    Args:
        n_mels: M.
        memory_dim: D.
        attention: makes the attention of a layer from ``query_dim`` and ``memory_dim``.
        attention_by_layer: layers, numbered from 1, that have another attention; None for a layer without attention.
        alignment_heads: [layer, head] pairs, from 1, of the alignment heads: guidance, constraints and reports use
            these. None is all.
        model_dim: D_q, width of the layers.
        num_layers: number of layers.
        num_heads: of the self-attention.
        feedforward_dim: inner width of the feed-forward networks.
        attention_window: steps that self-attention looks back, itself included; None is all of them, with absolute
            positions.
        dropout: after the input and the sub-layers, in training.
        scheduled_sampling: probability that an input frame in training is the decoder's output under teacher forcing
            instead of the recording's frame.
        shared: see `DecoderOptions`; prior and rules apply to the alignment heads.
    """

    def __init__(
        self,
        n_mels: int,
        memory_dim: int,
        attention: Callable[..., Attention],
        attention_by_layer: Mapping[int, Callable[..., Attention] | None] | None,
        alignment_heads: Sequence[Sequence[int]] | None,
        model_dim: int,
        num_layers: int,
        num_heads: int,
        feedforward_dim: int,
        attention_window: int | None,
        dropout: float,
        scheduled_sampling: float,
        **shared: Unpack[DecoderOptions],
    ) -> None:
        super().__init__(n_mels, **shared)
        self.dropout, self.scheduled_sampling = dropout, scheduled_sampling
        self.projection_in = nn.Linear(shared["prenet_dim"], model_dim)
        self.position = ScaledPositionalEncoding(model_dim) if attention_window is None else None
        makers: dict[int, Callable[..., Attention] | None] = dict.fromkeys(range(1, num_layers + 1), attention)
        makers |= {int(number): maker for number, maker in (attention_by_layer or {}).items()}
        if set(makers) != set(range(1, num_layers + 1)) or not any(makers.values()):
            raise ValueError(f"attention_by_layer names layers {sorted(makers)}: use 1 to {num_layers}, not all null")
        layers = [
            DecoderLayer(model_dim, memory_dim, num_heads, feedforward_dim, makers[number], dropout, attention_window)
            for number in range(1, num_layers + 1)
        ]
        set_alignment_heads(layers, alignment_heads)
        self.layers = nn.ModuleList(layers)
        self.alignment_layer: AlignmentLayer | None = None
        for each in self.attentions:
            self.alignment_layer = each.share_position(self.alignment_layer, model_dim)
        self.loops_in_training = self.alignment_layer is not None
        self.normalisation = nn.LayerNorm(model_dim)
        self.projection = nn.Linear(model_dim, self.reduction.largest * n_mels)
        self.stop = nn.Linear(model_dim, 1)

    @property
    def reading(self) -> list[DecoderLayer]:
        """The layers that have an attention, in order."""
        return [layer for layer in _decoder_layers(self.layers) if layer.attention is not None]

    @property
    def attentions(self) -> list[Attention]:
        """The attentions of the layers that have one."""
        return [layer.attention for layer in _decoder_layers(self.layers) if layer.attention is not None]

    @property
    def heads(self) -> list[int]:
        """The alignment heads, counted over all layers."""
        heads: list[int] = []
        first = 0
        for layer, attention in zip(self.reading, self.attentions):
            heads += [first + head for head in layer.heads]
            first += attention.num_heads
        return heads

    @property
    def head_names(self) -> list[str]:
        """Name of each of the H alignments."""
        layers = enumerate(_decoder_layers(self.layers), 1)
        counts = [(number, layer.attention.num_heads) for number, layer in layers if layer.attention is not None]
        return [f"layer {number}, head {head}" for number, count in counts for head in range(1, count + 1)]

    @property
    def supports_constraints(self) -> bool:
        """Whether `generate` accepts ``constraints``; False if the attention is monotonic by itself."""
        return any(layer.supports_constraints for layer in self.reading)

    def set_reduction_factor(self, reduction_factor: int) -> None:
        """See `AutoregressiveDecoder`."""
        if self.alignment_layer is not None:
            self.alignment_layer.rescale_time(reduction_factor / self.reduction_factor)
        super().set_reduction_factor(reduction_factor)

    def use_cuda_graphs(self) -> None:
        """Replay the loop of training as CUDA graphs. Only a decoder with an alignment layer has one."""
        assert self.alignment_layer is not None, "see `loops_in_training`"
        self.alignment_layer.use_cuda_graphs()

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

        With ``durations`` (B, T_text) the attentions are trained along their path. In training only the alignments of
        layers with alignment heads are returned: the others are not used.
        """
        R = self.reduction_factor
        decoder_lengths, T_dec = num_decoder_steps(mel_lengths, R), max_decoder_steps(mel, R)
        path, prior = None, None
        if durations is not None:
            path = durations_to_path(durations, token_mask.sum(1), decoder_lengths, R, T_dec)
        elif self.prior is not None:
            prior = self.prior(token_mask.sum(1), decoder_lengths, (T_dec, token_mask.shape[1]))
        text = TrainingText(memory, token_mask, decoder_lengths, path, prior)
        if self.training and self.scheduled_sampling:
            mel = self._scheduled_sampling(mel, T_dec, text)
        features, alignments, heads = self._forward_frames(mel, T_dec, text)
        mel_before, stop_logits = self._project(features)
        return DecoderOutput(mel_before, stop_logits, alignments, decoder_lengths, path, heads)

    def _forward_frames(self, mel: Tensor, num_steps: int, text: TrainingText) -> tuple[Tensor, Tensor, list[int]]:
        """Features (B, T_dec, D_q), alignments (B, H, T_dec, T_text), and the alignment heads, for input ``mel``."""
        frames = teacher_forcing_inputs(self.prenet, mel, self.reduction_factor, num_steps, self.drop_frame_rate)
        x, positions = self._positions(self._input(frames), text)
        attend = partial(self._attend, text=text, positions=positions)
        alignments: list[Tensor] = []
        heads: list[int] = []
        for layer in _decoder_layers(self.layers):
            x, weights = layer(x, attend)
            if weights is not None:
                heads += [head + sum(before.shape[1] for before in alignments) for head in layer.heads]
                alignments.append(weights)
        return self.normalisation(x), torch.cat(alignments, 1), heads

    @torch.no_grad()
    def _scheduled_sampling(self, mel: Tensor, num_steps: int, text: TrainingText) -> Tensor:
        """Replace some frames of ``mel`` by the decoder's output under teacher forcing."""
        kind = mel.device.type  # autocast's cache would keep weights without their gradient
        with torch.autocast(kind, enabled=torch.is_autocast_enabled(kind), cache_enabled=False):
            output = self._project(self._forward_frames(mel, num_steps, text)[0])[0][:, :, : mel.shape[2]]
        own = torch.rand(len(mel), 1, mel.shape[2], device=mel.device) < self.scheduled_sampling
        return torch.where(own, output.to(mel.dtype), mel)

    def _input(self, frames: Tensor) -> Tensor:
        x = self.projection_in(frames)
        x = x if self.position is None else self.position(x)
        return F.dropout(x, self.dropout, self.training)

    def _positions(self, x: Tensor, text: TrainingText) -> tuple[Tensor, Tensor | None]:
        """(B, T_dec, D_q) -> the same shape, positions (B, T_dec) in the text, if there is an alignment layer."""
        if self.alignment_layer is None:
            return x, None
        memory = self.alignment_layer.prepare(text.memory, text.token_mask)
        if text.path is not None:
            return self.alignment_layer.forward_along(x, memory, text.path)
        return self.alignment_layer(x, memory)

    def _attend(
        self, layer: DecoderLayer, queries: Tensor, text: TrainingText, positions: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Contexts (B, T_dec, D) and, if they are requested, alignments (B, H, T_dec, T_text) of one layer."""
        attention = layer.attention
        assert attention is not None, "a layer without an attention does not attend"
        prepared = attention.prepare(text.memory, text.token_mask, text.num_steps)._replace(positions=positions)
        if text.path is not None:
            return attention.forward_along(queries, prepared, text.path)
        if not layer.heads and self.training:
            return attention.contexts(queries, prepared), None
        contexts, alignments = attention(queries, prepared)
        if text.prior is None or not layer.heads:
            return contexts, alignments
        guided = text.prior.apply(alignments)
        heads = [(guided if head in layer.heads else alignments)[:, head] for head in range(alignments.shape[1])]
        alignments = torch.stack(heads, 1)
        return contexts_of(alignments, prepared), alignments

    # ---- free running ---------------------------------------------------------------------------------------------

    def start_generation(
        self, memory: Tensor, token_mask: Tensor, rules: Sequence[Constraint], num_steps: int
    ) -> tuple[Memory, GenerationState]:
        """See `AutoregressiveDecoder`."""
        layers = _decoder_layers(self._inference_module(self.layers, memory.device))
        caches = [layer.self_attention.cache(memory.shape[0], num_steps, memory) for layer in layers]
        readers = [layer.reader(memory, token_mask, rules) for layer in layers]
        text = next(reader.memory for reader in readers if reader is not None)
        place = None
        if self.alignment_layer is not None:
            layer = cast(AlignmentLayer, self._inference_module(self.alignment_layer, memory.device))
            prepared = layer.prepare(memory, token_mask)
            place = AlignmentLayerState(layer, prepared, self.alignment_layer.initial_state(prepared))
        return text, GenerationState(layers, caches, readers, place)

    def step(self, x: Tensor, t: int, state: GenerationState) -> tuple[Tensor, Tensor, GenerationState]:
        """See `AutoregressiveDecoder`."""
        x = self.projection_in(x)
        x = x if self.position is None else self.position(x.unsqueeze(1), t).squeeze(1)
        seen, readers, place, positions = [], [], state.place, None
        if place is not None:
            x, position, moved = place.layer.step(x, place.memory, place.state)
            place, positions = place._replace(state=moved), position.unsqueeze(1)
        for layer, cache, reader in zip(state.layers, state.caches, state.readers):
            x, weights, reader = layer.step(x, cache, reader, positions)
            seen += [] if weights is None else [weights]
            readers.append(reader)
        if any(reader is not None and reader.drifts for reader in readers):
            near = iter(follow_median([reader for reader in readers if reader is not None], seen))
            readers = [None if reader is None else next(near) for reader in readers]
        return self.normalisation(x), torch.cat(seen, 1), state._replace(readers=readers, place=place)


class TrainingText(NamedTuple):
    """What the attentions of all layers read in training."""

    memory: Tensor  # (B, T_text, D)
    token_mask: Tensor  # (B, T_text)
    num_steps: Tensor  # (B,)
    path: Tensor | None  # (B, T_dec), symbols
    prior: Prior | None


class AlignmentLayerState(NamedTuple):
    """The alignment layer in generation."""

    layer: AlignmentLayer
    memory: Memory
    state: AlignmentState


class GenerationState(NamedTuple):
    """A `TransformerDecoder` between two steps of free running; lists have one element for every layer."""

    layers: Iterable[DecoderLayer]
    caches: list[KVCache]
    readers: list[CrossAttentionState | None]
    place: AlignmentLayerState | None  # in the text; None if every layer has its own


def _decoder_layers(layers: nn.Module) -> Iterable[DecoderLayer]:
    """A module list of decoder layers, which torch types as a list of any modules."""
    return cast("Iterable[DecoderLayer]", layers)
