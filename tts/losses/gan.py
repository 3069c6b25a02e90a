"""Adversarial losses, of waveforms and of mels.

    hinge           D: relu(1 − D(x)) + relu(1 + D(x̂))      G: relu(1 − D(x̂))
    least_squares   D: (1 − D(x))² + D(x̂)²                  G: (1 − D(x̂))²
    features        mean |f(x) − f(x̂)| over the layers of the discriminators

Sources: Lim and Ye 2017 (hinge), Mao et al. 2017 (least squares), Kumar et al. 2019, MelGAN (features).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.core.errors import check_choice


class GANLoss(nn.Module):
    """Discriminators, their loss, and the adversarial losses of the generator.

    Args:
        discriminators: (B, T_wav) -> list of (score, features).
        objective: ``hinge`` or ``least_squares``.
        weight: of the generator's adversarial loss.
        feature_weight: of the feature-matching loss.

    Raises:
        ValueError: another objective.
    """

    def __init__(self, discriminators: nn.Module, objective: str, weight: float, feature_weight: float) -> None:
        super().__init__()
        check_choice("objective", objective, "hinge", "least_squares")
        self.discriminators, self.objective = discriminators, objective
        self.weight, self.feature_weight = weight, feature_weight

    def discriminator_loss(self, made: Tensor, real: Tensor) -> Tensor:
        """Loss of the discriminators; ``made`` (B, T_wav) is detached."""
        judged = self.discriminators(torch.cat([real, made]))
        losses = []
        for score, _ in judged:
            real_score, made_score = score.float().chunk(2)
            if self.objective == "hinge":
                losses.append((1 - real_score).relu().mean() + (1 + made_score).relu().mean())
            else:
                losses.append((1 - real_score).square().mean() + made_score.square().mean())
        return torch.stack(losses).mean()

    def generator_losses(self, made: Tensor, real: Tensor, free: Tensor | None = None) -> dict[str, Tensor]:
        """Losses of the generator, weighted, by name; ``free`` (B,) bool has no feature-matching loss where True."""
        self.discriminators.requires_grad_(False)  # their gradients are not needed here
        try:
            with torch.no_grad():
                wanted = self.discriminators(real)
            judged = self.discriminators(made)
        finally:
            self.discriminators.requires_grad_(True)
        scores = [score.float() for score, _ in judged]
        shortfalls = [(1 - score).relu() if self.objective == "hinge" else (1 - score).square() for score in scores]
        held = torch.ones((), device=real.device) if free is None else (~free).float()
        distances = [
            (held.view(-1, *[1] * (mine.dim() - 1)) * (mine.float() - theirs.float()).abs()).sum() / mine.numel()
            for (_, features), (_, targets) in zip(judged, wanted)
            for mine, theirs in zip(features, targets)
        ]
        return {
            "adversarial": self.weight * torch.stack([part.mean() for part in shortfalls]).mean(),
            "features": self.feature_weight * torch.stack(distances).mean(),
        }
