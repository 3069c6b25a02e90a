"""Layers for one utterance without padding, in a form that is fast in onnxruntime.

Each layer computes the same function as the original layer except for rounding. Frames come first, so that products
need no transposition. Depthwise convolutions have two axes, for which onnxruntime has blocked kernels. Constant factors
after a product are multiplied into its weights. There are no masks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.acoustic.prosody import DurationPredictor
from tts.acoustic.transformer_encoder import TransformerEncoder
from tts.acoustic.transformer_layers import EncoderLayer
from tts.attention.parallel import Timing
from tts.attention.rotary import rotary_angles
from tts.attention.rotary_multi_head import RotaryMultiHead
from tts.nn.convnext import ConvNeXtBackbone, ConvNeXtBlock
from tts.nn.convolution import ConvolutionBlock
from tts.nn.position import RelativePositionBias


class SingleBlock(nn.Module):
    """A `ConvNeXtBlock` for (1, T, dim) with γ multiplied into its second product."""

    def __init__(self, block: ConvNeXtBlock) -> None:
        super().__init__()
        depthwise, self.norm, self.pwconv1, self.act = block.dwconv, block.norm, block.pwconv1, block.act
        self.weight, self.bias = _constant(depthwise.weight.unsqueeze(2)), _constant(_bias(depthwise))
        self.side, self.dim = depthwise.kernel_size[0] // 2, depthwise.out_channels
        self.pwconv2 = _linear(block.pwconv2.weight * block.gamma[:, None], block.pwconv2.bias * block.gamma)

    def forward(self, x: Tensor) -> Tensor:
        """(1, T, dim) -> the same shape."""
        wide = x.unsqueeze(1).permute(0, 3, 1, 2)  # (1, dim, 1, T)
        wide = F.conv2d(wide, self.weight, self.bias, padding=(0, self.side), groups=self.dim)
        hidden = self.norm(wide.permute(0, 2, 3, 1).squeeze(1))
        return x + self.pwconv2(self.act(self.pwconv1(hidden)))


class SingleBackbone(nn.Module):
    """A `ConvNeXtBackbone`: (1, T, input_dim) -> (1, T, dim)."""

    def __init__(self, backbone: ConvNeXtBackbone) -> None:
        super().__init__()
        self.embed, self.norm = backbone.embed, backbone.norm
        self.blocks = nn.Sequential(*map(SingleBlock, blocks_of(backbone.convnext)))
        self.final_norm = backbone.final_layer_norm

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.final_norm(self.blocks(self.norm(self.embed(x.transpose(1, 2)).transpose(1, 2))))


class SingleConvolution(nn.Module):
    """A `ConvolutionBlock` with its normalization in the convolution: (1, T, C_in) -> (1, T, C_out)."""

    def __init__(self, block: ConvolutionBlock) -> None:
        super().__init__()
        norm, convolution = block.normalisation, block.convolution
        self.side = convolution.kernel_size[0] // 2
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
        self.weight = _constant(convolution.weight * scale[:, None, None])
        self.bias = _constant((_bias(convolution) - norm.running_mean) * scale + norm.bias)
        self.activation = block.activation or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = F.conv1d(x.transpose(1, 2), self.weight, self.bias, padding=self.side)
        return self.activation(x).transpose(1, 2)


class SingleLayer(nn.Module):
    """An `EncoderLayer` that receives the bias of its energies."""

    def __init__(self, layer: EncoderLayer) -> None:
        super().__init__()
        attention = layer.self_attention
        self.num_heads, dim = attention.num_heads, attention.output.in_features
        scale = torch.ones(3 * dim)
        scale[:dim] = (dim // self.num_heads) ** -0.5
        projection = attention.projection
        self.projection = _linear(projection.weight * scale[:, None], projection.bias * scale)
        self.output, self.self_norm = attention.output, layer.self_norm
        self.feedforward_norm, self.feedforward = layer.feedforward_norm, layer.feedforward

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """(1, T, dim), (H, T, T) -> (1, T, dim)."""
        heads = self.projection(self.self_norm(x)).view(-1, 3, self.num_heads, x.shape[2] // self.num_heads)
        query, key, value = heads[:, 0].transpose(0, 1), heads[:, 1].permute(1, 2, 0), heads[:, 2].transpose(0, 1)
        energies = query @ key if bias is None else query @ key + bias
        x = x + self.output((torch.softmax(energies, -1) @ value).transpose(0, 1).reshape_as(x))
        return x + self.feedforward(self.feedforward_norm(x))


class SingleEncoder(nn.Module):
    """A `TransformerEncoder`: tokens (T_text,) -> memory (1, T_text, D)."""

    def __init__(self, encoder: TransformerEncoder) -> None:
        super().__init__()
        self.embedding, self.projection, self.position = encoder.embedding, encoder.projection, encoder.position
        layers = cast("Iterable[EncoderLayer]", encoder.layers)
        convolutions = cast("Iterable[ConvolutionBlock]", encoder.convolutions)
        self.convolutions = nn.Sequential(*map(SingleConvolution, convolutions))
        self.layers = nn.ModuleList([SingleLayer(layer) for layer in layers])
        self.norm = encoder.normalisation
        biases = [layer.self_attention.bias for layer in layers if layer.self_attention.bias is not None]
        self.bias = joined_bias(biases) if biases and len(biases) == len(self.layers) else None

    def forward(self, tokens: Tensor) -> Tensor:
        """See the class."""
        x = self.position(self.projection(self.convolutions(self.embedding(tokens).unsqueeze(0))))
        biases = [None] * len(self.layers) if self.bias is None else self._biases(self.bias, tokens.shape[0], tokens)
        for layer, bias in zip(self.layers, biases):
            x = layer(x, bias)
        return self.norm(x)

    def _biases(self, bias: RelativePositionBias, T: int, tokens: Tensor) -> Sequence[Tensor]:
        """(H, T, T) for each layer. One lookup per distance serves all layers."""
        index = torch.ones_like(tokens).cumsum(0)
        table = bias(torch.arange(1 - T, T))  # (2T - 1, layers * H)
        return table[index - index.unsqueeze(1) + T - 1].permute(2, 0, 1).chunk(len(self.layers))


class SingleDurations(nn.Module):
    """A `DurationPredictor`: (1, T_text, D) -> ln(1 + frames) (1, T_text)."""

    def __init__(self, predictor: DurationPredictor) -> None:
        super().__init__()
        self.convolutions, self.norms = predictor.convolutions, predictor.norms
        self.projection = predictor.projection

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        for convolution, norm in zip(self.convolutions, self.norms):
            x = F.relu(norm(convolution(x.transpose(1, 2)).transpose(1, 2)))
        return self.projection(x).squeeze(-1)


class SingleRotary(nn.Module):
    """A `RotaryMultiHead` without a window: one product for keys and values, and scaled weights for queries."""

    frequencies: Tensor

    def __init__(self, attention: RotaryMultiHead) -> None:
        super().__init__()
        self.positions, self.num_heads = attention.positions, attention.num_heads
        self.register_buffer("frequencies", attention.frequencies, persistent=False)
        both = torch.cat((attention.key_projection.weight, attention.value_projection.weight))
        self.key_and_value = _linear(both, None)
        scale = (len(both) // 2 // self.num_heads) ** -0.5
        self.query = _linear(attention.query_projection.weight * scale, None)

    def forward(self, queries: Tensor, memory: Tensor, place: Timing) -> Tensor:
        """(1, T_dec, D_q), (1, T_text, D) -> contexts (1, T_dec, D)."""
        H, D = self.num_heads, memory.shape[2]
        places, marks = self.positions(place, memory.shape[1])
        query = self._turned(self.query(queries).view(-1, H, D // H).transpose(0, 1), places)
        both = self.key_and_value(memory).view(-1, 2, H, D // H)
        key = self._turned(both[:, 0].transpose(0, 1), marks)
        weights = torch.softmax(query @ key.transpose(1, 2), -1)
        return (weights @ both[:, 1].transpose(0, 1)).transpose(0, 1).reshape(1, -1, D)

    def _turned(self, x: Tensor, positions: Tensor) -> Tensor:
        """`tts.attention.rotary.rotate` of (H, T, d) by positions (1, T)."""
        angles = rotary_angles(positions, self.frequencies)[0]
        cosines, sines = angles.cos(), angles.sin()
        half = x.shape[2] // 2
        swapped = torch.cat((x[..., half:], x[..., :half]), 2)
        return x * torch.cat((cosines, cosines), 1) + swapped * torch.cat((-sines, sines), 1)


def joined_bias(biases: Sequence[RelativePositionBias]) -> RelativePositionBias:
    """One bias with the heads of all ``biases``, which differ only in their tables."""
    first = biases[0]
    both = RelativePositionBias(1, first.max_distance, first.causal, len(first.table), first.penalty)
    both.table = _constant(torch.cat([bias.table for bias in biases], 1))
    return both


def blocks_of(modules: nn.Module) -> Iterable[ConvNeXtBlock]:
    """A module list of ConvNeXt blocks, with this type for mypy."""
    return cast("Iterable[ConvNeXtBlock]", modules)


def _bias(convolution: nn.Conv1d) -> Tensor:
    if convolution.bias is None:
        raise ValueError("the export needs convolutions with a bias")
    return convolution.bias


def _constant(value: Tensor) -> nn.Parameter:
    return nn.Parameter(value.detach().clone(), requires_grad=False)


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    linear.weight = _constant(weight)
    if bias is not None:
        linear.bias = _constant(bias)
    return linear
