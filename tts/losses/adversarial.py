"""Adversarial training of the mel: a discriminator should not distinguish it from the mel of a recording.

If several outputs are possible, a decoder that minimizes a distance predicts their mean, which is blurred: harmonics
are lost and the voice sounds muffled. A discriminator detects that no recording is so blurred. Sources: Yang et al.
2021, GANSpeech; Ren et al. 2022, Revisiting Over-Smoothness in Text to Speech.

The loss contains its discriminators and adds their own loss, so that one optimizer updates both sides at once: the
generator's part gives no gradient to the discriminators, and their part gets a detached mel. An utterance whose decoder
input was the decoder's own output has the adversarial loss, but no feature-matching loss.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.gan import GANLoss


class AdversarialLoss(nn.Module):
    """Adversarial and feature-matching loss of the mel after the post-net, and the discriminators' own loss.

    Args:
        adversary: discriminators (B, M, frames) -> list of (score, features) and their losses.
        weight: factor of the loss in the sum.
        frames: length of the segment of each utterance that is compared, at a random position in every step.
        start_step: before this step only the discriminators are trained.
    """

    def __init__(self, adversary: GANLoss, weight: float, frames: int, start_step: int) -> None:
        super().__init__()
        self.adversary = adversary
        self.weight, self.frames, self.start_step = weight, frames, start_step

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        generated, target = _segments(output.mel.float(), batch.mel, batch.mel_lengths, self.frames)
        loss = self.adversary.discriminator_loss(generated.detach(), target)
        if step < self.start_step:
            return loss
        losses = self.adversary.generator_losses(generated, target, output.self_fed)
        return loss + torch.stack(list(losses.values())).sum()


def _segments(generated: Tensor, target: Tensor, lengths: Tensor, frames: int) -> tuple[Tensor, Tensor]:
    """Random segments of ``frames`` frames at the same places of both, (B, M, T_mel) -> (B, M, frames), zero-padded."""
    room = (lengths - frames).clamp_min(0)
    starts = (torch.rand(len(lengths), device=lengths.device) * (room + 1)).long()
    places = starts.unsqueeze(1) + torch.arange(frames, device=lengths.device)  # (B, frames)
    inside = (places < lengths.unsqueeze(1)).unsqueeze(1)
    index = places.clamp_max(target.shape[2] - 1).unsqueeze(1).expand(-1, target.shape[1], -1)
    return generated.gather(2, index).masked_fill(~inside, 0.0), target.gather(2, index).masked_fill(~inside, 0.0)
