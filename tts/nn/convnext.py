"""ConvNeXt blocks over frames, the backbone of Vocos.

Source: Liu et al. 2022, A ConvNet for the 2020s; Siuzdak 2023, Vocos. Names of the parameters are those of Vocos.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvNeXtBlock(nn.Module):
    """x + γ · W₂ gelu(W₁ norm(depthwise(x))), frames last.

    Args:
        dim: channels.
        hidden_dim: channels between the two pointwise layers.
        scale: initial value of γ.
        kernel_size: frames under the depthwise convolution, odd.
    """

    def __init__(self, dim: int, hidden_dim: int, scale: float, kernel_size: int = 7) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(dim, dim, kernel_size, padding=kernel_size // 2, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, hidden_dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(hidden_dim, dim)
        self.gamma = nn.Parameter(torch.full((dim,), scale))

    def forward(self, x: Tensor) -> Tensor:
        """(B, dim, T_mel) -> the same shape."""
        hidden = self.norm(self.dwconv(x).transpose(1, 2))
        hidden = self.gamma * self.pwconv2(self.act(self.pwconv1(hidden)))
        return x + hidden.transpose(1, 2)


class ConvNeXtBackbone(nn.Module):
    """A convolution into ``dim`` channels, blocks, a norm.

    Args:
        input_dim: channels of the input.
        dim: channels of the blocks and of the output.
        hidden_dim: channels inside a block.
        num_layers: number of blocks.
        kernel_size: frames under every convolution, odd.
    """

    def __init__(self, input_dim: int, dim: int, hidden_dim: int, num_layers: int, kernel_size: int = 7) -> None:
        super().__init__()
        self.embed = nn.Conv1d(input_dim, dim, kernel_size, padding=kernel_size // 2)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        blocks = [ConvNeXtBlock(dim, hidden_dim, 1 / num_layers, kernel_size) for _ in range(num_layers)]
        self.convnext = nn.ModuleList(blocks)
        self.final_layer_norm = nn.LayerNorm(dim, eps=1e-6)
        self.context_frames = (num_layers + 1) * (kernel_size // 2)  # frames of context on either side
        self.apply(_initialize)

    def forward(self, x: Tensor) -> Tensor:
        """(B, input_dim, T_mel) -> (B, T_mel, dim)."""
        x = self.norm(self.embed(x).transpose(1, 2)).transpose(1, 2)
        for block in self.convnext:
            x = block(x)
        return self.final_layer_norm(x.transpose(1, 2))


def _initialize(module: nn.Module) -> None:
    if isinstance(module, (nn.Conv1d, nn.Linear)):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
