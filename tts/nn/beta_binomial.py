"""The beta-binomial distribution: prior steps of an attention, and the cigar-shaped prior of a whole alignment."""

from __future__ import annotations

import torch
from torch import Tensor


def log_beta_binomial(k: Tensor | int, n: Tensor | int, alpha: Tensor | float, beta: Tensor | float) -> Tensor:
    """ln P(k; n, alpha, beta), all broadcast, float64."""
    k, n, alpha, beta = (torch.as_tensor(x, dtype=torch.float64) for x in (k, n, alpha, beta))
    log_choose = torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    return log_choose + _log_beta(k + alpha, n - k + beta) - _log_beta(alpha, beta)


def log_alignment_prior(num_steps: int, num_symbols: int, scale: float = 1.0) -> Tensor:
    """Beta-binomial alignment prior (Shih et al. 2021, "RAD-TTS"; Badlani et al. 2021, "One TTS Alignment").

    Row t is the distribution over symbols j = 0..N-1 with alpha = scale (t + 1), beta = scale (T - t): a band along
    the diagonal, narrower for a larger ``scale``. Returns ln P, (num_steps, num_symbols) float64, rows sum to one.
    """
    t = torch.arange(num_steps, dtype=torch.float64).unsqueeze(1)
    j = torch.arange(num_symbols, dtype=torch.float64)
    return log_beta_binomial(j, num_symbols - 1, scale * (t + 1), scale * (num_steps - t))


def _log_beta(x: Tensor, y: Tensor) -> Tensor:
    return torch.lgamma(x) + torch.lgamma(y) - torch.lgamma(x + y)
