"""The beta-binomial distribution: prior of the step of an attention, and the diagonal prior of a whole alignment."""

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


def log_alignment_priors(
    num_steps: Tensor, num_symbols: Tensor, scale: float = 1.0, shape: tuple[int, int] | None = None
) -> Tensor:
    """`log_alignment_prior` of a batch: (B,), (B,) int64 -> (B, T, N) float64 on their device, padded with -inf.

    ``shape`` is (T, N), by default the largest of both.

    All utterances share one table of ln gamma: row t of any prior is the sum of ln gamma(j + scale (t + 1)) and, with
    both indices reversed, ln gamma(N - 1 - j + scale (T - t)); terms that do not depend on j cancel in the
    normalization.
    """
    T, N = shape or (int(num_steps.max()), int(num_symbols.max()))
    device = num_steps.device
    t, j = torch.arange(T, device=device), torch.arange(N, device=device)
    table = torch.lgamma(j + scale * (t.to(torch.float64) + 1).unsqueeze(1))  # (T, N)
    left = (num_symbols.unsqueeze(1) - 1 - j).clamp_min(0)  # (B, N) symbols still to come
    later = (num_steps.unsqueeze(1) - 1 - t).clamp_min(0)  # (B, T) steps still to come
    choices = -torch.lgamma(j.double() + 1) - torch.lgamma(left.double() + 1)
    terms = table + table[later.unsqueeze(2), left.unsqueeze(1)] + choices.unsqueeze(1)
    return torch.log_softmax(terms.masked_fill((j >= num_symbols.unsqueeze(1)).unsqueeze(1), float("-inf")), -1)


def _log_beta(x: Tensor, y: Tensor) -> Tensor:
    return torch.lgamma(x) + torch.lgamma(y) - torch.lgamma(x + y)
