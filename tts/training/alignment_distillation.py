r"""Train the attention of a model to match the attention of a trained voice (attention guidance from a teacher, as in
OAS: "Eliminating stability hallucinations in LLM-based TTS models with attention guidance", 2025).

.. math:: L = \frac1T \sum_t \sum_j \beta_{t,j} \ln \frac{\beta_{t,j}}{\alpha_{t,j}}

with the teacher's weights ``beta`` on the same recording under teacher forcing. The decoders may have different numbers
of steps: the teacher's alignment is interpolated in time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tts.core.interfaces import AcousticOutput, Batch
from tts.losses.double_decoder import interpolate_alignment
from tts.nn.masks import lengths_to_mask
from tts.voices.voice import load_voice


class AlignmentDistillationLoss(nn.Module):
    """Kullback-Leibler divergence of the attention (mean of the alignment heads) from a teacher's, mean over the steps.

    The teacher must have been trained with the same symbols. Its weights are not part of the model's weights.

    Args:
        teacher: a voice or a run.
        weight: factor of the loss in the sum.
        floor: lower limit of the weights before the logarithm.
        end: training step after which the loss is zero; None means never.
    """

    def __init__(self, teacher: str, weight: float, floor: float, end: int | None) -> None:
        super().__init__()
        self.weight, self.floor, self.end = weight, floor, end
        self._teacher: list[nn.Module] = [load_voice(teacher).acoustic.eval().requires_grad_(False)]

    def forward(self, output: AcousticOutput, batch: Batch, step: int) -> Tensor:
        """Return the loss, a scalar."""
        alignment = output.alignment.float()
        if self.end is not None and step >= self.end:
            return alignment.new_zeros(())
        target = self._teacher_alignment(batch, alignment.shape[1])
        mask = lengths_to_mask(output.decoder_lengths, alignment.shape[1]).unsqueeze(2)
        logs = target.clamp_min(self.floor).log() - alignment.clamp_min(self.floor).log()
        return (target * logs).masked_fill(~mask, 0.0).sum() / mask.sum()

    @torch.no_grad()
    def _teacher_alignment(self, batch: Batch, num_steps: int) -> Tensor:
        """The teacher's alignment in the steps of the student: (B, num_steps, T_text)."""
        teacher = self._teacher[0].to(batch.mel.device)
        result = teacher(batch)
        if result.alignment.shape[1] == num_steps:
            return result.alignment.float()
        ratio = num_steps / result.alignment.shape[1]
        return interpolate_alignment(result.alignment.float(), result.decoder_lengths, num_steps, ratio)
