"""Convert nested NamedTuples, tuples and lists to flat lists of tensors, which graphs need, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tts.nn.self_attention import KVCache


class Leaf(NamedTuple):
    """A tensor and its position."""

    name: str
    tensor: Tensor


def leaves(value: Any, name: str = "") -> Iterator[Leaf]:
    """The tensors inside ``value``, depth first. Other values are skipped."""
    if isinstance(value, Tensor):
        yield Leaf(name, value)
    elif isinstance(value, GrowingCache):
        yield Leaf(f"{name}.cache", value.both)
    elif isinstance(value, (tuple, list)):
        fields = getattr(value, "_fields", range(len(value)))
        for key, item in zip(fields, value):
            yield from leaves(item, f"{name}.{key}" if name else str(key))


def rebuild(value: Any, tensors: Iterator[Tensor]) -> Any:
    """Return ``value`` with its tensors replaced by ``tensors`` in order."""
    if isinstance(value, Tensor):
        return next(tensors)
    if isinstance(value, GrowingCache):
        return GrowingCache(next(tensors), value.window, value.bias)
    if isinstance(value, (tuple, list)):
        items = [rebuild(item, tensors) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


class GrowingCache:
    """`tts.nn.self_attention.KVCache` without in-place writes: `append` creates a new tensor.

    Args:
        both: (B, 2, H, T, d) keys and values so far.
        window: number of steps that a step attends to, including itself; None means all.
        bias: (H, window), by distance, or None.
    """

    def __init__(self, both: Tensor, window: int | None, bias: Tensor | None) -> None:
        self.both, self.window, self.bias = both, window, bias

    @classmethod
    def like(cls, cache: KVCache, window: int | None, bias: Tensor | None) -> GrowingCache:
        """An empty cache for as many utterances and heads as ``cache``."""
        return cls(cache._both[:, :, :, :0], window, bias)

    def append(self, key_and_value: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """See `KVCache.append`."""
        self.both = torch.cat((self.both, key_and_value), 3)
        if self.window is not None:
            self.both = self.both[:, :, :, -self.window :]
        bias = None
        if self.bias is not None:
            ages = self.both.shape[3] - 1 - torch.arange(self.both.shape[3])
            bias = self.bias[:, ages].unsqueeze(0).unsqueeze(2)  # (1, H, 1, T)
        return self.both[:, 0], self.both[:, 1], bias
