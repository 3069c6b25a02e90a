"""A mel decoder that computes all frames at once, with attention to the text.

::

    memory, durations -> timing                          the position of each step in the text
    x = W contexts(alignment attention) + place          the text laid out in time
    pitch, voicing, energy = predictor(x)                given in training, predicted in generation
    x = x + W (pitch, voicing, energy)
    x = block(x);  x = x + W contexts(attention(x))      ConvNeXt blocks, cross-attention in some of them
    mel = W norm(x)                                      R frames for each step

Sources: Ren et al. 2020, FastSpeech 2; Shen et al. 2020, Non-Attentive Tacotron; Okamoto et al. 2021 and Siuzdak 2023
(ConvNeXt over frames).

Differences from these: cross-attention stays in the decoder. The first alignment follows from the durations
(`tts.attention.gaussian_upsampling`); the heads in the layers can attend to symbols around it, and all alignments are
returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from tts.acoustic.prosody import Prosody, ProsodyPredictor
from tts.attention.parallel import ParallelAttention, Timing
from tts.nn.convnext import ConvNeXtBlock

PLACE_FEATURES = 3  # progress in the symbol, its duration, and whether it is its first step


class ParallelOutput(NamedTuple):
    """Output of the parallel decoder."""

    mel: Tensor  # (B, M, T_dec * R), normalized
    alignments: Tensor | None  # (B, H, T_dec, T_text); None in training
    predicted: tuple[Tensor, Tensor, Tensor] | tuple[()]  # pitch, voicing logits, energy, (B, T_dec) each


class ParallelDecoder(nn.Module):
    """ConvNeXt blocks over decoder steps with cross-attention to the text.

    Args:
        n_mels: M.
        memory_dim: D.
        alignment: makes the attention that lays the text out in time, from ``query_dim`` and ``memory_dim``.
        attention: makes the cross-attention of a layer, likewise; None for only the alignment attention.
        attention_layers: blocks, numbered from 1, that are followed by cross-attention.
        prosody: makes the predictor of pitch and energy from ``input_dim``; None for a decoder without it.
        model_dim: width of the blocks.
        hidden_dim: width inside a block.
        num_layers: blocks.
        kernel_size: steps under a block's convolution, odd.
        reduction_factor: R, frames per step.
    """

    loops_in_training = False

    def __init__(
        self,
        n_mels: int,
        memory_dim: int,
        alignment: Callable[..., ParallelAttention],
        attention: Callable[..., ParallelAttention] | None,
        attention_layers: Sequence[int],
        prosody: Callable[..., ProsodyPredictor] | None,
        model_dim: int,
        hidden_dim: int,
        num_layers: int,
        kernel_size: int,
        reduction_factor: int,
    ) -> None:
        super().__init__()
        if attention is not None and not set(attention_layers) <= set(range(1, num_layers + 1)):
            raise ValueError(f"attention_layers names {list(attention_layers)}: use numbers from 1 to {num_layers}")
        self.n_mels, self.reduction_factor = n_mels, reduction_factor
        self.alignment = alignment(query_dim=model_dim, memory_dim=memory_dim)
        self.input_projection = nn.Linear(memory_dim + PLACE_FEATURES, model_dim)
        self.prosody = None if prosody is None else prosody(input_dim=model_dim)
        self.prosody_projection = None if prosody is None else nn.Linear(3, model_dim)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(model_dim, hidden_dim, 1 / num_layers, kernel_size) for _ in range(num_layers)
        )
        self.attentions = nn.ModuleDict()
        if attention is not None:
            for number in sorted(attention_layers):
                self.attentions[str(number)] = CrossAttention(model_dim, memory_dim, attention)
        self.norm = nn.LayerNorm(model_dim)
        self.projection = nn.Linear(model_dim, reduction_factor * n_mels)
        own = num_layers * (kernel_size // 2)
        self.context_steps = own + (0 if self.prosody is None else self.prosody.context_steps)  # on either side

    def align(self, memory: Tensor, token_mask: Tensor, timing: Timing) -> tuple[Tensor, Tensor]:
        """The text laid out in time: contexts (B, T_dec, D), alignments (B, H, T_dec, T_text)."""
        queries = memory.new_zeros(*timing.symbols.shape, 1)  # this attention ignores its queries
        return self.alignment(queries, self.alignment.prepare(memory, token_mask), timing)

    @property
    def head_names(self) -> list[str]:
        """Name of each of the H alignments; the first ones lay the text out in time."""
        names = [f"durations, head {head}" for head in range(1, self.alignment.num_heads + 1)]
        for number, layer in cast("Mapping[str, CrossAttention]", self.attentions).items():
            names += [f"layer {number}, head {head}" for head in range(1, layer.attention.num_heads + 1)]
        return names

    @property
    def alignment_heads(self) -> list[int]:
        """Which of the H heads are alignment heads."""
        return list(range(self.alignment.num_heads))

    def forward(
        self,
        memory: Tensor,
        token_mask: Tensor,
        timing: Timing,
        given: Prosody | None = None,
        adjust: Callable[[Prosody], Prosody] | None = None,
    ) -> ParallelOutput:
        """Decode a text that has been laid out in time.

        Args:
            memory: (B, T_text, D).
            token_mask: (B, T_text) bool.
            timing: the position of each of the T_dec steps in the text.
            given: pitch and energy to use, as in training; predicted if None.
            adjust: changes the predicted pitch and energy, for example to raise the pitch.
        """
        keep = not self.training
        valid = timing.mask.unsqueeze(1)
        context, weights = self.align(memory, token_mask, timing)
        x = self.input_projection(torch.cat((context, place_features(timing).to(context.dtype)), 2))
        alignments = [weights]
        predicted: tuple[Tensor, Tensor, Tensor] | tuple[()] = ()
        if self.prosody is not None and self.prosody_projection is not None:
            predicted = pitch, voicing, energy = self.prosody(x, timing.mask)
            if given is None:
                given = Prosody(pitch, torch.sigmoid(voicing), energy)
                given = given if adjust is None else adjust(given)
            x = x + self.prosody_projection(given.features().to(x.dtype))
        x = x.mT
        for number, block in enumerate(self.blocks, 1):
            x = block(x * valid)
            if str(number) in self.attentions:
                x, weights = self.attentions[str(number)](x, memory, token_mask, timing, keep)
                alignments.append(weights)
        frames = self.projection(self.norm(x.mT)).float()  # (B, T_dec, R * M)
        mel = frames.reshape(len(frames), -1, self.n_mels).mT
        return ParallelOutput(mel, torch.cat(alignments, 1) if keep else None, predicted)


class CrossAttention(nn.Module):
    """Cross-attention to the text, added to its input.

    Args:
        dim: width of the decoder.
        memory_dim: D.
        attention: makes the attention from ``query_dim`` and ``memory_dim``.
    """

    def __init__(self, dim: int, memory_dim: int, attention: Callable[..., ParallelAttention]) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attention = attention(query_dim=dim, memory_dim=memory_dim)
        self.context = nn.Linear(memory_dim, dim)

    def forward(
        self, x: Tensor, memory: Tensor, token_mask: Tensor, timing: Timing, keep: bool
    ) -> tuple[Tensor, Tensor | None]:
        """(B, dim, T_dec) -> the same shape, and alignments (B, H, T_dec, T_text) if they are requested."""
        queries, prepared, weights = self.norm(x.mT), self.attention.prepare(memory, token_mask), None
        if keep:
            contexts, weights = self.attention(queries, prepared, timing)
        else:
            contexts = self.attention.contexts(queries, prepared, timing)
        return x + self.context(contexts.to(queries.dtype)).mT, weights


def place_features(timing: Timing) -> Tensor:
    """(B, T_dec, PLACE_FEATURES): the progress of each step within its symbol, and the duration of that symbol."""
    lasting = timing.durations.gather(1, timing.symbols)
    return torch.stack(
        (timing.progress - 0.5, torch.log1p(lasting) - 1.0, (timing.progress * lasting < 1.0).float()), 2
    )
