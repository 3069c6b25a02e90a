r"""Self-attention over text or over mel frames, whole sequences or one step at a time (Vaswani et al. 2017, eq. 1).

.. math:: \mathrm{softmax}\bigl(Q K^\top / \sqrt{d} + \mathrm{bias}\bigr) V

A causal layer with an ``attention_window`` attends to so many last positions, the current one included, and depends
only on distances: it works for any length, and every step costs the same. Without a window it attends to all positions
from the beginning. In training, memory and time of a long sequence grow with its length times the window, not with the
square of its length: blocks of queries attend only to the keys that they can see.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts.nn.position import RelativePositionBias

#: Length, in windows, from which blocks are faster than energies of all pairs of positions.
BLOCKED_FROM = 2


class SelfAttention(nn.Module):
    """Multi-head self-attention with its output projection.

    Args:
        dim: width of input and output.
        num_heads: H, a divisor of ``dim``.
        attention_window: with ``causal``, positions that a query sees, itself included; otherwise the largest distance
            that the relative bias distinguishes. None is no bias and no limit.
        causal: a position sees itself and what came before.
    """

    def __init__(self, dim: int, num_heads: int, attention_window: int | None = None, causal: bool = False) -> None:
        super().__init__()
        if dim % num_heads:
            raise ValueError(f"{num_heads} heads do not divide a width of {dim}: choose another number of heads")
        self.num_heads, self.attention_window, self.causal = num_heads, attention_window, causal
        self.projection = nn.Linear(dim, 3 * dim)
        self.output = nn.Linear(dim, dim)
        self.bias = None if attention_window is None else RelativePositionBias(num_heads, attention_window, causal)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, dim), mask (B, T) True = valid, of a sequence that is not causal -> (B, T, dim)."""
        query, key, value = self._heads(x)
        window = self.attention_window
        if self.causal and mask is None and window is not None and x.shape[1] > BLOCKED_FROM * window:
            heads = self._in_blocks(query, key, value, window)
        else:
            energies_bias = self._bias(x.shape[1], mask, query)
            is_causal = self.causal and energies_bias is None
            heads = F.scaled_dot_product_attention(query, key, value, energies_bias, is_causal=is_causal)
        return self.output(heads.transpose(1, 2).flatten(2))

    def cache(self, batch: int, capacity: int, like: Tensor) -> KVCache:
        """A cache for ``capacity`` steps, or for those of the window if it is shorter."""
        size = capacity if self.attention_window is None else min(capacity, self.attention_window)
        bias = None
        if self.bias is not None:
            bias = self.bias(-torch.arange(size, device=like.device)).T.to(like.dtype)  # (H, size), by age
        return KVCache(batch, self.num_heads, size, self.output.in_features // self.num_heads, like, bias)

    def step(self, x: Tensor, cache: KVCache) -> Tensor:
        """The next position (B, dim) -> (B, dim); its key and value go into ``cache``."""
        heads = self.projection(x).view(x.shape[0], 3, self.num_heads, 1, -1)
        seen = F.scaled_dot_product_attention(heads[:, 0], *cache.append(heads[:, 1:]))
        return self.output(seen.flatten(1))

    def _heads(self, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, (B, H, T, d) each."""
        B, T, _ = x.shape
        return self.projection(x).view(B, T, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)

    def _in_blocks(self, query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
        """The same for n blocks of half a window of queries, each with the keys from a window before it to its end."""
        T, size = query.shape[2], -(-window // 2)
        n = -(-T // size)
        query = F.pad(query, (0, 0, 0, n * size - T)).unflatten(2, (n, size)).transpose(1, 2)  # (B, n, H, size, d)
        key, value = (
            F.pad(x, (0, 0, window, n * size - T)).unfold(2, window + size, size).permute(0, 2, 1, 4, 3)
            for x in (key, value)
        )  # (B, n, H, window + size, d)
        bias = self._relative(size, window, query)  # (H, size, window + size)
        first = size * torch.arange(n, device=bias.device).unsqueeze(1)  # (n, 1) positions of queries
        position = first + torch.arange(-window, size, device=bias.device)  # (n, window + size), of keys
        bias = bias.masked_fill((position < 0)[:, None, None], float("-inf")).flatten(0, 1).unsqueeze(0)
        heads = F.scaled_dot_product_attention(query.flatten(1, 2), key.flatten(1, 2), value.flatten(1, 2), bias)
        return heads.unflatten(1, (n, self.num_heads)).transpose(1, 2).flatten(2, 3)[:, :, :T]

    def _relative(self, T: int, before: int, like: Tensor) -> Tensor:
        """(H, T, before + T): the bias of T queries for the keys from ``before`` positions before the first of them."""
        assert self.bias is not None, "only a layer with a window has a bias"
        distances = torch.arange(1 - T - before, T, device=like.device)
        table, window = self.bias(distances).T.to(like.dtype), self.bias.max_distance  # looked up once per distance
        if self.causal:
            table = table.masked_fill((distances > 0) | (distances <= -window), float("-inf"))
        # Copies in rows that are one number too long put each row one place further right, without an index whose
        # gradient a GPU would have to sort. Row i has distance -before - i at place T - 1.
        span = before + 2 * T - 1
        rows = F.pad(table, (0, 1)).unsqueeze(1).expand(-1, T, -1).flatten(1)  # (H, T * (span + 1))
        return rows[:, : T * span].unflatten(1, (T, span))[:, :, T - 1 :]

    def _bias(self, T: int, mask: Tensor | None, like: Tensor) -> Tensor | None:
        """The bias of the energies, (B or 1, H or 1, T, T); None if there is none."""
        bias = None if self.bias is None else self._relative(T, 0, like).unsqueeze(0)
        if mask is None:
            return bias
        mask = mask[:, None, None]  # not after: Inductor cannot order the strides of a kept view
        padding = torch.zeros(mask.shape, dtype=like.dtype, device=like.device).masked_fill(~mask, float("-inf"))
        return padding if bias is None else bias + padding


class KVCache:
    """Keys and values of the steps so far, in buffers that are allocated once; new ones replace the oldest.

    This is the only state in this package that a step changes in place: copying it would cost more than the step.
    """

    def __init__(self, batch: int, num_heads: int, size: int, head_dim: int, like: Tensor, bias: Tensor | None) -> None:
        self._both = like.new_zeros(batch, 2, num_heads, size, head_dim)
        self._keys, self._values = self._both[:, 0], self._both[:, 1]
        self._room, self._steps = size, 0
        self._bias = None
        if bias is not None:  # by age; two copies, so that every rotation of it is contiguous in memory
            newest_last = bias.flip(1)
            self._bias = torch.cat((newest_last, newest_last), 1).view(1, num_heads, 1, 2 * size)

    def append(self, key_and_value: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """(B, 2, H, 1, d) -> all keys and values that the step sees (B, H, T, d), and the bias (1, H, 1, T)."""
        slot = self._steps % self._room
        self._both.narrow(3, slot, 1).copy_(key_and_value)
        self._steps += 1
        filled = min(self._steps, self._room)
        # Slot i of a full buffer has age (slot - i) mod size; in the bias, newest last, age a stands at size - 1 - a.
        bias = None if self._bias is None else self._bias.narrow(3, self._room - 1 - slot, filled)
        return self._keys.narrow(2, 0, filled), self._values.narrow(2, 0, filled), bias


class FeedForward(nn.Sequential):
    """Two linear maps with a ReLU in between, the same at every position.

    Args:
        dim: width of input and output.
        hidden_dim: width in between.
    """

    def __init__(self, dim: int, hidden_dim: int) -> None:
        super().__init__(nn.Linear(dim, hidden_dim), nn.ReLU(inplace=True), nn.Linear(hidden_dim, dim))
