"""The inverse of softplus, for biases whose softplus has a given value."""

from __future__ import annotations

import torch
from torch import Tensor


def inverse_softplus(value: Tensor | float) -> Tensor:
    """y with ln(1 + e^y) = ``value`` > 0, of the same shape; written so that large values do not overflow.

    A float gives a scalar in float64.
    """
    value = torch.as_tensor(value, dtype=None if isinstance(value, Tensor) else torch.float64)
    return value + torch.log(-torch.expm1(-value))
