r"""A trained voice shows a new model where to look (attention guidance from a teacher, as OAS: "Eliminating stability
hallucinations in LLM-based TTS models with attention guidance", 2025).

.. math:: L = \frac1T \sum_t \sum_j \beta_{t,j} \ln \frac{\beta_{t,j}}{\alpha_{t,j}}

with the teacher's weights ``beta`` on the same recording under teacher forcing. Both decoders may have other steps: the
teacher's alignment is interpolated in time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.double_decoder import interpolate_alignment
from tts.nn.masks import lengths_to_mask
from tts.voices.voice import load_voice


class AlignmentDistillationLoss(nn.Module):
    """Divergence of the attention from a teacher's, heads that read averaged, mean over real decoder steps.

    The teacher must have learned from a corpus with the same symbols. It is no part of the model's weights.

    Args:
        teacher: a voice or a run.
        weight: factor of the loss in the sum.
        floor: least weight of the student that counts.
        end: training step after which the loss is zero; None is never.
    """

    def __init__(self, teacher: str, weight: float, floor: float, end: int | None) -> None:
        super().__init__()
        self.weight, self.floor, self.end = weight, floor, end
        self._teacher: list[nn.Module] = [load_voice(teacher).acoustic.eval().requires_grad_(False)]

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Scalar."""
        alignment = output.alignment.float()
        if self.end is not None and step >= self.end:
            return alignment.new_zeros(())
        shown = self._show(batch, alignment.shape[1], output)
        mask = lengths_to_mask(output.decoder_lengths, alignment.shape[1]).unsqueeze(2)
        logs = shown.clamp_min(self.floor).log() - alignment.clamp_min(self.floor).log()
        return (shown * logs).masked_fill(~mask, 0.0).sum() / mask.sum()

    @torch.no_grad()
    def _show(self, batch: Batch, num_steps: int, output: AcousticOutput) -> Tensor:
        """The teacher's alignment in steps of the student: (B, num_steps, T_text)."""
        teacher = self._teacher[0].to(batch.mel.device)
        seen = teacher(batch)
        if seen.alignment.shape[1] == num_steps:
            return seen.alignment.float()
        ratio = int(output.decoder_lengths.max()) / int(seen.decoder_lengths.max())
        return interpolate_alignment(seen.alignment.float(), seen.decoder_lengths, num_steps, ratio)
